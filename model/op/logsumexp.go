package op

import "math"

// LogSumExp is log(sum(exp(x))) over the last axis: [..., K] -> [...]. The greatest of a row is taken out before, so that no
// exponential overflows. A row of -Inf gives -Inf; its gradient is 0.
type LogSumExp struct{}

// Kind implements [Spec].
func (LogSumExp) Kind() string { return "log_sum_exp" }

// Infer implements [Spec].
func (LogSumExp) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	return in[0].rowless(), wantFloats(in, 0, 1)
}

// Reference implements [Spec].
func (LogSumExp) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(out []float32) { logSumExpTo(out, Data[float32](in[0]), nil) },
		func(out []float64) { logSumExpTo(out, Data[float64](in[0]), nil) })
}

// Diff implements [Differentiable].
func (LogSumExp) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (LogSumExp) Grad(in []*Node, out, grad *Node) []*Node {
	return []*Node{Apply(LogSumExpGrad{}, in[0], out, grad)}
}

// LogSumExpGrad is the gradient of [LogSumExp]: of x[..., K], its result y[...] and the gradient gy[...], gy exp(x - y). It is 0 where
// y is -Inf.
type LogSumExpGrad struct{}

// Kind implements [Spec].
func (LogSumExpGrad) Kind() string { return "log_sum_exp_grad" }

// Infer implements [Spec].
func (LogSumExpGrad) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	return in[0], wantRows(in, 1, 2)
}

// Reference implements [Spec].
func (LogSumExpGrad) Reference(out Tensor, in []Tensor) error {
	return floats(out,
		func(out []float32) {
			logSumExpGradTo(out, Data[float32](in[0]), nil, Data[float32](in[1]), Data[float32](in[2]))
		},
		func(out []float64) {
			logSumExpGradTo(out, Data[float64](in[0]), nil, Data[float64](in[1]), Data[float64](in[2]))
		})
}

// MaskedLogSumExp is [LogSumExp] over those elements of a row where m, a U8 of the shape of x, is not 0. A row without any gives -Inf;
// its gradient is 0.
type MaskedLogSumExp struct{}

// Kind implements [Spec].
func (MaskedLogSumExp) Kind() string { return "masked_log_sum_exp" }

// Infer implements [Spec].
func (MaskedLogSumExp) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 1); err != nil {
		return Type{}, err
	}
	return in[0].rowless(), wantType(in, 1, Type{U8, in[0].Shape})
}

// Reference implements [Spec].
func (MaskedLogSumExp) Reference(out Tensor, in []Tensor) error {
	m := Data[uint8](in[1])
	return floats(out, func(out []float32) { logSumExpTo(out, Data[float32](in[0]), m) },
		func(out []float64) { logSumExpTo(out, Data[float64](in[0]), m) })
}

// logSumExpTo fills one element per row of x; m is nil if all count.
func logSumExpTo[T float](out, x []T, m []uint8) {
	parallel(len(out), func(from, to int) {
		k := len(x) / len(out)
		for i := from; i < to; i++ {
			row := m
			if m != nil {
				row = m[i*k:][:k]
			}
			out[i] = T(logSumExp(x[i*k:][:k], row))
		}
	})
}

func logSumExp[T float](x []T, m []uint8) float64 {
	top := math.Inf(-1)
	for i, v := range x {
		if m == nil || m[i] != 0 {
			top = max(top, float64(v)) // NaN if any is
		}
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for i, v := range x {
		if m == nil || m[i] != 0 {
			sum += math.Exp(float64(v) - top)
		}
	}
	return top + math.Log(sum)
}

// Diff implements [Differentiable].
func (MaskedLogSumExp) Diff(int) []bool { return []bool{true, false} }

// Grad implements [Differentiable].
func (MaskedLogSumExp) Grad(in []*Node, out, grad *Node) []*Node {
	return []*Node{Apply(MaskedLogSumExpGrad{}, in[0], in[1], out, grad), nil}
}

// MaskedLogSumExpGrad is the gradient of [MaskedLogSumExp]: of x[..., K], the mask m, the result y[...] and the gradient gy[...],
// gy exp(x - y) where m is not 0. It is 0 elsewhere, and where y is -Inf.
type MaskedLogSumExpGrad struct{}

// Kind implements [Spec].
func (MaskedLogSumExpGrad) Kind() string { return "masked_log_sum_exp_grad" }

// Infer implements [Spec].
func (MaskedLogSumExpGrad) Infer(in []Type) (Type, error) {
	if err := arity(in, 4); err != nil {
		return Type{}, err
	}
	if err := wantRows(in, 2, 3); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 1, Type{U8, in[0].Shape})
}

// Reference implements [Spec].
func (MaskedLogSumExpGrad) Reference(out Tensor, in []Tensor) error {
	m := Data[uint8](in[1])
	return floats(out,
		func(out []float32) {
			logSumExpGradTo(out, Data[float32](in[0]), m, Data[float32](in[2]), Data[float32](in[3]))
		},
		func(out []float64) {
			logSumExpGradTo(out, Data[float64](in[0]), m, Data[float64](in[2]), Data[float64](in[3]))
		})
}

func logSumExpGradTo[T float](out, x []T, m []uint8, y, gy []T) {
	clear(out)
	parallel(len(y), func(from, to int) {
		for i := from; i < to; i++ {
			if math.IsInf(float64(y[i]), -1) {
				continue
			}
			k := len(x) / len(y)
			for j := i * k; j < (i+1)*k; j++ {
				if m == nil || m[j] != 0 {
					out[j] = gy[i] * T(math.Exp(float64(x[j])-float64(y[i])))
				}
			}
		}
	})
}

// rowless returns the type without its last axis, or the type itself if it has none.
func (t Type) rowless() Type { return Type{t.DType, t.Shape[:max(0, len(t.Shape)-1)]} }

// wantRows is the rule that input 0 holds rows of floating-point numbers, and the others at these places one number for each row.
func wantRows(in []Type, others ...int) error {
	if err := wantFloats(in, 0, 1); err != nil {
		return err
	}
	for _, i := range others {
		if err := wantType(in, i, in[0].rowless()); err != nil {
			return err
		}
	}
	return nil
}
