package decode

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/pipelinetest"
)

func TestOpenIsAStage(t *testing.T) {
	path := synthVideo(t)
	pipelinetest.Run(t, pipelinetest.Opt[clip.Item, *clip.Source]{
		Factory: OpenStage(Options{}),
		Inputs: func() (in []clip.Item) {
			for i := range 5 {
				in = append(in, clip.Item{Path: path, Source: fmt.Sprint(i), Clips: 1, Total: 1})
			}
			return in
		},
		PrintOut: func(s *clip.Source) string { return fmt.Sprintf("%+v %+v", s.Item, *s.Meta) },
		Bad:      func() clip.Item { return clip.Item{Path: "no such file.mp4", Source: "bad", Clips: 1} },
	})
}

// planned opens a file and plans n clips of it, two frames each.
func planned(t testing.TB, path string, n int) *clip.Planned {
	t.Helper()
	v, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	s := clip.NewSource(clip.Item{Path: path, Source: path, Clips: n, Total: n}, v.Meta(), v, v.Close)
	defer s.Release()
	var plans []*clip.Plan
	for i := range n {
		view := clip.CenterSquare(v.Meta(), 16)
		view.PTS = v.Meta().Frames.PTS[3*i : 3*i+2]
		plans = append(plans, &clip.Plan{Key: s.Item.Key(i), Source: path, Views: []clip.View{view}})
	}
	return clip.NewPlanned(s, plans)
}

func TestExecuteIsAStage(t *testing.T) {
	path := synthVideo(t)
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	pipelinetest.Run(t, pipelinetest.Opt[*clip.Planned, *clip.Sample]{
		Factory: ExecuteStage(Options{Alloc: mem}),
		Inputs: func() (in []*clip.Planned) {
			for i := range 5 {
				in = append(in, planned(t, path, 1+i%3))
			}
			return in
		},
		PrintIn: func(p *clip.Planned) string { return fmt.Sprint(len(p.Plans), p.Plans[0].Views) },
		PrintOut: func(s *clip.Sample) string {
			return fmt.Sprintf("%s %x", s.Plan.Key, sha256.Sum256(s.Clips[0].Bytes()))
		},
		Bad: func() *clip.Planned {
			p := planned(t, path, 2)
			p.Plans[1].Views[0].Width = -1
			return p
		},
		Live: func() int64 { return int64(mem.CurrentAlloc()) },
	})
}

// With OnFailure, the clips of a source that can be delivered are, in order, and the others are told by key before any
// later clip leaves the stage.
func TestFailedClipsAreToldInOrder(t *testing.T) {
	path := synthVideo(t)
	var mu sync.Mutex
	var events []string
	note := func(s string) { mu.Lock(); events = append(events, s); mu.Unlock() }
	var in []*clip.Planned
	for i := range 6 {
		p := planned(t, path, 3)
		for k := range p.Plans {
			p.Plans[k].Key = fmt.Sprintf("%d.%d", i, k)
		}
		p.Plans[i%3].Views[0].Width = -1
		in = append(in, p)
	}
	g := pipeline.NewGraph()
	opt := Options{OnFailure: func(key string, _ error) { note(key + " failed") }}
	samples := pipeline.Via(pipeline.From(g, "list", pipeline.Each(in)), "decode", ExecuteStage(opt), pipeline.Workers(4))
	var got []string
	pipeline.Into(samples, "collect", func(_ context.Context, s *clip.Sample) error {
		got = append(got, s.Plan.Key)
		mu.Lock()
		defer mu.Unlock()
		for i := range 6 {
			if failed := fmt.Sprintf("%d.%d", i, i%3); fmt.Sprint(i) < s.Plan.Key[:1] && !slices.Contains(events, failed+" failed") {
				t.Errorf("%s came before the failure of %s was told", s.Plan.Key, failed)
			}
		}
		return nil
	})
	if err := g.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if len(got) != 12 || len(events) != 6 || !slices.IsSorted(got) {
		t.Errorf("%v, %v", got, events)
	}
}
