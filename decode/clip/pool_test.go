package clip_test

import (
	"sync"
	"testing"

	"vidcsl/decode/clip"
)

func TestPoolHandsOutAgain(t *testing.T) {
	p := &clip.Pool{Keep: 1 << 20}
	big := clip.View{PTS: make([]int64, 4), Width: 160, Height: 160}
	c := clip.New(p, big)
	first := &c.Bytes()[0]
	c.Release()
	again := clip.New(p, big)
	if &again.Bytes()[0] != first {
		t.Error("the memory of a released clip is not used again")
	}
	other := clip.New(p, big) // none is free
	if &other.Bytes()[0] == first {
		t.Error("two clips share memory")
	}
	again.Release()
	other.Release()
	smaller := clip.New(p, clip.View{PTS: make([]int64, 4), Width: 128, Height: 160})
	if n := len(smaller.Bytes()); n != 4*128*160*3 {
		t.Errorf("%d bytes", n)
	}
	smaller.Release()
}

// TestPoolKeepsItsLimit: what does not fit is left to the garbage collector.
func TestPoolKeepsItsLimit(t *testing.T) {
	p := &clip.Pool{Keep: 100 << 10}
	a, b := p.Allocate(80<<10), p.Allocate(80<<10)
	p.Free(a)
	p.Free(b)
	if &p.Allocate(80 << 10)[0] != &a[0] {
		t.Error("the first is not kept")
	}
	if &p.Allocate(80 << 10)[0] == &b[0] {
		t.Error("the second is kept beyond the limit")
	}
}

func TestPoolReallocates(t *testing.T) {
	p := &clip.Pool{Keep: 1 << 20}
	b := p.Allocate(100)
	for i := range b {
		b[i] = byte(i)
	}
	for _, size := range []int{200 << 10, 300 << 10, 70 << 10, 50} {
		b = p.Reallocate(size, b)
		if len(b) != size || b[49] != 49 {
			t.Fatalf("%d bytes, want %d; byte 49 is %d", len(b), size, b[49])
		}
	}
}

func TestPoolFromManyGoroutines(t *testing.T) {
	p := &clip.Pool{Keep: 1 << 20}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for range 200 {
				b := p.Allocate(64<<10 + g%3*64)
				b[0] = byte(g)
				if b[0] != byte(g) {
					t.Error("memory is shared")
				}
				p.Free(b)
			}
		})
	}
	wg.Wait()
}

// TestGrid: numbers and timestamps lead to each other, with a table and without.
func TestGrid(t *testing.T) {
	withTable := &clip.Meta{Frames: clip.FrameTable{PTS: []int64{5, 7, 20, 21}}}
	byRate := &clip.Meta{TimeBase: clip.Rational{Num: 1, Den: 1000}, Start: 100, Duration: 1000, FrameRate: clip.Rational{Num: 30, Den: 1}}
	for _, m := range []*clip.Meta{withTable, byRate} {
		g, err := clip.GridOf(m)
		if err != nil {
			t.Fatal(err)
		}
		for i := range g.Len() {
			if got := g.Find(g.At(i)); got != i {
				t.Errorf("frame %d of %d is found as %d", i, g.Len(), got)
			}
		}
		if g.At(-3) != g.At(0) || g.At(g.Len()+5) != g.At(g.Len()-1) || g.Find(-1000) != 0 || g.Find(1<<40) != g.Len()-1 {
			t.Error("outside of the source there is no nearest frame")
		}
	}
	if g, _ := clip.GridOf(byRate); g.Len() != 30 || g.Find(100+34) != 1 || g.Find(100+33) != 0 {
		t.Errorf("%d slots", g.Len())
	}
	if _, err := clip.GridOf(&clip.Meta{}); err == nil {
		t.Error("a source of unknown length has a grid")
	}
}
