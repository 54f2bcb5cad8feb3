package augmenttest_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode/clip"
	"vidcsl/pipeline"
)

func brokenDraws() []broken {
	type draft = augment.Draft
	draw := func(f func(c dimConfig, rng *rand.Rand, d *draft) (int, error)) func(s *dimSpec) {
		return func(s *dimSpec) {
			s.Draw = func(c dimConfig, rng *rand.Rand, d *draft) (dimParams, error) {
				v, err := f(c, rng, d)
				return dimParams{v}, err
			}
		}
	}
	var counter atomic.Int64
	var last atomic.Value
	last.Store("")
	constant := func(dimConfig, *rand.Rand, *draft) (int, error) { return 9, nil }
	return []broken{
		{name: "draws by the time", fix: draw(func(dimConfig, *rand.Rand, *draft) (int, error) { return int(time.Now().UnixNano()), nil }), want: "same seed"},
		{name: "a generator of its own", fix: draw(func(dimConfig, *rand.Rand, *draft) (int, error) { return rand.Int(), nil }), want: "same seed"},
		{name: "a global counter", fix: draw(func(dimConfig, *rand.Rand, *draft) (int, error) { return int(counter.Add(1)), nil }), want: "same seed"},
		{name: "nothing is drawn", fix: draw(constant), want: "other key"},
		{name: "nothing is drawn, as it says", fix: draw(constant), opt: func(o *augmenttest.Opt) { o.Constant = true }},
		{name: "draws, and says that it does not", opt: func(o *augmenttest.Opt) { o.Constant = true }, want: "other key"},
		{name: "the same for both views", fix: draw(func(c dimConfig, _ *rand.Rand, d *draft) (int, error) {
			return pipeline.Rand(7, "dim", d.Key).IntN(c.Amount), nil
		}), want: "other key"},
		{name: "joint without a word to the kit", fix: func(s *dimSpec) { s.Joint = true }},
		{name: "ignores the seed", fix: draw(func(c dimConfig, _ *rand.Rand, d *draft) (int, error) {
			return pipeline.Rand(7, "dim", fmt.Sprint(d.Key, d.Index)).IntN(c.Amount), nil
		}), want: "other seed"},
		{name: "remembers the last draw", fix: draw(func(c dimConfig, rng *rand.Rand, d *draft) (int, error) {
			v := rng.IntN(c.Amount)
			if key := fmt.Sprint(d.Key, d.Meta.Height, d.Index); last.Swap(key) == fmt.Sprint(d.Key, d.Meta.Height, 1-d.Index) {
				return v, nil
			}
			return v + 1, nil
		}), want: "no state"},
		{name: "changes the metadata", fix: draw(func(c dimConfig, rng *rand.Rand, d *draft) (int, error) {
			d.Meta.Frames.PTS[0]++
			return rng.IntN(c.Amount), nil
		}), want: "input untouched"},
		{name: "changes the frames in Draw", fix: draw(func(c dimConfig, rng *rand.Rand, d *draft) (int, error) {
			d.PTS()[0] = 0
			return rng.IntN(c.Amount), nil
		}), want: "input untouched"},
		{name: "mirrors in Draw", fix: draw(func(c dimConfig, rng *rand.Rand, d *draft) (int, error) {
			return rng.IntN(c.Amount), d.Flip()
		}), want: "input untouched"},
		{name: "panics in Draw", fix: draw(func(c dimConfig, rng *rand.Rand, d *draft) (int, error) { panic("no luck") }), want: "no panic"},
		{name: "another size without a word", add: func(r *augment.Registry) {
			type crop struct{ W int }
			augment.Add(r, augment.Spec[dimConfig, crop]{
				Name: "dim", Summary: "s", Doc: "d", Default: dimConfig{9},
				Draw: func(_ dimConfig, rng *rand.Rand, d *draft) (crop, error) { return crop{1 + rng.IntN(d.Width())}, nil },
				Plan: func(p crop, d *draft) error { return d.Crop(clip.Rect{W: p.W, H: d.Height()}, 0, 0) },
			})
		}, want: "shape kept"},
	}
}
