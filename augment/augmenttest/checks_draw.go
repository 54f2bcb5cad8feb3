package augmenttest

import (
	"reflect"
	"slices"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// sameSeed draws and applies each view three times in a row and compares the second and the third time: what is left over from
// another view is the matter of the check "no state".
func (k *kit) sameSeed(r *report) {
	f := plain()
	for key := range keys {
		var texts, pixels []string
		for range 3 {
			views, err := k.draw(f, key, 1)
			r.no(err)
			texts = append(texts, text(views[0])+text(views[1]))
			if key < 8 {
				out, err := k.render(views[0], f, nil)
				r.no(err)
				pixels = append(pixels, string(out))
			}
		}
		if texts[1] != texts[2] {
			r.Fatalf("one seed and one key give\n%s, and the next time\n%s; a draw may depend on its arguments only, not on the time, a counter or a generator of its own", texts[1], texts[2])
		}
		if key < 8 && pixels[1] != pixels[2] {
			r.Fatalf("the same parameters give other pixels the next time (view %s); Apply and Color may depend on their arguments only", texts[1])
		}
	}
}

func (k *kit) otherKey(r *report) {
	f := plain()
	all, views := map[string]bool{}, 0
	for key := range keys {
		vs, err := k.draw(f, key, 1)
		r.no(err)
		all[text(vs[0])] = true
		if text(vs[0]) != text(vs[1]) {
			views++
		}
	}
	switch {
	case k.Constant && (len(all) > 1 || views > 0):
		r.Errorf("Opt.Constant is set, but %d samples give %d different views", keys, len(all))
	case k.Constant:
		r.Skipf("Opt.Constant is set")
	case len(all) == 1:
		r.Errorf("%d samples give the same view; draw from rng, or set Opt.Constant", keys)
	case views == 0 && !k.info.Joint:
		r.Errorf("the two views of a sample are the same for each of %d samples; set Joint in the spec if they are meant to be", keys)
	}
}

func (k *kit) otherSeed(r *report) {
	if k.Constant {
		r.Skipf("Opt.Constant is set")
	}
	f := plain()
	for key := range keys {
		one, err := k.draw(f, key, 1)
		r.no(err)
		two, err := k.draw(f, key, 2)
		r.no(err)
		if text(one[0]) != text(two[0]) {
			return
		}
	}
	r.Errorf("%d samples give the same views under two seeds; draw from rng only", keys)
}

func (k *kit) stored(r *report) {
	if k.info.Kind == "plan" {
		r.Skipf("the view holds all that was drawn, in fields of its own")
	}
	f := plain()
	for _, v := range k.drawn(r, f, 16) {
		want := k.settled(r, v, f)
		parsed, err := clip.ParseView(v.JSON())
		if err != nil {
			r.Fatalf("the view cannot be read back: %v\n%s", err, v.JSON())
		}
		got, err := k.render(parsed, f, nil)
		if err != nil {
			r.Fatalf("the view as it is stored cannot be made: %v\n%s", err, v.JSON())
		}
		if !slices.Equal(got, want) {
			r.Fatalf("the view as it is stored gives other pixels: the JSON of the parameters loses something\n%s", v.JSON())
		}
	}
}

// untouched checks that nothing that is lent is changed: by Draw, the metadata and the view so far, and by all of the
// transform, the clip.
func (k *kit) untouched(r *report) {
	f := film(24, 24, 32, noise) // no other check reads this one
	p, err := k.pipeline()
	r.no(err)
	bare, err := k.bare(f)
	r.no(err)
	for key := range keys {
		m := f.copyOf()
		plan, err := f.planner(p, 1, 1).Draw(item(key), m, 0)
		r.no(err)
		if !reflect.DeepEqual(*m, f.meta) {
			r.Fatalf("the metadata was\n%+v and is\n%+v", f.meta, *m)
		}
		v := plan.Views[0]
		if v.Ops = nil; k.info.Kind != "plan" && text(v) != text(bare) {
			r.Fatalf("the view was\n%s before Draw, and is\n%s; only Plan changes it", text(bare), text(v))
		}
	}
	before := slices.Clone(f.clip.Bytes())
	for _, v := range k.drawn(r, f, 4) {
		_, err := k.render(v, f, nil)
		r.no(err)
		if !slices.Equal(before, f.clip.Bytes()) {
			r.Fatalf("the clip that was read is changed by %s", v.JSON())
		}
	}
}

// shapeKept draws at the source's own size; a transform that says Sizes makes views of the run's.
func (k *kit) shapeKept(r *report) {
	for _, f := range []*footage{plain(), film(9, 17, 23, noise)} {
		bare, err := k.bare(f)
		r.no(err)
		want := augment.Shape{T: len(bare.PTS), H: bare.Height, W: bare.Width}
		p, _ := k.pipeline()
		if k.info.Sizes {
			side := f.planner(p, 1, 1).Size
			want.H, want.W = side, side
		}
		for key := range keys {
			views, err := k.draw(f, key, 1)
			if err != nil && k.info.Sizes && breachOf(err) == none {
				r.Fatalf("views of %d pixels are wanted: %v", want.H, err)
			}
			r.no(err)
			v := views[0]
			if got := (augment.Shape{T: len(v.PTS), H: v.Height, W: v.Width}); got != want {
				r.Fatalf("a view of %v becomes one of %v; if that is meant, set Sizes in the spec and follow the size of the run", want, got)
			}
			if key < 8 {
				out, err := k.render(v, f, nil)
				if breachOf(err) == reshaped {
					r.Fatalf("%v", err)
				}
				r.no(err)
				if int64(len(out)) != want.Bytes() {
					r.Fatalf("%d bytes come out, want %d: uint8 of shape %v and three channels", len(out), want.Bytes(), want)
				}
			}
		}
	}
}
