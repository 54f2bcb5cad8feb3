package cluster

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"vidcsl/model/op"
)

// TestPrincipal: rows that were laid out in a plane, far along one direction and less along another, are found there again.
func TestPrincipal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n, d = 60, 5
	first, second := [d]float64{0, 0.6, 0.8, 0, 0}, [d]float64{0, -0.8, 0.6, 0, 0}
	x, want := make([]float32, n*d), make([][2]float64, n)
	var mean [2]float64
	for i := range n {
		a, b := 10*rng.NormFloat64(), rng.NormFloat64()
		want[i] = [2]float64{a, b}
		mean[0], mean[1] = mean[0]+a/n, mean[1]+b/n
		for j := range d {
			x[i*d+j] = float32(3 + a*first[j] + b*second[j])
		}
	}
	at, share, err := Principal(op.From(x, n, d), 2)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(share-1) > 1e-6 {
		t.Errorf("the share of the variance is %v, want 1", share)
	}
	// the sample's own directions are a little off those that it was made along: distances are kept exactly
	for i := range n {
		for k := range i {
			got := math.Hypot(at[i][0]-at[k][0], at[i][1]-at[k][1])
			if d := math.Hypot(want[i][0]-want[k][0], want[i][1]-want[k][1]); math.Abs(got-d) > 1e-4*max(1, d) {
				t.Fatalf("rows %d and %d are %v apart, want %v", i, k, got, d)
			}
		}
		if a := want[i][0] - mean[0]; math.Abs(at[i][0]-a) > 0.05*math.Abs(a)+0.5 {
			t.Errorf("row %d is at %v along the first direction, want about %v", i, at[i][0], a)
		}
	}
	again, _, err := Principal(op.From(x, n, d), 2)
	if err != nil || again[7][0] != at[7][0] || again[7][1] != at[7][1] {
		t.Errorf("again it is %v, %v", again[7], err)
	}
	for name, v := range map[string]op.Tensor{
		"2 directions of f32[3 1], want rows": op.From(make([]float32, 3), 3, 1),
		"2 directions of i32[2 2], want rows": op.From(make([]int32, 4), 2, 2),
		"row of sample 1 holds NaN":           op.From([]float32{1, 2, 3, float32(math.NaN())}, 2, 2),
	} {
		if _, _, err := Principal(v, 2); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want %s", err, name)
		}
	}
	if at, share, err := Principal(op.From(make([]float32, 8), 4, 2), 2); err != nil || share != 0 || at[3][1] != 0 {
		t.Errorf("rows that are all one: %v, %v, %v", at, share, err)
	}
}
