package attack_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"vidcsl/robust/attack"
)

// A projection lies in the ball and the range of pixels, is as it was if it did already, and is no farther from x than other such clips.
func TestProject(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, ball := range []attack.Ball{{Norm: attack.Linf, Eps: 0.1}, {Norm: attack.L2, Eps: 0.5}, {Norm: attack.L1, Eps: 1}, {Norm: attack.L1, Eps: 30}} {
		for range 50 {
			const n = 40
			origin, x, other := make([]float32, n), make([]float32, n), make([]float32, n)
			for i := range origin {
				origin[i] = float32(min(max(r.Float64()*1.4-0.2, 0), 1))
				x[i] = origin[i] + float32(r.NormFloat64()*math.Pow(10, 1-float64(r.IntN(4))))
				other[i] = origin[i] + float32(r.NormFloat64()*0.1)
			}
			far := append([]float32(nil), x...)
			ball.Project(x, origin)
			if d := ball.Norm.Of(origin, x); d > ball.Eps*1.00001 {
				t.Errorf("%v: at %v", ball, d)
			}
			for i, v := range x {
				if v < 0 || v > 1 {
					t.Fatalf("%v: %v at %d", ball, v, i)
				}
			}
			again := append([]float32(nil), x...)
			ball.Project(again, origin)
			if attack.Linf.Of(again, x) > 1e-6 {
				t.Errorf("%v: a second projection moves by %v", ball, attack.Linf.Of(again, x))
			}
			ball.Project(other, origin)
			if got, best := attack.L2.Of(far, x), attack.L2.Of(far, other); ball.Norm != attack.L2 && got > best*(1+1e-6) {
				t.Errorf("%v: %v away, another is %v", ball, got, best)
			}
		}
	}
}

// Of a range that is nearly full the sum of changes that fits is less than eps: then all goes to the border.
func TestProjectL1Border(t *testing.T) {
	ball := attack.Ball{Norm: attack.L1, Eps: 1}
	for _, c := range []struct{ origin, x, want []float32 }{
		{[]float32{0.9, 0.5, 0.5}, []float32{9, 0.5, 0.5}, []float32{1, 0.5, 0.5}},
		{[]float32{0.9, 0.2, 0.5}, []float32{9, 1.2, 0.4}, []float32{1, 1, 0.4}},   // 0.1 + 0.8 + 0.1
		{[]float32{0.9, 0.1, 0.5}, []float32{9, 1.0, 0.1}, []float32{1, 0.8, 0.3}}, // 0.1 + 0.7 + 0.2: 0.2 off the last two
		{[]float32{0.5, 0.5, 0.5}, []float32{float32(math.NaN()), 0.6, 0.5}, []float32{0.5, 0.6, 0.5}},
	} {
		ball.Project(c.x, c.origin)
		for i, v := range c.x {
			if math.Abs(float64(v-c.want[i])) > 1e-6 {
				t.Errorf("from %v: %v, want %v", c.origin, c.x, c.want)
				break
			}
		}
	}
}
