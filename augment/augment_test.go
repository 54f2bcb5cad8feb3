package augment_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

func meta() *clip.Meta {
	m := &clip.Meta{Source: "a.mp4", Width: 322, Height: 241, TimeBase: clip.Rational{Num: 1, Den: 12800}}
	for i := range int64(100) {
		m.Frames.PTS = append(m.Frames.PTS, i*512)
	}
	return m
}

// sample makes a sample of two views whose pixels tell row, view and frame.
func sample(mem memory.Allocator, row int, label int32) *clip.Sample {
	s := &clip.Sample{Plan: &clip.Plan{Key: fmt.Sprintf("a.mp4#%d", row), Source: "a.mp4"}, Label: label}
	for k := range 2 {
		v := clip.View{PTS: []int64{int64(row), int64(row + 1)}, Width: 3, Height: 2 + k, TimeBase: clip.Rational{Num: 1, Den: 25}, Padded: row == 1}
		c := clip.New(mem, v)
		copy(c.PTS, v.PTS)
		for i := range c.Bytes() {
			c.Bytes()[i] = byte(row*40 + k*20 + i)
		}
		s.Plan.Views, s.Clips = append(s.Plan.Views, v), append(s.Clips, c)
	}
	return s
}

var shapes = []augment.Shape{{T: 2, H: 2, W: 3}, {T: 2, H: 3, W: 3}}

func TestBuilderFillsEveryColumn(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	b := augment.NewBuilder(mem, shapes, []string{"walk", "run"})
	defer b.Release()
	for round := range 2 { // a builder begins anew after a batch
		for row := range 3 {
			s := sample(mem, row, int32(row)-1)
			if err := b.Append(s); err != nil {
				t.Fatal(err)
			}
			s.Release()
		}
		rec := b.NewRecord()
		checkRecord(t, rec)
		rec.Release()
		if b.Len() != 0 {
			t.Errorf("round %d: %d rows left after the batch", round, b.Len())
		}
	}
}

func checkRecord(t *testing.T, rec arrow.Record) {
	t.Helper()
	mem := memory.DefaultAllocator
	md := rec.Schema().Metadata()
	if got, _ := md.GetValue("vidcsl.labels"); got != `["walk","run"]` {
		t.Errorf("labels are %s", got)
	}
	label, flags := rec.Column(1).(*array.Int32), rec.Column(9).(*array.Uint32)
	if rec.NumRows() != 3 || !label.IsNull(0) || label.Value(2) != 1 || flags.Value(0) != 0 || flags.Value(1) != uint32(clip.Padded) {
		t.Errorf("record %v", rec)
	}
	for row := range 3 {
		s := sample(mem, row, 0)
		for k := range 2 {
			view := rec.Column(3 + 3*k).(*shard.TensorArray)
			if !bytes.Equal(view.Row(row), s.Clips[k].Bytes()) {
				t.Errorf("row %d, view %d has other pixels", row, k)
			}
			if got := rec.Column(5 + 3*k).(*array.String).Value(row); got != s.Plan.Views[k].JSON() {
				t.Errorf("plan %s", got)
			}
			list := rec.Column(4 + 3*k).(*array.List)
			from, to := list.ValueOffsets(row)
			if got := list.ListValues().(*array.Int64).Int64Values()[from:to]; !slices.Equal(got, s.Clips[k].PTS) {
				t.Errorf("pts %v, want %v", got, s.Clips[k].PTS)
			}
		}
	}
}

func TestBuilderRefusesOtherShapes(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	b := augment.NewBuilder(mem, shapes[:1], nil)
	defer b.Release()
	s := sample(mem, 0, 0)
	defer s.Release()
	if err := b.Append(s); err == nil || !strings.Contains(err.Error(), "a.mp4#0") {
		t.Errorf("two views into a batch of one: %v", err)
	}
	b2 := augment.NewBuilder(mem, []augment.Shape{shapes[1], shapes[0]}, nil)
	defer b2.Release()
	if err := b2.Append(s); err == nil || b2.Len() != 0 {
		t.Errorf("another shape: %v, %d rows", err, b2.Len())
	}
}

func TestBatchStage(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	g := pipeline.NewGraph()
	in := pipeline.From(g, "list", func(_ context.Context, emit pipeline.Emit[*clip.Sample]) error {
		for row := range 7 {
			if err := emit(sample(mem, row%3, 0)); err != nil {
				return err
			}
		}
		return nil
	})
	var sizes []int64
	pipeline.Into(pipeline.Via(in, "batch", augment.Batch(mem, 3, nil)), "count", func(_ context.Context, rec arrow.Record) error {
		sizes = append(sizes, rec.NumRows())
		return nil
	})
	if err := g.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(sizes, []int64{3, 3, 1}) {
		t.Errorf("batches of %v", sizes)
	}
}

func TestPlannerDrawsByKeyAlone(t *testing.T) {
	p := augment.Planner{Seed: 9, Sampler: clip.RandomClips{Frames: 8, Stride: 2}, Views: 2, Size: 112}
	it := clip.Item{Source: "walk/a.mp4", Total: 4}
	seen := map[string]bool{}
	for i := range 4 {
		a, err := p.Draw(it, meta(), i)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := p.Draw(it, meta(), i)
		ja, _ := json.Marshal(a)
		jb, _ := json.Marshal(b)
		if !bytes.Equal(ja, jb) {
			t.Errorf("clip %d is drawn differently a second time", i)
		}
		if a.Views[0].PTS[0] == a.Views[1].PTS[0] && seen["same"] {
			t.Error("the views of two clips begin at the same frame")
		}
		seen["same"] = seen["same"] || a.Views[0].PTS[0] == a.Views[1].PTS[0]
		seen[fmt.Sprint(a.Views[0].PTS)] = true
		if c := a.Views[0].Crop; c != (clip.Rect{X: 40, Y: 0, W: 240, H: 240}) {
			t.Errorf("crop %+v", c)
		}
	}
	if len(seen) < 4 {
		t.Error("different clips are drawn alike")
	}
	if _, err := (augment.Planner{Sampler: clip.RandomClips{Frames: 1, Stride: 1}}).Draw(it, meta(), 0); err == nil {
		t.Error("no views are accepted")
	}
}
