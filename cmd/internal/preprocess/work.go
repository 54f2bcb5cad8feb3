package preprocess

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// work is what a run has to do: which clip is in which shard, fixed by the inputs and the configuration alone.
type work struct {
	plan    *shard.Plan
	sources map[string]clip.Item     // by clip key: the source, with that one clip
	shapes  map[string]augment.Shape // by group
	shardOf map[string]int           // by clip key
}

// stored is what the manifest keeps of the run: the configuration, and enough of the inputs to say what changed.
type stored struct {
	Config
	Labels []string
	Videos int
	Bytes  int64
}

// MarshalJSON puts what is told of the inputs beside the settings.
func (s stored) MarshalJSON() ([]byte, error) {
	config, err := s.Config.MarshalJSON()
	if err != nil {
		return nil, err
	}
	all := map[string]any{}
	d := json.NewDecoder(bytes.NewReader(config))
	d.UseNumber() // a seed is larger than what a float64 holds
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	all["labels"], all["videos"], all["input_bytes"] = s.Labels, s.Videos, s.Bytes
	return json.Marshal(all)
}

func (j *Job) stored(l *clip.Listing) stored {
	s := stored{Config: j.Config, Labels: l.Labels, Videos: len(l.Items)}
	for _, it := range l.Items {
		if st, err := os.Stat(it.Path); err == nil {
			s.Bytes += st.Size()
		}
	}
	return s
}

// layOut fixes the work. At native size the videos are opened once to learn their sizes, since the clips of a shard all
// have one shape.
func (j *Job) layOut(ctx context.Context, l *clip.Listing) (*work, error) {
	side := int(j.Config.Size)
	sizes := map[string]augment.Shape{}
	if side == 0 {
		var err error
		if sizes, err = j.measure(ctx, l); err != nil {
			return nil, err
		}
	}
	w := &work{sources: map[string]clip.Item{}, shapes: map[string]augment.Shape{}, shardOf: map[string]int{}}
	var items []shard.Item
	var largest int64
	for _, it := range l.Items {
		it.Total = j.Config.ClipsPerVideo
		shape := augment.Shape{T: j.Config.Frames, H: max(side, 1), W: max(side, 1)} // 1x1: a video that cannot be opened
		group := ""
		if s, ok := sizes[it.Source]; ok && s.Bytes() <= clip.MaxBytes { // else its clips fail when they are planned
			shape, group = s, fmt.Sprintf("%dx%d", s.W, s.H)
		}
		w.shapes[group] = shape
		largest = max(largest, shape.Bytes())
		for i := range it.Total {
			it.First, it.Clips = i, 1
			items = append(items, shard.Item{Key: it.Key(i), Group: group})
			w.sources[it.Key(i)] = it
		}
	}
	plan, err := shard.NewPlan(items, shard.RowsPerShard(len(items), largest*int64(j.Config.Views)), j.Version)
	if err != nil {
		return nil, err
	}
	w.plan = plan
	for _, r := range plan.Shards {
		for _, it := range plan.ItemsOf(r) {
			w.shardOf[it.Key] = r.Index
		}
	}
	return w, nil
}

// measure opens every video and returns the shape of its clips; those that cannot be opened are left out.
func (j *Job) measure(ctx context.Context, l *clip.Listing) (map[string]augment.Shape, error) {
	var mu sync.Mutex
	sizes := map[string]augment.Shape{}
	g := pipeline.NewGraph()
	list := pipeline.From(g, "list", pipeline.Each(l.Take(1)))
	opened := pipeline.Via(list, "measure", decode.OpenStage(decode.Options{}), pipeline.Workers(j.workers()), pipeline.OnError(pipeline.Skip))
	pipeline.Into(opened, "collect", func(_ context.Context, s *clip.Source) error {
		mu.Lock()
		defer mu.Unlock()
		sizes[s.Item.Source] = augment.Shape{T: j.Config.Frames, H: s.Meta.Height, W: s.Meta.Width}
		return nil
	})
	return sizes, g.Run(ctx)
}

// passBytes bounds the clips that one pass over a source makes, and so the memory that a worker needs.
const passBytes = 8 << 20

// items returns the sources to open for the given shards, in order: the clips of one source that lie together in one shard
// are decoded in one pass, up to passBytes of them.
func (w *work) items(shards []shard.Range, views int) []clip.Item {
	var out []clip.Item
	for _, r := range shards {
		most := int(max(passBytes/(w.shapes[r.Group].Bytes()*int64(views)), 1))
		for k, planned := range w.plan.ItemsOf(r) {
			it := w.sources[planned.Key]
			if n := len(out) - 1; k > 0 && out[n].Source == it.Source && out[n].First+out[n].Clips == it.First && out[n].Clips < most {
				out[n].Clips++
				continue
			}
			out = append(out, it)
		}
	}
	return out
}
