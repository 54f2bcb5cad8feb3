package feed

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// manifest is the file that makes a folder a run.
const manifest = "manifest.json"

// shards is the rows of a run, each a stored clip.
type shards struct {
	files  []*part
	list   []row
	turns  [][]int32 // the rows of each sample
	stored bool      // the views of a row are its stored views, of the first one otherwise
	cache  *cache
}

// row is where a stored clip lies.
type row struct {
	key    string
	label  int32
	sample int32
	file   int32
	at     int32 // of the rows of its file
}

func (d *Dataset) openRun(ctx context.Context, path string) error {
	m, err := shard.ReadManifest(path)
	if err != nil {
		return err
	}
	if !m.Complete() {
		return fmt.Errorf("%s: %d of %d shards are there; finish the run with vidcsl preprocess --resume", path, len(m.Entries), m.Shards)
	}
	s := &shards{cache: newCache(cacheBytes)}
	d.data = s
	if err := s.open(ctx, path, m, d.opt.Workers); err != nil {
		s.close()
		return err
	}
	d.info.Keys, d.info.Labels, d.info.Classes = s.index()
	if len(s.list) == 0 {
		err = fmt.Errorf("%s has no rows: all %d clips failed", path, m.Items)
	}
	if err == nil {
		err = d.fit(s)
	}
	if err != nil {
		s.close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// open opens the parts that hold rows, several at a time, and lists the rows in the order of the plan.
func (s *shards) open(ctx context.Context, path string, m *shard.Manifest, workers int) error {
	entries := slices.DeleteFunc(slices.Clone(m.Entries), func(e shard.Entry) bool { return e.Rows == 0 })
	s.files = make([]*part, len(entries))
	p := pool.New().WithMaxGoroutines(workers).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i, e := range entries {
		p.Go(func(ctx context.Context) (err error) {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			s.files[i], err = openPart(filepath.Join(path, e.File), e, int32(i), s.cache)
			return err
		})
	}
	if err := p.Wait(); err != nil {
		return err
	}
	for _, f := range s.files {
		s.list = append(s.list, f.list...)
	}
	return nil
}

// index makes a sample of each source. Shards hold the rows of their run in order, so the keys are in that of the sources.
func (s *shards) index() (keys []string, labels []int32, classes []string) {
	known := map[string]int32{}
	for i := range s.list {
		r := &s.list[i]
		source := s.files[r.file].sources[r.at]
		at, ok := known[source]
		if !ok {
			at = int32(len(keys))
			known[source] = at
			keys, labels = append(keys, source), append(labels, r.label)
			s.turns = append(s.turns, nil)
		}
		r.sample = at
		s.turns[at] = append(s.turns[at], int32(i))
	}
	for _, f := range s.files {
		f.sources, f.list = nil, nil
		classes = f.classes // the same in all, as they are of one run
	}
	return keys, labels, classes
}

func (s *shards) rows() int    { return len(s.list) }
func (s *shards) samples() int { return len(s.turns) }
func (s *shards) turn(sample, epoch int) int {
	rows := s.turns[sample]
	return int(rows[epoch%len(rows)])
}
func (s *shards) sample(row int) int32 { return s.list[row].sample }
func (s *shards) item(row int) clip.Item {
	r := s.list[row]
	return clip.Item{Path: s.files[r.file].path, Source: r.key, Label: r.label}
}

func (s *shards) close() error {
	var first error
	for _, f := range s.files {
		if f == nil { // not opened
			continue
		}
		if err := f.reader.Close(); first == nil {
			first = err
		}
	}
	return first
}

// labelsOf reads the class names of a schema.
func labelsOf(s *shard.Reader) ([]string, error) {
	text, ok := s.Metadata().GetValue("vidcsl.labels")
	if !ok {
		return nil, nil
	}
	var names []string
	if err := json.Unmarshal([]byte(text), &names); err != nil {
		return nil, fmt.Errorf("class names %.80q: %w", text, err)
	}
	return names, nil
}

// views reads a row once for all its views.
func (s *shards) views(g *pipeline.Graph, m making) *pipeline.Port[*clip.Sample] {
	n, skip, budget := pipeline.Workers(m.workers), pipeline.OnError(pipeline.Skip), pipeline.Budget(prefetch)
	list := pipeline.From(g, "list", m.tickets)
	views := 1
	if s.stored {
		views = m.planner.Views
	}
	read := pipeline.Map(func(ctx context.Context, t ticket) (*clip.Source, error) {
		r := s.list[t.row]
		return s.files[r.file].read(ctx, t.Item, int(r.at), views, m.alloc)
	})
	opened := pipeline.Via(list, "read", read, n, skip, budget, pipeline.SizeBy(sizeOfSource))
	planned := pipeline.Via(opened, "plan", s.sized(m.planner).Stage(), skip)
	return pipeline.Via(planned, "augment", executing(m.alloc), n, budget, skip)
}
