package op

import "math"

// L2Normalize divides each row (last axis) by its Euclidean length, or by Eps if that is greater, as torch.nn.functional.normalize
// does: [..., K] -> [..., K].
type L2Normalize struct{ Eps float64 }

// Kind implements [Spec].
func (L2Normalize) Kind() string { return "l2_normalize" }

// Infer implements [Spec].
func (s L2Normalize) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 1); err != nil {
		return Type{}, err
	}
	return in[0], wantPositive("eps", s.Eps)
}

// Reference implements [Spec].
func (s L2Normalize) Reference(out Tensor, in []Tensor) error {
	k := in[0].row()
	return floats(out, func(out []float32) { l2NormalizeTo(out, Data[float32](in[0]), k, s.Eps) },
		func(out []float64) { l2NormalizeTo(out, Data[float64](in[0]), k, s.Eps) })
}

func l2NormalizeTo[T float](out, x []T, k int, eps float64) {
	for at := 0; at < len(x); at += k {
		length := max(length(x[at:][:k]), eps)
		for j := at; j < at+k; j++ {
			out[j] = T(float64(x[j]) / length)
		}
	}
}

// Diff implements [Differentiable].
func (L2Normalize) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s L2Normalize) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(L2NormalizeGrad(s), in[0], grad)}
}

// L2NormalizeGrad is the gradient of [L2Normalize]: with x of length l and y = x / l, (gy - y sum(gy y)) / l; gy / Eps where l is less
// than Eps.
type L2NormalizeGrad struct{ Eps float64 }

// Kind implements [Spec].
func (L2NormalizeGrad) Kind() string { return "l2_normalize_grad" }

// Infer implements [Spec].
func (s L2NormalizeGrad) Infer(in []Type) (Type, error) {
	if t, err := twoOfRows(in); err != nil {
		return t, err
	}
	return in[0], wantPositive("eps", s.Eps)
}

// Reference implements [Spec].
func (s L2NormalizeGrad) Reference(out Tensor, in []Tensor) error {
	k := in[0].row()
	return floats(out, func(out []float32) { l2NormalizeGradTo(out, Data[float32](in[0]), Data[float32](in[1]), k, s.Eps) },
		func(out []float64) { l2NormalizeGradTo(out, Data[float64](in[0]), Data[float64](in[1]), k, s.Eps) })
}

func l2NormalizeGradTo[T float](out, x, gy []T, k int, eps float64) {
	for at := 0; at < len(x); at += k {
		l, dot := length(x[at:][:k]), 0.0
		if l >= eps {
			for j := at; j < at+k; j++ {
				dot += float64(gy[j]) * float64(x[j]) / l
			}
		}
		l = max(l, eps)
		for j := at; j < at+k; j++ {
			out[j] = T((float64(gy[j]) - dot*float64(x[j])/l) / l)
		}
	}
}

// length returns the Euclidean length.
func length[T float](x []T) float64 { return math.Sqrt(squares(x)) }
