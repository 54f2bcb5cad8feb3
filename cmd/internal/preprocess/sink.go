package preprocess

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/sourcegraph/conc/panics"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/store"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// batchBytes is the size at which a record batch is written; a shard may hold several.
const batchBytes = 8 << 20

// sink writes samples into shards as they come, in the order of the plan. A shard is committed when the first sample of a
// later one arrives: every clip before it has by then been delivered or reported as failed.
type sink struct {
	job       *Job
	run       *shard.Run
	work      *work
	todo      []shard.Range
	labels    []string
	coded     store.Codec // of the pixels, "" as they are
	clips     int
	at        int // index into todo of the shard being written
	writer    *shard.Writer
	commits   chan committed // of the shard before, nil when none is under way
	builder   *augment.Builder
	rows      int // of a batch
	shards    int
	bytes     int64
	committed int64 // rows of the shards that are done

	written, failed atomic.Int64
	mu              sync.Mutex
	failures        map[int][]shard.Failure // by shard
	items           map[string]clip.Item    // by item key
	reasons         map[string]int
}

func newSink(j *Job, run *shard.Run, w *work, todo []shard.Range, labels []string) *sink {
	s := &sink{job: j, run: run, work: w, todo: todo, labels: labels, failures: map[int][]shard.Failure{}, reasons: map[string]int{}}
	for _, r := range todo {
		s.clips += r.Len()
	}
	return s
}

// write takes one sample; it borrows it.
func (s *sink) write(ctx context.Context, in *clip.Sample) error {
	for s.todo[s.at].Index != s.work.shardOf[in.Plan.Key] {
		if err := s.commit(ctx); err != nil {
			return err
		}
	}
	if err := s.begin(); err != nil {
		return err
	}
	if s.builder.Len() == 0 {
		s.builder.Reserve(s.rows)
	}
	if err := s.builder.Append(in); err != nil {
		return err
	}
	s.written.Add(1)
	if s.builder.Len() < s.rows {
		return nil
	}
	return s.flush(ctx)
}

// begin opens the current shard if it is not open.
func (s *sink) begin() error {
	if s.writer != nil {
		return nil
	}
	r := s.todo[s.at]
	shapes := s.job.shapesOf(s.work, r)
	s.builder = augment.NewBuilder(memory.DefaultAllocator, shapes, s.labels, s.job.Config.Augment.Metadata())
	var row int64
	for _, v := range shapes {
		row += v.Bytes()
	}
	s.rows = int(max(min(batchBytes/row, int64(r.Len())), 1))
	schema := s.builder.Schema()
	if s.coded != "" {
		var err error
		if schema, err = store.EncodedSchema(schema, s.storing()); err != nil {
			return err
		}
	}
	w, err := s.run.Begin(r, schema)
	s.writer = w
	return err
}

// storing is how the pixels of a batch are coded.
func (s *sink) storing() store.Options {
	return store.Options{Codec: s.coded, Workers: s.job.workers()}
}

func (s *sink) flush(ctx context.Context) error {
	if s.builder.Len() == 0 {
		return nil
	}
	rec := s.builder.NewRecord()
	defer func() { rec.Release() }()
	if s.coded != "" {
		coded, err := store.Encode(ctx, memory.DefaultAllocator, rec, s.storing())
		if err != nil {
			return err
		}
		rec.Release()
		rec = coded
	}
	return s.writer.Write(rec)
}

// commit finishes the current shard, also one in which nothing was delivered, and goes on to the next.
func (s *sink) commit(ctx context.Context) error {
	if err := s.begin(); err != nil {
		return err
	}
	if err := s.flush(ctx); err != nil {
		return err
	}
	r := s.todo[s.at]
	s.mu.Lock()
	failures := s.failures[r.Index]
	delete(s.failures, r.Index)
	s.mu.Unlock()
	for _, f := range failures {
		if err := s.writer.Fail(f); err != nil {
			return err
		}
	}
	if err := s.await(); err != nil {
		return err
	}
	s.commits = make(chan committed, 1)
	go func(w *shard.Writer, to chan<- committed) {
		e, err := w.Commit()
		to <- committed{e, err}
	}(s.writer, s.commits)
	s.writer = nil
	s.at++
	s.abort()
	return nil
}

// committed is the outcome of a shard's commit, which syncs to disk while the next shard is being written.
type committed struct {
	entry shard.Entry
	err   error
}

// await waits for the commit under way, if any.
func (s *sink) await() error {
	if s.commits == nil {
		return nil
	}
	c := <-s.commits
	s.commits = nil
	if c.err == nil {
		s.bytes += c.entry.Bytes
		s.committed += c.entry.Rows
		s.shards++
	}
	return c.err
}

// finish commits what is left after the last sample. A run that ended with an error keeps the shard that is complete.
func (s *sink) finish(ctx context.Context, err error) error {
	for err == nil && s.at < len(s.todo) {
		err = s.commit(ctx)
	}
	return errors.Join(err, s.await())
}

// abort drops the shard being written, if any.
func (s *sink) abort() {
	if s.writer != nil {
		s.writer.Abort()
		s.writer = nil
	}
	if s.builder != nil {
		s.builder.Release()
		s.builder = nil
	}
}

// track remembers the items of the run, so that a skipped one can be told by its key.
func (s *sink) track(items []clip.Item) {
	s.items = make(map[string]clip.Item, len(items))
	for _, it := range items {
		s.items[it.ItemKey()] = it
	}
}

// skipped records an item that a stage gave up on: all its clips.
func (s *sink) skipped(sk pipeline.Skipped) {
	for _, key := range s.items[sk.Key].Keys() {
		s.fail(key, sk.Stage, sk.Err)
	}
}

// fail records a clip that is not delivered.
func (s *sink) fail(key, stage string, err error) {
	f := shard.Failure{Key: key, Stage: stage, Reason: "error", Message: err.Error()}
	var classed interface{ FailureReason() string }
	if errors.As(err, &classed) {
		f.Reason = classed.FailureReason()
	}
	var de *decode.Error
	if errors.As(err, &de) {
		f.PTS, f.HasPTS, f.BytesRead = de.PTS, de.HasPTS, de.BytesRead
		f.Message = de.Err.Error() // without the path: the key names the source, wherever it lies
	}
	if text, stack := panicOf(err); stack != nil { // the stack differs from run to run, the table of failures must not
		f.Message = text
		s.job.Log.Error("panic", "key", key, "stage", stage, "stack", string(stack))
	}
	s.failed.Add(1)
	s.job.Log.Warn("clip not delivered", "key", key, "stage", stage, "reason", f.Reason, "error", f.Message)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reasons[f.Reason]++
	i := s.work.shardOf[key]
	s.failures[i] = append(s.failures[i], f)
}

// panicOf returns the text and the stack of the panic behind an error of a stage, if there is one.
func panicOf(err error) (text string, stack []byte) {
	var transform *augment.PanicError
	var stage *panics.ErrRecovered
	switch {
	case errors.As(err, &transform):
		return err.Error(), transform.Stack
	case errors.As(err, &stage):
		return fmt.Sprintf("panic: %v", stage.Value), stage.Stack
	}
	return "", nil
}

func (s *sink) summary() *Summary {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := 0
	for _, r := range s.work.plan.Task(s.job.Task, max(s.job.Tasks, 1)) {
		mine += r.Len()
	}
	return &Summary{Skipped: mine - s.clips, Written: s.committed, Failures: maps.Clone(s.reasons), Shards: s.shards, Bytes: s.bytes}
}
