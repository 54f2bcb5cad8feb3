package shard

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// Report is the result of [Verify].
type Report struct {
	Dir      string    `json:"dir"`      // as given
	Tool     string    `json:"tool"`     // that wrote the run
	Complete bool      `json:"complete"` // every planned shard is finished
	OK       bool      `json:"ok"`       // no problems; an incomplete run may be ok
	Items    int       `json:"items"`    // planned
	Shards   int       `json:"shards"`   // planned
	Finished int       `json:"finished"` // shards finished
	Rows     int64     `json:"rows"`     // items delivered, as found in the files
	Failures int64     `json:"failures"` // items not delivered, as found in the files
	Bytes    int64     `json:"bytes"`    // of the part files, as found
	Missing  []int     `json:"missing"`  // shards not finished
	Unlisted []string  `json:"unlisted"` // whole part files of shards not finished; a resumed run writes them again
	Problems []Problem `json:"problems"` // everything that is wrong
}

// Problem is one thing that is wrong in a run's directory.
type Problem struct {
	File    string `json:"file"`  // slash-separated, below the directory
	Shard   int    `json:"shard"` // number of the shard, -1 for the run
	Message string `json:"message"`
}

// Verify reads every file of a run and compares it with the manifest: existence, size, SHA-256, structure, number of rows and
// failures, that the keys are those planned for the shard and each is there once in the run, and that failures.arrow is the sum
// of the shards' failures. It reports every problem it finds. The error is only for a directory whose manifest cannot be
// read. Memory: 16 bytes and the map's overhead per item.
func Verify(dir string) (*Report, error) {
	v, err := newVerifier(dir)
	if err != nil {
		return nil, err
	}
	m, next := v.m, 0
	planned := 0
	for _, e := range m.Entries {
		for ; next < e.Index; next++ {
			v.Missing = append(v.Missing, next)
		}
		next = e.Index + 1
		planned += e.Items
		v.entry(e)
	}
	for ; next < m.Shards; next++ {
		v.Missing = append(v.Missing, next)
	}
	if planned > m.Items || v.Complete && planned != m.Items {
		v.problem(manifestName, -1, "the shards have %d items, %d are planned", planned, m.Items)
	}
	v.merged()
	v.unlisted()
	v.OK = len(v.Problems) == 0
	return v.Report, nil
}

// VerifyFile returns what is wrong with one file of a run, by the run's manifest in its folder. A part file is checked with
// its shard alone; for another file the whole run is read. The error is for a folder whose manifest cannot be read.
func VerifyFile(path string) ([]Problem, error) {
	dir, name := filepath.Split(path)
	v, err := newVerifier(filepath.Clean(dir))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(v.m.Entries, func(e Entry) bool { return e.File == name })
	if at >= 0 {
		v.entry(v.m.Entries[at])
	} else if v.Report, err = Verify(v.dir); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(v.Problems, func(p Problem) bool { return p.File != name }), nil
}

func newVerifier(dir string) (*verifier, error) {
	m, err := ReadManifest(dir)
	if err != nil {
		return nil, err
	}
	return &verifier{
		dir: dir, m: m, keys: make(map[[16]byte]int32, m.Items),
		Report: &Report{
			Dir: dir, Tool: m.Tool, Complete: m.Complete(), Items: m.Items, Shards: m.Shards, Finished: len(m.Entries),
			Missing: []int{}, Unlisted: []string{}, Problems: []Problem{},
		},
	}, nil
}

type verifier struct {
	*Report
	dir  string
	m    *Manifest
	keys map[[16]byte]int32 // hash of a key: its shard
}

func (v *verifier) problem(file string, shard int, format string, args ...any) {
	v.Problems = append(v.Problems, Problem{File: file, Shard: shard, Message: fmt.Sprintf(format, args...)})
}

func (v *verifier) path(name string) string { return filepath.Join(v.dir, filepath.FromSlash(name)) }

