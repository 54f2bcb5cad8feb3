package corrupt

import (
	"math"
	"testing"
)

// TestSmoothInTime: from frame to frame a hand and a focus move no further than their waves can.
func TestSmoothInTime(t *testing.T) {
	steepest := 0.
	for _, w := range tremor {
		steepest += w.share * 2 * math.Pi / w.period
	}
	for seed := range uint64(40) {
		path := SeedParams{5, seed}.shake(112, 112)
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
