package augmenttest

import (
	"bytes"
	"slices"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// inPlace puts the pixels between marked bytes.
func (k *kit) inPlace(r *report) {
	if !k.getsPixels() {
		r.Skipf("it gets no pixels")
	}
	const margin = 4096
	f := plain()
	for _, v := range k.drawn(r, f, 8) {
		n := len(v.PTS) * v.Height * v.Width * clip.Channels
		memory := bytes.Repeat([]byte{poison}, n+2*margin)
		_, err := k.render(v, f, memory[margin:margin+n])
		if breachOf(err) == replaced {
			r.Fatalf("%v", err)
		}
		r.no(err)
		if !marked(memory[:margin]) || !marked(memory[margin+n:]) {
			r.Fatalf("memory beside the pixels is written to; f.Pix[:cap(f.Pix)] and append reach beyond the view")
		}
	}
}

// poison is what memory is filled with that nobody may use.
const poison = 0xa5

func marked(b []byte) bool {
	for _, v := range b {
		if v != poison {
			return false
		}
	}
	return true
}

// keepsNothing gives each call memory of its own and spoils it afterwards.
func (k *kit) keepsNothing(r *report) {
	if !k.getsPixels() {
		r.Skipf("it gets no pixels")
	}
	f := plain()
	var spoilt [][]byte
	for _, v := range k.drawn(r, f, 6) {
		want := k.settled(r, v, f)
		for range 3 {
			pix := make([]byte, len(want))
			got, err := k.render(v, f, pix)
			r.no(err)
			if !slices.Equal(got, want) {
				r.Fatalf("the pixels of the call before were overwritten, and the view is another: a reference to them was kept (view %s)", v.JSON())
			}
			for i := range pix {
				pix[i] = poison
			}
			spoilt = append(spoilt, pix)
		}
	}
	for _, pix := range spoilt {
		if !marked(pix) {
			r.Fatalf("the pixels of an earlier call are written to: a reference to them was kept")
		}
	}
}

// noState makes each view after itself, and then after other views and other clips.
func (k *kit) noState(r *report) {
	f := plain()
	others := []*footage{film(24, 24, 32, noNoise), film(5, 7, 40, noise), film(24, 24, 32, even(255))}
	for key := range 8 {
		_, err := k.draw(f, key, 1)
		r.no(err)
		views, err := k.draw(f, key, 1)
		r.no(err)
		want := k.settled(r, views[0], f)
		for i, other := range others {
			between, err := k.draw(other, key+keys+i, 1)
			r.no(err)
			_, err = k.render(between[0], other, nil)
			r.no(err)
			again, err := k.draw(f, key, 1)
			r.no(err)
			if text(again[0]) != text(views[0]) {
				r.Fatalf("after the draw for another clip the view is\n%s, before it was\n%s", text(again[0]), text(views[0]))
			}
			got, err := k.render(again[0], f, nil)
			r.no(err)
			if !slices.Equal(got, want) {
				r.Fatalf("after another clip the view has other pixels: something is remembered from clip to clip (view %s)", text(views[0]))
			}
		}
	}
}

// still gives a source whose frames are all the same.
func (k *kit) still(r *report) {
	if k.Temporal {
		r.Skipf("Opt.Temporal is set")
	}
	f := film(24, 24, 32, frozen)
	for _, v := range k.drawn(r, f, 16) {
		out := k.settled(r, v, f)
		size := len(out) / len(v.PTS)
		for t := 1; t < len(v.PTS); t++ {
			if !slices.Equal(out[:size], out[t*size:(t+1)*size]) {
				r.Fatalf("all frames were the same, and now frame %d differs from frame 0: draw once for the view, not for each frame, or set Opt.Temporal (view %s)", t, v.JSON())
			}
		}
	}
}

// oddShapes are sizes at which transforms go wrong.
var oddShapes = []augment.Shape{
	{T: 1, H: 1, W: 1}, {T: 8, H: 1, W: 1}, {T: 1, H: 24, W: 32}, {T: 2, H: 17, W: 23}, {T: 3, H: 1, W: 64}, {T: 3, H: 64, W: 1},
	{T: 2, H: 2, W: 2}, {T: 2, H: 3, W: 3}, {T: 5, H: 31, W: 33}, {T: 9, H: 8, W: 100},
}

// strange calls visit for small, odd and one-coloured sources.
func strange(visit func(*footage)) {
	for _, s := range oddShapes {
		visit(film(s.T, s.H, s.W, noise))
		visit(film(s.T, s.H, s.W, even(128)))
	}
	for _, v := range []byte{0, 128, 255} {
		visit(film(24, 24, 32, even(v)))
	}
}

// tooSmall reports whether Opt says that the transform need not take f.
func (k *kit) tooSmall(f *footage) bool {
	return min(f.meta.Width, f.meta.Height) < k.MinSide || min(f.meta.Frames.Len(), viewFrames) < k.MinFrames
}

func (k *kit) oddSizes(r *report) {
	strange(func(f *footage) {
		refused := false
		for key := range 16 {
			views, err := k.draw(f, key, 1)
			if err == nil {
				_, err = k.render(views[0], f, nil)
			}
			switch {
			case breachOf(err) != none:
				r.no(err)
			case err != nil && !k.tooSmall(f):
				r.Errorf("%d frames of %dx%d pixels: %v", f.meta.Frames.Len(), f.meta.Width, f.meta.Height, err)
				return
			case err != nil:
				refused = true
			}
		}
		if k.tooSmall(f) && !refused {
			r.Errorf("%d frames of %dx%d pixels are less than Opt says it takes, and are no error", f.meta.Frames.Len(), f.meta.Width, f.meta.Height)
		}
	})
}

// rendered bounds the bytes of the views that noPanic makes: legal sizes may be huge.
const rendered = 4 << 20

func (k *kit) noPanic(r *report) {
	try := func(k *kit, f *footage, what any) {
		for key := range 16 {
			views, err := k.draw(f, key, 1)
			if err == nil && views[0].Width*views[0].Height*len(views[0].PTS)*clip.Channels <= rendered {
				_, err = k.render(views[0], f, nil)
			}
			if breachOf(err) == panicked {
				r.Fatalf("%d frames of %dx%d pixels, settings %v: %v%s", f.meta.Frames.Len(), f.meta.Width, f.meta.Height, what, err, stackOf(err))
			}
		}
	}
	try(k, plain(), k.Settings)
	strange(func(f *footage) { try(k, f, k.Settings) })
	for _, settings := range legalEnds(k.info.Default) {
		o := k.Opt
		o.Settings = settings
		if end := newKit(o); end.err == nil { // else the ends do not go with the defaults of other fields
			try(end, plain(), settings)
			try(end, film(1, 1, 1, noise), settings)
		}
	}
}
