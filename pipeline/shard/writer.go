package shard

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// KeyColumn is the name of the utf8 column that every schema must have: the key of the row's item.
const KeyColumn = "key"

var errDone = errors.New("shard: the writer is committed or aborted")

// Writer fills one shard. Every item of the shard must end as exactly one row or exactly one failure, rows in the order of the
// plan; Commit checks it. A Writer is safe for concurrent use, but the order of rows is then the caller's.
// The end is Commit or Abort; Abort after Commit does nothing, so that it can be deferred.
type Writer struct {
	run    *Run
	shard  Range
	schema *arrow.Schema
	keyCol int

	mu       sync.Mutex
	position map[string]int // of every key of the shard, in the plan
	seen     []bool         // by position in the shard: is a row or a failure
	last     int            // position of the last row, -1 before the first
	rows     int64
	failures []Failure
	part     *tempFile
	arrow    *arrowWriter
	err      error // sticks
}

// Begin starts a shard. It may be one that is finished, or another task's: doing a shard twice is harmless. Nothing is
// written before the first row. The schema needs a column "key" of type utf8, and must not have dictionary-coded, union,
// map or view columns.
func (r *Run) Begin(s Range, schema *arrow.Schema) (*Writer, error) {
	if s.Index < 0 || s.Index >= len(r.plan.Shards) || r.plan.Shards[s.Index] != s {
		return nil, fmt.Errorf("shard: %+v is not a shard of the plan", s)
	}
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	cols := schema.FieldIndices(KeyColumn)
	if len(cols) != 1 || schema.Field(cols[0]).Type.ID() != arrow.STRING {
		return nil, fmt.Errorf("shard: the schema needs one column %q of type utf8: %v", KeyColumn, schema)
	}
	w := &Writer{
		run: r, shard: s, schema: schema, keyCol: cols[0],
		position: make(map[string]int, s.Len()), seen: make([]bool, s.Len()), last: -1,
	}
	for i, it := range r.plan.ItemsOf(s) {
		w.position[it.Key] = i
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, errors.New("shard: the run is closed")
	}
	r.writers[w] = struct{}{}
	return w, nil
}

// Write appends the rows of a record batch. It borrows rec, and has written or buffered all of it when it returns.
// A row whose key is not one of the shard's, is there already or is out of order is an error and nothing of the batch is
// written. After an error from the file system the writer only repeats that error, and its file is gone.
//
// Batches are stored as they come: a file is a function of the batches, not only of the rows.
func (w *Writer) Write(rec arrow.Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if !rec.Schema().Equal(w.schema) {
		return fmt.Errorf("shard: %s: the batch has another schema than the shard: %v, want %v", w.name(), rec.Schema(), w.schema)
	}
	if rec.NumRows() == 0 {
		return nil
	}
	taken, err := w.take(rec.Column(w.keyCol).(*array.String))
	if err != nil {
		return err
	}
	if w.part == nil {
		if err := w.create(); err != nil {
			return w.fail(err)
		}
	}
	if err := w.arrow.write(rec); err != nil {
		return w.fail(err)
	}
	for _, p := range taken {
		w.seen[p] = true
	}
	w.last = taken[len(taken)-1]
	w.rows += rec.NumRows()
	return nil
}

// take checks the keys of a batch and returns their positions in the shard.
func (w *Writer) take(keys *array.String) ([]int, error) {
	taken := make([]int, keys.Len())
	last := w.last
	for i := range taken {
		if keys.IsNull(i) {
			return nil, fmt.Errorf("shard: %s: row %d has no key", w.name(), w.rows+int64(i))
		}
		p, err := w.free(keys.Value(i))
		if err != nil {
			return nil, err
		}
		if p <= last {
			return nil, fmt.Errorf("shard: %s: row %q comes after an item that the plan has later", w.name(), keys.Value(i))
		}
		taken[i], last = p, p
	}
	return taken, nil
}

