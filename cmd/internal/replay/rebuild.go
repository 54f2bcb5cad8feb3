package replay

import (
	"context"
	"fmt"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/dataset"
	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// Rebuild makes the views of the row again: from the source among the inputs, by the plans as they stand in the row now.
func (r *Row) Rebuild(ctx context.Context, input string) ([]View, error) {
	path, err := r.locate(input)
	if err != nil {
		return nil, err
	}
	plan := &clip.Plan{Key: r.Key, Source: r.Source}
	for k, v := range r.Views {
		view, err := clip.ParseView(v.Plan)
		if err != nil {
			return nil, fmt.Errorf("the plan of view %d: %w", k, err)
		}
		plan.Views = append(plan.Views, view)
	}
	video, err := decode.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer video.Close()
	clips, err := video.Execute(ctx, plan, memory.DefaultAllocator)
	if err != nil {
		return nil, err
	}
	s := &clip.Sample{Plan: plan, Label: -1, Clips: clips}
	defer s.Release()
	return r.augmented(ctx, s)
}

// locate returns the path of the row's source.
func (r *Row) locate(input string) (string, error) {
	l, err := dataset.List(input)
	if err != nil {
		return "", err
	}
	for _, it := range l.Items {
		if it.Source == r.Source {
			return it.Path, nil
		}
	}
	return "", fmt.Errorf("%s has no %s, from which the row was made; want what preprocess was given as --input", input, r.Source)
}

// augmented runs the ops and codes the pixels as the shard does.
func (r *Row) augmented(ctx context.Context, s *clip.Sample) ([]View, error) {
	var scratch augment.Scratch
	views := make([]View, len(s.Clips))
	for k, c := range s.Clips {
		p, err := augment.Default().Compile(s.Plan.Views[k].Ops, augment.ShapeOf(c))
		if err != nil {
			return nil, fmt.Errorf("view %d: %w", k, err)
		}
		v := View{s.Plan.Views[k].JSON(), make([]byte, p.Out().Bytes()), p.Out()}
		if err := p.Run(v.Pixels, c.Bytes(), &scratch); err != nil {
			return nil, fmt.Errorf("view %d: %w", k, err)
		}
		if r.coded[k].Codec != "" {
			if err := v.code(ctx, r.coded[k]); err != nil {
				return nil, fmt.Errorf("view %d: %w", k, err)
			}
		}
		views[k] = v
	}
	return views, nil
}

// code replaces the pixels by what is left of them after coding.
func (v *View) code(ctx context.Context, o store.Options) error {
	mem := memory.DefaultAllocator
	b := augment.NewBuilder(mem, []augment.Shape{v.Shape}, nil)
	defer b.Release()
	c := clip.New(mem, clip.View{PTS: make([]int64, v.Shape.T), Width: v.Shape.W, Height: v.Shape.H})
	defer c.Release()
	copy(c.Bytes(), v.Pixels)
	if err := b.Append(&clip.Sample{Plan: &clip.Plan{Views: make([]clip.View, 1)}, Clips: []*clip.Clip{c}}); err != nil {
		return err
	}
	rec := b.NewRecord()
	defer rec.Release()
	coded, err := store.Encode(ctx, mem, rec, o)
	if err != nil {
		return err
	}
	defer coded.Release()
	back, err := store.Decode(ctx, mem, coded, 1)
	if err != nil {
		return err
	}
	defer back.Release()
	copy(v.Pixels, viewColumn(back).Row(0))
	return nil
}

func viewColumn(rec arrow.Record) *shard.TensorArray {
	return rec.Column(rec.Schema().FieldIndices("view_0")[0]).(*shard.TensorArray)
}

// Difference is how far two views are apart.
type Difference struct {
	View      int     `json:"view"`
	Identical bool    `json:"identical"`
	Bytes     int     `json:"bytes"`          // of the view
	Changed   int     `json:"changed"`        // bytes that differ
	Max       int     `json:"max"`            // greatest difference of a value, 0 to 255
	Mean      float64 `json:"mean"`           // mean absolute difference
	PSNR      float64 `json:"psnr,omitempty"` // dB; none where identical
	Shape     string  `json:"shape,omitempty"`
	Plan      string  `json:"plan"`
}

// Compare compares view k as it was with what it is now.
func Compare(k int, was, now View) Difference {
	d := Difference{View: k, Bytes: len(now.Pixels), Plan: now.Plan}
	if was.Shape != now.Shape {
		d.Shape = fmt.Sprintf("%dx%dx%d (frames, height, width), stored %dx%dx%d", now.Shape.T, now.Shape.H, now.Shape.W, was.Shape.T, was.Shape.H, was.Shape.W)
		d.Changed = d.Bytes
		return d
	}
	var sum, squares float64
	for i, b := range now.Pixels {
		e := int(b) - int(was.Pixels[i])
		if e == 0 {
			continue
		}
		e = max(e, -e)
		d.Changed++
		d.Max = max(d.Max, e)
		sum, squares = sum+float64(e), squares+float64(e*e)
	}
	d.Identical = d.Changed == 0
	if n := float64(len(now.Pixels)); !d.Identical {
		d.Mean, d.PSNR = sum/n, 10*math.Log10(255*255*n/squares)
	}
	return d
}
