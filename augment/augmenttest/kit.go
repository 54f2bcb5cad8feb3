package augmenttest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// kit is a transform under test.
type kit struct {
	Opt
	info    augment.Info
	err     error // the transform cannot be made at all
	results map[string]Result
	buf     []byte // of render
}

func newKit(o Opt) *kit {
	if o.Registry == nil {
		o.Registry = augment.Default()
	}
	k := &kit{Opt: o, results: map[string]Result{}}
	if k.info, k.err = o.Registry.Info(o.Name); k.err == nil {
		_, k.err = k.pipeline()
	}
	return k
}

// getsPixels reports whether the transform is handed the pixels.
func (k *kit) getsPixels() bool { return k.info.Kind == "pixels" }

// pipeline makes the transform anew, alone in a pipeline.
func (k *kit) pipeline() (augment.Pipeline, error) {
	t, err := k.Registry.Clone().New(k.Name, k.Settings)
	if err != nil {
		return augment.Pipeline{}, err
	}
	return augment.NewPipeline(append([]augment.Transform{t}, k.Then...)...)
}

// footage is a source held in memory.
type footage struct {
	meta clip.Meta
	clip *clip.Clip
}

// viewFrames is the frames of a view, where the source has as many.
const viewFrames = 8

// What transforms are checked on if a check needs nothing special, and clips as large as those of a run. All kits read them.
var (
	plain = sync.OnceValue(func() *footage { return film(24, 24, 32, noise) })
	large = sync.OnceValue(func() *footage { return film(20, 112, 112, noise) })
)

// film makes a source of t frames of h x w pixels.
func film(t, h, w int, pixel func(t, y, x, c int) byte) *footage {
	f := &footage{meta: clip.Meta{Source: "kit.mp4", Width: w, Height: h, TimeBase: clip.Rational{Num: 1, Den: 12800}, FrameRate: clip.Rational{Num: 25, Den: 1}}}
	for i := range t {
		f.meta.Frames.PTS = append(f.meta.Frames.PTS, int64(i)*512)
	}
	f.meta.Duration = int64(t) * 512
	f.clip = clip.New(memory.DefaultAllocator, clip.View{PTS: f.meta.Frames.PTS, Width: w, Height: h, TimeBase: f.meta.TimeBase})
	copy(f.clip.PTS, f.meta.Frames.PTS)
	pix := f.clip.Bytes()
	for i := range pix {
		pix[i] = pixel(i/(3*w*h), i/(3*w)%h, i/3%w, i%3)
	}
	return f
}

// noise is different everywhere, without a generator.
func noise(t, y, x, c int) byte {
	v := uint32(t*7919+y*104729+x*1299709+c*15485863) * 2654435761
	return byte(v >> 24)
}

func noNoise(t, y, x, c int) byte { return noise(t+3, y+11, x+5, c) }

func frozen(_, y, x, c int) byte { return noise(0, y, x, c) }

func even(v byte) func(t, y, x, c int) byte { return func(int, int, int, int) byte { return v } }

// copyOf returns the metadata anew: a Draw that changes it changes no later draw.
func (f *footage) copyOf() *clip.Meta {
	m := f.meta
	m.Frames.PTS = slices.Clone(m.Frames.PTS)
	return &m
}

func (f *footage) planner(p augment.Pipeline, seed uint64, views int) augment.Planner {
	pl := augment.Planner{Seed: seed, Views: views, Pipeline: p, Sampler: clip.RegularClips{Frames: min(viewFrames, f.meta.Frames.Len()), Stride: 1}}
	if p.Sizes() {
		pl.Size = min(f.meta.Width, f.meta.Height, 16)
	}
	return pl
}

func item(key int) clip.Item {
	return clip.Item{Source: fmt.Sprintf("kit%03d.mp4", key), Label: -1, Clips: 1, Total: 1}
}

// keys is how many samples are drawn to see what is drawn.
const keys = 64

// draw draws the views of one sample with a transform made anew.
func (k *kit) draw(f *footage, key int, seed uint64) ([]clip.View, error) {
	p, err := k.pipeline()
	if err != nil {
		return nil, err
	}
	plan, err := guard(func() (*clip.Plan, error) { return f.planner(p, seed, 2).Draw(item(key), f.copyOf(), 0) })
	if err != nil {
		return nil, err
	}
	return plan.Views, nil
}

// bare is the view before the transform: what it makes of nothing drawn.
func (k *kit) bare(f *footage) (clip.View, error) {
	plan, err := f.planner(augment.Pipeline{}, 0, 1).Draw(item(0), f.copyOf(), 0)
	if err != nil {
		return clip.View{}, err
	}
	return plan.Views[0], nil
}

// text is everything drawn for a view; the seed is no part of it.
func text(v clip.View) string {
	v.Seed = 0
	return v.JSON()
}

// drawn returns views that the transform changes, at most n, of different samples; fewer if so few are changed.
func (k *kit) drawn(r *report, f *footage, n int) []clip.View {
	bare, err := k.bare(f)
	r.no(err)
	var out []clip.View
	for key := 0; key < keys && len(out) < n; key++ {
		views, err := k.draw(f, key, 1)
		r.no(err)
		if text(views[0]) != text(bare) {
			out = append(out, views[0])
		}
	}
	return out
}

// render makes a view. What Apply is given lies in dst, or for nil in memory that is used again for each call; the result is a
// copy.
func (k *kit) render(v clip.View, f *footage, dst []byte) ([]byte, error) {
	return guard(func() ([]byte, error) { return k.make(v, f, dst) })
}

func (k *kit) make(v clip.View, f *footage, dst []byte) ([]byte, error) {
	ops := v.Ops
	v.Ops, v.Damage = nil, nil // damage is the decoder's, and the kit's sources have no stream
	var s augment.Scratch
	in, err := augment.Execute(augment.Options{Registry: k.Registry}, f.clip, v, &s)
	if err != nil {
		return nil, err
	}
	defer in.Release()
	p, err := k.Registry.Compile(ops, augment.ShapeOf(in))
	if err != nil {
		return nil, err
	}
	n := int(p.Out().Bytes())
	if dst == nil {
		if len(k.buf) < n {
			k.buf = make([]byte, n)
		}
		dst = k.buf[:n]
	}
	if err := p.Run(dst, in.Bytes(), &s); err != nil {
		return nil, err
	}
	return slices.Clone(dst), nil
}

// settled renders a view twice and returns the second result: that of a transform that was on this view before.
func (k *kit) settled(r *report, v clip.View, f *footage) []byte {
	_, err := k.render(v, f, nil)
	r.no(err)
	out, err := k.render(v, f, nil)
	r.no(err)
	return out
}
