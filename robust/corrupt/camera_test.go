package corrupt_test

import (
	"bytes"
	"testing"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

// TestShakeShowsNoBorder: a white clip stays white, at any shape that is not a thin strip.
func TestShakeShowsNoBorder(t *testing.T) {
	for _, shape := range [][2]int{{64, 64}, {48, 112}, {90, 40}} {
		c := corrupttest.Movie(t, 24, shape[0], shape[1])
		copy(c.Bytes(), bytes.Repeat([]byte{255}, len(c.Bytes())))
		for severity := 1; severity <= 5; severity++ {
			pix := corrupttest.Corrupted(t, c, 24, "shake", severity, "a", new(augment.Scratch))
			if n := len(pix) - bytes.Count(pix, []byte{255}); n > 0 {
				t.Errorf("%v, severity %d: %d of %d values are not white", shape, severity, n, len(pix))
			}
		}
	}
}

// TestMotionBlurIsTheMean: of the frames there are, rounded.
func TestMotionBlurIsTheMean(t *testing.T) {
	c := corrupttest.Movie(t, 5, 1, 2)
	for k, frame := range []byte{0, 10, 50, 90, 91} {
		copy(c.Bytes()[k*6:], bytes.Repeat([]byte{frame}, 6))
	}
	got := corrupttest.Corrupted(t, c, 5, "temporal_motion_blur", 1, "a", new(augment.Scratch))
	for k, want := range []byte{5, 20, 50, 77, 91} {
		if got[k*6] != want || got[k*6+5] != want {
			t.Errorf("frame %d is %d, want %d", k, got[k*6], want)
		}
	}
}

// TestTranslationMovesEachFrame: every frame is found again, moved by some whole pixels of its own, and black beside it.
func TestTranslationMovesEachFrame(t *testing.T) {
	const side, most = 56, 5 // 4 s pixels of 224 at severity 5
	c := corrupttest.Movie(t, 8, side, side)
	pix, size, seen := corrupttest.Corrupted(t, c, 8, "translation", 5, "a", new(augment.Scratch)), side*side*3, map[[2]int]bool{}
	for k := range 8 {
		src, got := c.Bytes()[k*size:(k+1)*size], pix[k*size:(k+1)*size]
		found := false
		for y := -most; y <= most; y++ {
			for x := -most; x <= most; x++ {
				want := make([]byte, size)
				for i := range want {
					if row, col := i/3/side-y, i/3%side-x; row >= 0 && row < side && col >= 0 && col < side {
						want[i] = src[(row*side+col)*3+i%3]
					}
				}
				if bytes.Equal(got, want) {
					found, seen[[2]int{x, y}] = true, true
				}
			}
		}
		if !found {
			t.Errorf("frame %d is not moved by up to %d pixels", k, most)
		}
	}
	if len(seen) < 4 {
		t.Errorf("8 frames are moved to %d places only", len(seen))
	}
}
