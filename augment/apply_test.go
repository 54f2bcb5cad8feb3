package augment_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

// fussy fails on clips whose first byte is 3, in a way that mode says.
func fussy(mode string) *augment.Registry {
	r := augment.Default().Clone()
	augment.Add(r, augment.Spec[augment.ChanceConfig, augment.NoParams]{
		Name: "fussy", Summary: "inverts pixels, and sometimes breaks the rules",
		Draw: func(augment.ChanceConfig, *rand.Rand, *augment.Draft) (augment.NoParams, error) {
			return augment.NoParams{}, nil
		},
		Apply: func(_ augment.NoParams, f *augment.Frames) error {
			if f.Pix[0] == 3 {
				switch mode {
				case "error":
					return errors.New("I do not like 3")
				case "panic":
					panic("I cannot stand 3")
				case "shape":
					f.H--
				case "memory":
					f.Pix = make([]byte, len(f.Pix))
				}
			}
			for i := range f.Pix {
				f.Pix[i] = 255 - f.Pix[i]
			}
			return nil
		},
	})
	return r
}

// samples are n samples of two views, of which the first has the op fussy.
func samples(t testing.TB, mem memory.Allocator, n int) pipelineSource {
	t.Helper()
	op, err := clip.NewOp("fussy", augment.NoParams{})
	if err != nil {
		t.Fatal(err)
	}
	return func(_ context.Context, emit pipeline.Emit[*clip.Sample]) error {
		for i := range n {
			s := &clip.Sample{Plan: &clip.Plan{Key: fmt.Sprintf("v%d#0", i), Source: "v"}, Label: int32(i)}
			for k := range 2 {
				v := clip.View{PTS: []int64{0, 1}, Width: 4, Height: 3}
				c := clip.New(mem, v)
				for j := range c.Bytes() {
					c.Bytes()[j] = byte(i)
				}
				if k == 0 {
					v.Ops = []clip.Op{op}
				}
				s.Plan.Views, s.Clips = append(s.Plan.Views, v), append(s.Clips, c)
			}
			if err := emit(s); err != nil {
				return err
			}
		}
		return nil
	}
}

type pipelineSource = func(context.Context, pipeline.Emit[*clip.Sample]) error

var modes = map[string]string{"error": "I do not like 3", "panic": "I cannot stand 3", "shape": "changed the shape", "memory": "other memory"}

func TestApplyReportsOneClipAndGoesOn(t *testing.T) {
	for mode, want := range modes {
		for _, workers := range []int{1, 4} {
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			var mu sync.Mutex
			failed := map[string]error{}
			o := augment.Options{Registry: fussy(mode), Alloc: mem, OnFailure: func(key string, err error) {
				mu.Lock()
				defer mu.Unlock()
				failed[key] = err
			}}
			g := pipeline.NewGraph()
			var got []string
			out := pipeline.Via(pipeline.From(g, "list", samples(t, mem, 9)), "augment", augment.Apply(o), pipeline.Workers(workers))
			pipeline.Into(out, "check", func(_ context.Context, s *clip.Sample) error {
				i := byte(s.Label)
				if s.Clips[0].Bytes()[5] != 255-i || s.Clips[1].Bytes()[5] != i {
					t.Errorf("%s: sample %d has the pixels %d and %d", mode, i, s.Clips[0].Bytes()[5], s.Clips[1].Bytes()[5])
				}
				got = append(got, s.Plan.Key)
				return nil
			})
			if err := g.Run(context.Background()); err != nil {
				t.Fatal(err)
			}
			err := failed["v3#0"]
			if len(got) != 8 || len(failed) != 1 || err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "fussy, view 0 of v3#0") {
				t.Errorf("%s: delivered %v, failed %v", mode, got, failed)
			}
			var e *augment.Error
			if !errors.As(err, &e) || e.FailureReason() != "augment" || e.Key != "v3#0" || e.Transform != "fussy" {
				t.Errorf("%s: %+v", mode, e)
			}
			mem.AssertSize(t, 0)
		}
	}
}

