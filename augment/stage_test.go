package augment_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/pipeline/pipelinetest"
	"vidcsl/pipeline/shard"
)

func TestPlannerIsAStage(t *testing.T) {
	p := augment.Planner{Seed: 1, Sampler: clip.RandomClips{Frames: 4, Stride: 2}, Views: 2, Size: 32}
	source := func(name string, clips int, m *clip.Meta) *clip.Source {
		return clip.NewSource(clip.Item{Source: name, Clips: clips, Total: clips}, m, nil, nil)
	}
	pipelinetest.Run(t, pipelinetest.Opt[*clip.Source, *clip.Planned]{
		Factory: p.Stage(),
		Inputs: func() (in []*clip.Source) {
			for i := range 6 {
				in = append(in, source(fmt.Sprintf("v%d.mp4", i), 1+i%3, meta()))
			}
			return in
		},
		PrintIn: func(s *clip.Source) string { return fmt.Sprintf("%+v %+v", s.Item, *s.Meta) },
		PrintOut: func(p *clip.Planned) string {
			b, _ := json.Marshal(p.Plans)
			return string(b)
		},
		Bad: func() *clip.Source {
			return source("unknown.mp4", 1, &clip.Meta{TimeBase: clip.Rational{Num: 1, Den: 25}})
		},
	})
}

func TestBatchIsAStage(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	pixels := func(s *clip.Sample) string {
		h := sha256.New()
		for _, c := range s.Clips {
			h.Write(c.Bytes())
		}
		return fmt.Sprintf("%+v %x", *s.Plan, h.Sum(nil))
	}
	pipelinetest.Run(t, pipelinetest.Opt[*clip.Sample, arrow.Record]{
		Factory: augment.Batch(mem, 2, []string{"walk"}),
		Inputs: func() (in []*clip.Sample) {
			for i := range 5 {
				in = append(in, sample(mem, i%3, 0))
			}
			return in
		},
		PrintIn: pixels,
		PrintOut: func(r arrow.Record) string {
			return fmt.Sprintf("%d %x", r.NumRows(), r.Column(3).(*shard.TensorArray).Row(0))
		},
		Bad:         func() *clip.Sample { s := sample(mem, 0, 0); s.Plan.Views = s.Plan.Views[:1]; return s },
		Live:        func() int64 { return int64(mem.CurrentAlloc()) },
		OneWorker:   true,
		Unresumable: true,
	})
}
