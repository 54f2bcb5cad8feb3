package corrupt

import (
	"bytes"
	"math"
	"testing"

	"vidcsl/augment"
)

// TestSmoothInTime: from frame to frame a hand and a focus move no further than their waves can.
func TestSmoothInTime(t *testing.T) {
	steepest := 0.
	for _, w := range tremor {
		steepest += w.share * 2 * math.Pi / w.period
	}
	for seed := range uint64(40) {
		path := CameraParams{5, seed}.shake(112, 112)
		var far float64
		for k := range 60 {
			a, b := path.swing(k), path.swing(k+1)
			for i := range a {
				far = max(far, math.Abs(a[i]))
				if math.Abs(a[i]) > 1 || math.Abs(a[i]-b[i]) > steepest {
					t.Fatalf("seed %d: from frame %d on the hand goes from %.2f to %.2f", seed, k, a[i], b[i])
				}
			}
			if d := math.Abs(drift(0.3, k, 16) - drift(0.3, k+1, 16)); d > math.Pi/16 {
				t.Fatalf("the focus jumps by %.2f", d)
			}
		}
		if far < 0.5 {
			t.Errorf("seed %d: the hand moves by %.2f of its range", seed, far)
		}
	}
}

// TestShakeShowsNoBorder: a white clip stays white, at any shape that is not a thin strip.
func TestShakeShowsNoBorder(t *testing.T) {
	r := registry()
	for _, shape := range [][2]int{{64, 64}, {48, 112}, {90, 40}} {
		c := movie(24, shape[0], shape[1])
		copy(c.Bytes(), bytes.Repeat([]byte{255}, len(c.Bytes())))
		for severity := 1; severity <= 5; severity++ {
			v, err := planned(c, 24, "shake", severity, "a")
			if err != nil {
				t.Fatal(err)
			}
			pix := made(t, r, c, v, new(augment.Scratch))
			if n := len(pix) - bytes.Count(pix, []byte{255}); n > 0 {
				t.Errorf("%v, severity %d: %d of %d values are not white", shape, severity, n, len(pix))
			}
		}
	}
}

// TestFramesDiffer: what is drawn for each frame differs from frame to frame, and the world does not.
func TestFramesDiffer(t *testing.T) {
	r, c := registry(), movie(12, 48, 48)
	size := len(c.Bytes()) / 12
	for k := 1; k < 12; k++ {
		copy(c.Bytes()[k*size:(k+1)*size], c.Bytes()[:size])
	}
	for _, tc := range []struct {
		name  string
		alike bool
	}{
		{"static_rotation", true}, {"temporal_motion_blur", true}, {"random_rotation", false}, {"translation", false}, {"shake", false},
		{"focus_drift", false}, {"flicker", false}, {"low_light", false}, {"rain", false},
	} {
		v, err := planned(c, 12, tc.name, 5, "a")
		if err != nil {
			t.Fatal(err)
		}
		pix := made(t, r, c, v, new(augment.Scratch))
		for k := 1; k < 12; k++ {
			if bytes.Equal(pix[:size], pix[k*size:(k+1)*size]) != tc.alike {
				t.Errorf("%s of a still clip: frame %d alike is %t, want %t", tc.name, k, !tc.alike, tc.alike)
			}
		}
	}
}

// TestMotionBlurIsTheMean: of the frames there are, rounded.
func TestMotionBlurIsTheMean(t *testing.T) {
	r, c := registry(), movie(5, 1, 2)
	for k, frame := range []byte{0, 10, 50, 90, 91} {
		copy(c.Bytes()[k*6:], bytes.Repeat([]byte{frame}, 6))
	}
	v, err := planned(c, 5, "temporal_motion_blur", 1, "a")
	if err != nil {
		t.Fatal(err)
	}
	got := made(t, r, c, v, new(augment.Scratch))
	for k, want := range []byte{5, 20, 50, 77, 91} {
		if got[k*6] != want || got[k*6+5] != want {
			t.Errorf("frame %d is %d, want %d", k, got[k*6], want)
		}
	}
}

// TestTranslationMovesEachFrame: every frame is found again, moved by some whole pixels of its own, and black beside it.
func TestTranslationMovesEachFrame(t *testing.T) {
	const side, most = 56, 5 // 4 s pixels of 224 at severity 5
	r, c := registry(), movie(8, side, side)
	v, err := planned(c, 8, "translation", 5, "a")
	if err != nil {
		t.Fatal(err)
	}
	pix, size, seen := made(t, r, c, v, new(augment.Scratch)), side*side*3, map[[2]int]bool{}
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
