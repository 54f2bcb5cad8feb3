package op

import (
	"fmt"
	"math"
)

// AdamMoment1 is the new first moment of Adam, Beta m + (1-Beta) g, of m and g of one type; m is 0 at first.
type AdamMoment1 struct{ Beta float64 }

// Kind implements [Spec].
func (AdamMoment1) Kind() string { return "adam_moment1" }

// Infer implements [Spec].
func (AdamMoment1) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (s AdamMoment1) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { mixTo(out, Data[float32](in[0]), Data[float32](in[1]), s.Beta) },
		func(out []float64) { mixTo(out, Data[float64](in[0]), Data[float64](in[1]), s.Beta) })
}

// mixTo computes keep a + (1-keep) b.
func mixTo[T float](out, a, b []T, keep float64) {
	k, l := T(keep), T(1-keep)
	for i := range out {
		out[i] = k*a[i] + l*b[i]
	}
}

// AdamMoment2 is the new second moment of Adam, Beta v + (1-Beta) g*g, of v and g of one type; v is 0 at first.
type AdamMoment2 struct{ Beta float64 }

// Kind implements [Spec].
func (AdamMoment2) Kind() string { return "adam_moment2" }

// Infer implements [Spec].
func (AdamMoment2) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (s AdamMoment2) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { mixSquaresTo(out, Data[float32](in[0]), Data[float32](in[1]), s.Beta) },
		func(out []float64) { mixSquaresTo(out, Data[float64](in[0]), Data[float64](in[1]), s.Beta) })
}

func mixSquaresTo[T float](out, v, g []T, keep float64) {
	k, l := T(keep), T(1-keep)
	for i := range out {
		out[i] = k*v[i] + l*g[i]*g[i]
	}
}

// AdamWApply makes a step of AdamW as in PyTorch (Loshchilov, Hutter, arXiv 1711.05101):
//
//	p (1 - lr WeightDecay) - lr m' / (sqrt(v') + Eps),  m' = m / (1 - Beta1^step),  v' = v / (1 - Beta2^step)
//
// of p and the new moments m and v of one type, step, one I32 that is 1 at the first step, and a scalar lr.
type AdamWApply struct{ Beta1, Beta2, Eps, WeightDecay float64 }

// Kind implements [Spec].
func (AdamWApply) Kind() string { return "adamw_apply" }

// Infer implements [Spec].
func (s AdamWApply) Infer(in []Type) (Type, error) {
	if err := arity(in, 5); err != nil {
		return Type{}, err
	}
	for i, beta := range []float64{s.Beta1, s.Beta2} {
		if !(beta >= 0 && beta < 1) {
			return Type{}, fmt.Errorf("beta%d is %v, want 0 or more and less than 1", i+1, beta)
		}
	}
	if _, err := sameTypes(in[:3], 3); err != nil {
		return Type{}, err
	}
	if err := wantCounter(in, 3); err != nil {
		return Type{}, err
	}
	return in[0], wantScalar(in, 4)
}

// Reference implements [Spec].
func (s AdamWApply) Reference(out Tensor, in []Tensor) error {
	step := Data[int32](in[3])[0]
	if step < 1 {
		return fmt.Errorf("step %d, want at least 1", step)
	}
	return floats(out,
		func(out []float32) {
			adamWTo(out, Data[float32](in[0]), Data[float32](in[1]), Data[float32](in[2]), step, Data[float32](in[4])[0], s)
		},
		func(out []float64) {
			adamWTo(out, Data[float64](in[0]), Data[float64](in[1]), Data[float64](in[2]), step, Data[float64](in[4])[0], s)
		})
}

func adamWTo[T float](out, p, m, v []T, step int32, lr T, s AdamWApply) {
	keep := T(1 - float64(lr)*s.WeightDecay)
	rate := T(float64(lr) / (1 - math.Pow(s.Beta1, float64(step))))
	root := T(1 / math.Sqrt(1-math.Pow(s.Beta2, float64(step))))
	for i := range out {
		out[i] = keep*p[i] - rate*m[i]/(T(math.Sqrt(float64(v[i])))*root+T(s.Eps))
	}
}

// EMA is the exponential moving average Decay old + (1-Decay) new, of two values of one type: a momentum encoder's parameters, a running
// statistic.
type EMA struct{ Decay float64 }

// Kind implements [Spec].
func (EMA) Kind() string { return "ema" }

// Infer implements [Spec].
func (EMA) Infer(in []Type) (Type, error) { return sameTypes(in, 2) }

// Reference implements [Spec].
func (s EMA) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { mixTo(out, Data[float32](in[0]), Data[float32](in[1]), s.Decay) },
		func(out []float64) { mixTo(out, Data[float64](in[0]), Data[float64](in[1]), s.Decay) })
}