func TestApplyWithoutOnFailureFailsTheRun(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	g := pipeline.NewGraph()
	out := pipeline.Via(pipeline.From(g, "list", samples(t, mem, 9)), "augment", augment.Apply(augment.Options{Registry: fussy("error"), Alloc: mem}))
	pipeline.Into(out, "check", func(context.Context, *clip.Sample) error { return nil })
	var se *pipeline.StageError
	if err := g.Run(context.Background()); !errors.As(err, &se) || se.Stage != "augment" || !strings.Contains(err.Error(), "v3#0") {
		t.Errorf("got %v", err)
	}
}

func TestAssembleFillsBatches(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	for _, workers := range []int{1, 3} {
		failed := 0
		o := augment.Options{Registry: fussy("panic"), Alloc: mem, OnFailure: func(string, error) { failed++ }}
		g := pipeline.NewGraph()
		groups := pipeline.Via(pipeline.From(g, "list", samples(t, mem, 9)), "group", pipeline.Batch[*clip.Sample](4))
		batches := pipeline.Via(groups, "assemble", augment.Assemble(o, nil), pipeline.Workers(workers))
		var labels []int32
		pipeline.Into(batches, "check", func(_ context.Context, rec arrow.Record) error {
			for i, label := range rec.Column(1).(*array.Int32).Int32Values() {
				labels = append(labels, label)
				for k, want := range []byte{255 - byte(label), byte(label)} {
					if pix := rec.Column(3 + 3*k).(*shard.TensorArray).Row(i); pix[0] != want || pix[len(pix)-1] != want {
						t.Errorf("view %d of %d is %d", k, label, pix[0])
					}
				}
			}
			return nil
		})
		if err := g.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(labels) != "[0 1 2 4 5 6 7 8]" || failed != 1 {
			t.Errorf("%d workers: rows %v, %d failed", workers, labels, failed)
		}
	}
}

// TestExecuteFromMemory: a stored clip is a source like any other: frames by time, region, size, mirroring, ops.
func TestExecuteFromMemory(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	src := clip.New(mem, clip.View{PTS: make([]int64, 4), Width: 6, Height: 4, TimeBase: clip.Rational{Num: 1, Den: 25}})
	defer src.Release()
	copy(src.PTS, []int64{10, 20, 30, 40})
	for i := range src.Bytes() {
		src.Bytes()[i] = byte(i)
	}
	var s augment.Scratch
	v := clip.View{PTS: []int64{39, 5, 20, 30}, Crop: clip.Rect{X: 2, Y: 1, W: 4, H: 2}, Width: 4, Height: 2, Flip: true}
	out, err := augment.Execute(augment.Options{Alloc: mem}, src, v, &s)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	if fmt.Sprint(out.PTS) != "[30 10 20 30]" {
		t.Errorf("frames %v", out.PTS)
	}
	for k, from := range []int{2, 0, 1, 2} {
		for y := range 2 {
			for x := range 4 {
				want := src.Frame(from)[((y+1)*6+2+3-x)*3:][:3]
				if got := out.Frame(k)[(y*4+x)*3:][:3]; !bytes.Equal(got, want) {
					t.Fatalf("frame %d, pixel (%d,%d) is %v, want %v", k, x, y, got, want)
				}
			}
		}
	}
	for name, bad := range map[string]clip.View{
		"a crop outside": {PTS: []int64{10}, Crop: clip.Rect{X: 5, W: 4, H: 2}},
		"no frames":      {},
		"an unknown op":  {PTS: []int64{10}, Ops: []clip.Op{{Name: "sparkle"}}},
		"other ticks":    {PTS: []int64{10}, TimeBase: clip.Rational{Num: 1, Den: 90000}},
	} {
		if _, err := augment.Execute(augment.Options{Alloc: mem}, src, bad, &s); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
