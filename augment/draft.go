package augment

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

// Draft is a view while it is drawn: what the source is, and what the transforms before have made of the view. Draw functions
// read it; Plan functions change it through its methods. One goroutine uses it.
type Draft struct {
	Meta  *clip.Meta
	Grid  clip.Grid // the source's frames, numbered
	Key   string    // of the sample
	Index int       // of the view in the sample
	Views int       // in the sample
	Size  int       // side in pixels that the views of the run have; 0 where each keeps its frame's own

	view clip.View
	w, h int // of the pixels at this point
	seed uint64
	used map[string]int
}

// Width returns the width of the view at this point of the pipeline, in pixels.
func (d *Draft) Width() int { return d.w }

// Height returns the height of the view at this point of the pipeline, in pixels.
func (d *Draft) Height() int { return d.h }

// PTS returns the frames of the view at this point, in ticks. The caller must not change it.
func (d *Draft) PTS() []int64 { return d.view.PTS }

// SetPTS sets the frames of the view; their number must stay the same.
func (d *Draft) SetPTS(pts []int64) error {
	if len(pts) != len(d.view.PTS) {
		return fmt.Errorf("%d frames, want %d as before", len(pts), len(d.view.PTS))
	}
	d.view.PTS = pts
	return nil
}

// SetPadded marks the view as holding repeats because the source is too short.
func (d *Draft) SetPadded(padded bool) { d.view.Padded = padded }

// SetDamage has the compressed stream of the source damaged before the view is decoded. A stream is damaged once, and only that of a
// video, which the executor sees to.
func (d *Draft) SetDamage(damage clip.Damage) error {
	if d.view.Damage != nil {
		return fmt.Errorf("the stream of the view has its %s already; %w", d.view.Damage.Kind, errDamagedTwice)
	}
	if err := damage.Check(); err != nil {
		return err
	}
	d.view.Damage = &damage
	return nil
}

// Crop cuts a region, in pixels of the view at this point, and scales it to w x h; 0, 0 keeps the region's own size. As long as
// no pixel op came before, the decoder does it, from the source's own pixels, on a region snapped to even pixels.
func (d *Draft) Crop(r clip.Rect, w, h int) error {
	if r.X < 0 || r.Y < 0 || r.W < 1 || r.H < 1 || r.X > d.w-r.W || r.Y > d.h-r.H {
		return fmt.Errorf("the region %dx%d at (%d,%d) is not inside the %dx%d view", r.W, r.H, r.X, r.Y, d.w, d.h)
	}
	if w == 0 && h == 0 {
		w, h = r.W, r.H
	}
	if w < 1 || h < 1 || w > clip.MaxSide || h > clip.MaxSide {
		return fmt.Errorf("the size %dx%d is not within 1 to %d", w, h, clip.MaxSide)
	}
	if len(d.view.Ops) > 0 {
		return d.resample(resampleParams{Crop: r, Width: w, Height: h})
	}
	c := &d.view.Crop
	if d.view.Flip {
		r.X = d.w - r.X - r.W
	}
	x0, x1 := scaled(r.X, r.X+r.W, c.W, d.w, c.X, d.Meta.Width)
	y0, y1 := scaled(r.Y, r.Y+r.H, c.H, d.h, c.Y, d.Meta.Height)
	*c = clip.Rect{X: x0, Y: y0, W: x1 - x0, H: y1 - y0}
	d.view.Width, d.view.Height = w, h
	d.w, d.h = w, h
	return nil
}

// scaled maps the edges from and to of a view of size view, made of a region of size region at offset, to pixels of the
// frame: rounded to even ones, unless that leaves nothing or the region ends at the frame's own, odd edge.
func scaled(from, to, region, view, offset, frame int) (int, int) {
	edge := func(at int) int {
		v := offset + int(math.Round(float64(at)*float64(region)/float64(view)))
		if v >= frame {
			return frame
		}
		return v &^ 1
	}
	a, b := edge(from), edge(to)
	if b <= a {
		if b = min(a+2, frame); b <= a {
			a = max(b-2, 0)
		}
	}
	return a, b
}

// Flip mirrors the view horizontally.
func (d *Draft) Flip() error {
	if len(d.view.Ops) > 0 {
		return d.resample(resampleParams{Crop: clip.Rect{W: d.w, H: d.h}, Width: d.w, Height: d.h, Flip: true})
	}
	d.view.Flip = !d.view.Flip
	return nil
}

func (d *Draft) resample(p resampleParams) error {
	if err := d.addOp(opResample, p); err != nil {
		return err
	}
	d.w, d.h = p.Width, p.Height
	return nil
}

func (d *Draft) addOp(name string, params any) error {
	op, err := clip.NewOp(name, params)
	if err != nil {
		return err
	}
	d.view.Ops = append(d.view.Ops, op)
	return nil
}

// rand returns the generator of a transform: keyed by its instance name, the sample and, unless joint, the view.
func (d *Draft) rand(name string, joint bool) *rand.Rand {
	d.used[name]++
	if n := d.used[name]; n > 1 {
		name += "#" + strconv.Itoa(n)
	}
	key := d.Key
	if !joint {
		key += "@" + strconv.Itoa(d.Index)
	}
	return pipeline.Rand(d.seed, name, key)
}

// failed wraps an error with the transform and the view, once.
func (d *Draft) failed(name string, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return &Error{Transform: name, Key: d.Key, View: d.Index, Err: err}
}