func (v *verifier) entry(e Entry) {
	var keys []string
	whole := true
	if e.File != "" {
		rows, ok := v.part(e, &keys)
		whole = ok
		v.Rows += rows
	}
	if e.FailuresFile != "" {
		ok := v.checksum(e.FailuresFile, e.Index, e.FailuresBytes, e.FailuresSHA256)
		list, err := ReadFailures(v.path(e.FailuresFile))
		if err != nil {
			if ok || !errors.Is(err, fs.ErrNotExist) { // a missing file has been reported
				v.problem(e.FailuresFile, e.Index, "%v", err)
			}
			whole = false
		} else if int64(len(list)) != e.Failures {
			v.problem(e.FailuresFile, e.Index, "%d failures, the manifest lists %d", len(list), e.Failures)
		}
		v.Failures += int64(len(list))
		for _, f := range list {
			keys = append(keys, f.Key)
		}
	}
	v.unique(e, keys)
	if whole && hashKeys(keys) != e.Keys {
		v.problem(e.File, e.Index, "the keys of its %d rows and failures are not the %d planned for the shard", len(keys), e.Items)
	}
}

// part checks a part file and collects its keys.
func (v *verifier) part(e Entry, keys *[]string) (rows int64, whole bool) {
	ok := v.checksum(e.File, e.Index, e.Bytes, e.SHA256)
	r, err := OpenFile(v.path(e.File))
	if err != nil {
		if ok || !errors.Is(err, fs.ErrNotExist) {
			v.problem(e.File, e.Index, "%v", err)
		}
		return 0, false
	}
	defer r.Close()
	if r.NumRows() != e.Rows {
		v.problem(e.File, e.Index, "%d rows, the manifest lists %d", r.NumRows(), e.Rows)
	}
	col := r.Schema().FieldIndices(KeyColumn)
	if len(col) != 1 || r.Schema().Field(col[0]).Type.ID() != arrow.STRING {
		v.problem(e.File, e.Index, "no column %q of type utf8", KeyColumn)
		return r.NumRows(), false
	}
	for rec, err := range r.Records() {
		if err != nil {
			v.problem(e.File, e.Index, "%v", err)
			return r.NumRows(), false
		}
		column := rec.Column(col[0]).(*array.String)
		for i := range column.Len() {
			*keys = append(*keys, strings.Clone(column.Value(i)))
		}
	}
	return r.NumRows(), true
}

// checksum compares size and SHA-256 of a file and reports whether they are right.
func (v *verifier) checksum(name string, shard int, size int64, sum string) bool {
	f, err := os.Open(v.path(name))
	if err != nil {
		v.problem(name, shard, "%v", err)
		return false
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		v.problem(name, shard, "%v", err)
		return false
	}
	if strings.HasPrefix(name, "part-") {
		v.Bytes += n
	}
	if n != size {
		v.problem(name, shard, "%d bytes, the manifest lists %d", n, size)
		return false
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != sum {
		v.problem(name, shard, "SHA-256 %s, the manifest lists %s", got, sum)
		return false
	}
	return true
}

func (v *verifier) unique(e Entry, keys []string) {
	for _, k := range keys {
		sum := sha256.Sum256([]byte(k))
		id := [16]byte(sum[:16])
		if other, dup := v.keys[id]; dup {
			v.problem(e.File, e.Index, "key %q is also in shard %d", k, other)
			continue
		}
		v.keys[id] = int32(e.Index)
	}
}

// merged compares failures.arrow with the failures of the shards. While the run is not complete it may be missing or older.
func (v *verifier) merged() {
	if !v.Complete {
		return
	}
	got, err := ReadFailures(v.path(failuresName))
	if errors.Is(err, fs.ErrNotExist) {
		v.problem(failuresName, -1, "missing: the run was not brought to its end")
		return
	}
	if err != nil {
		v.problem(failuresName, -1, "%v", err)
		return
	}
	var readErr error
	want := slices.Collect(allFailures(v.dir, v.m, &readErr))
	if readErr == nil && !slices.Equal(got, want) { // a read error has been reported with its shard
		v.problem(failuresName, -1, "%d failures that are not the sum of the shards' %d", len(got), len(want))
	}
}

// unlisted looks for part files that no entry lists.
func (v *verifier) unlisted() {
	listed := make(map[string]bool)
	for _, e := range v.m.Entries {
		listed[e.File] = true
	}
	pending := make(map[string]bool)
	for _, i := range v.Missing {
		pending[PartName(i, v.m.Shards)] = true
	}
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		v.problem("", -1, "%v", err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, "part-") || !strings.HasSuffix(name, ".arrow") || listed[name] {
			continue
		}
		if pending[name] {
			v.Unlisted = append(v.Unlisted, name)
			continue
		}
		v.problem(name, -1, "not in the manifest")
	}
}