// free returns the position of a key that is neither a row nor a failure so far.
func (w *Writer) free(key string) (int, error) {
	p, ok := w.position[key]
	if !ok {
		return 0, fmt.Errorf("shard: %s: key %q is not planned for this shard", w.name(), key)
	}
	if w.seen[p] {
		return 0, fmt.Errorf("shard: %s: key %q is there twice", w.name(), key)
	}
	return p, nil
}

func (w *Writer) create() error {
	part, err := createTemp(filepath.Join(w.run.dir, w.name()))
	if err != nil {
		return err
	}
	w.part = part
	w.arrow, err = newArrowWriter(part, w.schema, w.run.comp, w.run.mem)
	return err
}

// Fail records that an item of the shard is not delivered. Failures may come in any order. A key that is not one of the
// shard's, or is there already, is an error.
func (w *Writer) Fail(f Failure) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	p, err := w.free(f.Key)
	if err != nil {
		return err
	}
	w.seen[p] = true
	w.failures = append(w.failures, f)
	return nil
}

// Commit brings the shard and its failures to the disk, gives them their names and lists them in the manifest. When it
// returns an error nothing of the shard is listed or stands under a final name, unless it was there before.
// It is an error if an item of the shard is neither a row nor a failure.
func (w *Writer) Commit() (Entry, error) {
	defer w.Abort()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return Entry{}, w.err
	}
	if i := slices.Index(w.seen, false); i >= 0 {
		return Entry{}, w.fail(fmt.Errorf("shard: %s: item %q is neither a row nor a failure", w.name(), w.run.plan.ItemsOf(w.shard)[i].Key))
	}
	e := Entry{Index: w.shard.Index, Group: w.shard.Group, Items: w.shard.Len(), Rows: w.rows, Failures: int64(len(w.failures))}
	e.Keys = keysHash(w.run.plan.ItemsOf(w.shard))
	if w.part != nil {
		if err := w.arrow.close(); err != nil {
			return Entry{}, w.fail(err)
		}
		if err := w.part.finish(); err != nil {
			return Entry{}, w.fail(err)
		}
		e.File, e.Bytes, e.SHA256 = w.name(), w.part.size, w.part.sha256()
	}
	side, err := w.sidecar(&e)
	defer side.abort()
	if err != nil {
		return Entry{}, w.fail(err)
	}
	if err := w.run.publish(e, w.part, side); err != nil {
		return Entry{}, w.fail(err)
	}
	w.err = errDone
	return e, nil
}

// sidecar writes the failures of the shard, without giving the file its name. Without failures it returns nil.
func (w *Writer) sidecar(e *Entry) (*tempFile, error) {
	if len(w.failures) == 0 {
		return nil, nil
	}
	e.FailuresFile = sidecarName(w.shard.Index, len(w.run.plan.Shards))
	path := filepath.Join(w.run.dir, filepath.FromSlash(e.FailuresFile))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, fmt.Errorf("shard: %w", err)
	}
	t, err := createTemp(path)
	if err != nil {
		return nil, err
	}
	sortFailures(w.failures, w.position)
	if err := encodeFailures(t, slices.Values(w.failures), w.run.mem); err != nil {
		return t, err
	}
	if err := t.finish(); err != nil {
		return t, err
	}
	e.FailuresBytes, e.FailuresSHA256 = t.size, t.sha256()
	return t, nil
}

// Abort gives the shard up and removes what was written of it. After Commit it does nothing.
func (w *Writer) Abort() {
	w.run.mu.Lock()
	delete(w.run.writers, w)
	w.run.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = errDone
	}
	w.part.abort()
}

func (w *Writer) name() string { return PartName(w.shard.Index, len(w.run.plan.Shards)) }

func (w *Writer) fail(err error) error {
	w.err = err
	w.part.abort()
	return err
}

// keysHash identifies the set of the keys of a shard.
func keysHash(items []Item) string {
	keys := make([]string, len(items))
	for i, it := range items {
		keys[i] = it.Key
	}
	return hashKeys(keys)
}

// hashKeys sorts keys in place.
func hashKeys(keys []string) string {
	slices.Sort(keys)
	h := sha256.New()
	for _, k := range keys {
		hashString(h, k)
	}
	return hex.EncodeToString(h.Sum(nil))
}
