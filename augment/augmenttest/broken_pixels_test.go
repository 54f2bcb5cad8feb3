package augmenttest_test

import (
	"math"
	"math/rand/v2"
	"sync"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
)

func brokenPixels() []broken {
	type frames = augment.Frames
	apply := func(f func(p dimParams, f *frames) error) func(s *dimSpec) {
		return func(s *dimSpec) { s.Apply = f }
	}
	after := func(then func(f *frames)) func(s *dimSpec) {
		return apply(func(p dimParams, f *frames) error {
			err := darken(p, f)
			then(f)
			return err
		})
	}
	var mu sync.Mutex
	var kept []byte
	var mean float64
	temporal := func(r *augment.Registry) {
		type flicker struct{ Amounts []int }
		augment.Add(r, augment.Spec[dimConfig, flicker]{
			Name: "dim", Summary: "s", Doc: "d", Default: dimConfig{90},
			Draw: func(c dimConfig, rng *rand.Rand, d *augment.Draft) (p flicker, _ error) {
				for range d.PTS() {
					p.Amounts = append(p.Amounts, rng.IntN(c.Amount))
				}
				return p, nil
			},
			Apply: func(p flicker, f *frames) error {
				for t, amount := range p.Amounts {
					_ = darken(dimParams{amount}, &frames{Pix: f.Frame(t)})
				}
				return nil
			},
		})
	}
	return []broken{
		{name: "another height", fix: after(func(f *frames) { f.H = 5 }), want: "shape kept"},
		{name: "height and width swapped", fix: after(func(f *frames) { f.H, f.W = f.W, f.H }), want: "shape kept"},
		{name: "fewer frames", fix: after(func(f *frames) { f.T-- }), want: "shape kept"},
		{name: "other memory", fix: after(func(f *frames) { f.Pix = append([]byte(nil), f.Pix...) }), want: "in place"},
		{name: "less memory", fix: after(func(f *frames) { f.Pix = f.Pix[:len(f.Pix)-3] }), want: "in place"},
		{name: "per-frame draws", add: temporal, want: "same on all frames"},
		{name: "per-frame draws, as it says", add: temporal, opt: func(o *augmenttest.Opt) { o.Temporal = true }},
		{name: "keeps the pixels and reads them", fix: after(func(f *frames) {
			mu.Lock()
			defer mu.Unlock()
			if len(kept) > 0 {
				f.Pix[0] ^= kept[0]
			}
			kept = f.Pix
		}), want: "keeps no pixels"},
		{name: "keeps the pixels and changes them later", fix: apply(func(p dimParams, f *frames) error {
			mu.Lock()
			defer mu.Unlock()
			if len(kept) > 0 {
				kept[len(kept)-1] = 7
			}
			err := darken(p, f)
			f.Pix[len(f.Pix)-1] = 7
			kept = f.Pix
			return err
		}), want: "keeps no pixels"},
		{name: "remembers the last clip", fix: apply(func(p dimParams, f *frames) error {
			mu.Lock()
			defer mu.Unlock()
			now := 0.0
			for _, v := range f.Pix {
				now += float64(v) / float64(len(f.Pix))
			}
			p.Amount += int(math.Abs(now - mean))
			mean = now
			return darken(p, f)
		}), want: "no state"},
		{name: "pixels by chance", fix: after(func(f *frames) { f.Pix[0] = byte(rand.Int()) }), want: "same seed"},
	}
}
