package op

import "math"

// BNInfer normalises x[N,C,...] by given statistics, as batch normalisation does at inference:
//
//	y = (x - mean[C]) / sqrt(variance[C] + Eps) * gamma[C] + beta[C]
//
// Inputs are x, mean, variance, gamma, beta. Mean and variance have no gradient.
type BNInfer struct{ Eps float64 }

// Kind implements [Spec].
func (BNInfer) Kind() string { return "bn_infer" }

// Infer implements [Spec].
func (n BNInfer) Infer(in []Type) (Type, error) { return wantNormalized(in, n.Eps, 5, 1, 2, 3, 4) }

// wantNormalized is the rule of operations on n inputs of which the first is [N,C,...] and some are vectors [C].
func wantNormalized(in []Type, eps float64, n int, vectors ...int) (Type, error) {
	d, err := sameFloats(in, n)
	if err != nil {
		return Type{}, err
	}
	if err := wantPositive("eps", eps); err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 2); err != nil {
		return Type{}, err
	}
	return in[0], wantVectors(in, d, in[0].Shape[1], vectors...)
}

// Reference implements [Spec].
func (n BNInfer) Reference(out Tensor, in []Tensor) error {
	b := batchOf(out.Shape, 1)
	return floats(out, func(y []float32) { bnInfer(b, y, list[float32](in), n.Eps) },
		func(y []float64) { bnInfer(b, y, list[float64](in), n.Eps) })
}

// Diff implements [Differentiable].
func (BNInfer) Diff(int) []bool { return []bool{true, false, false, true, true} }

// Grad implements [Differentiable].
func (n BNInfer) Grad(in []*Node, _, grad *Node) []*Node {
	x, mean, variance, gamma := in[0], in[1], in[2], in[3]
	return []*Node{
		Apply(BNInferInput(n), grad, variance, gamma), nil, nil,
		Apply(BNInferGamma(n), x, mean, variance, grad), Apply(SumChannels{}, grad),
	}
}

func bnInfer[T float](b batch, y []T, in [][]T, eps float64) {
	x, mean, variance, gamma, beta := in[0], in[1], in[2], in[3], in[4]
	b.each(func(_, c int, starts []int) {
		scale := float64(gamma[c]) / math.Sqrt(float64(variance[c])+eps)
		normalize(b, y, x, starts, float64(mean[c]), scale, float64(beta[c]))
	})
}

// BNInferInput is the gradient of [BNInfer] with respect to x, from gy[N,C,...], variance and gamma: gy / sqrt(variance + Eps) * gamma.
type BNInferInput struct{ Eps float64 }

// Kind implements [Spec].
func (BNInferInput) Kind() string { return "bn_infer_input" }

// Infer implements [Spec].
func (n BNInferInput) Infer(in []Type) (Type, error) { return wantNormalized(in, n.Eps, 3, 1, 2) }

// Reference implements [Spec].
func (n BNInferInput) Reference(out Tensor, in []Tensor) error {
	b := batchOf(out.Shape, 1)
	return floats(out, func(gx []float32) { bnInferInput(b, gx, list[float32](in), n.Eps) },
		func(gx []float64) { bnInferInput(b, gx, list[float64](in), n.Eps) })
}

func bnInferInput[T float](b batch, gx []T, in [][]T, eps float64) {
	gy, variance, gamma := in[0], in[1], in[2]
	b.each(func(_, c int, starts []int) {
		normalize(b, gx, gy, starts, 0, float64(gamma[c])/math.Sqrt(float64(variance[c])+eps), 0)
	})
}

// BNInferGamma is the gradient of [BNInfer] with respect to gamma, [C], from x, mean, variance and gy: the sum over each channel of gy
// times the normalised x.
type BNInferGamma struct{ Eps float64 }

// Kind implements [Spec].
func (BNInferGamma) Kind() string { return "bn_infer_gamma" }

// Infer implements [Spec].
func (n BNInferGamma) Infer(in []Type) (Type, error) {
	x, err := wantNormalized(in, n.Eps, 4, 1, 2)
	if err != nil {
		return Type{}, err
	}
	return Of(x.DType, x.Shape[1]), wantType(in, 3, x)
}

// Reference implements [Spec].
func (n BNInferGamma) Reference(out Tensor, in []Tensor) error {
	b := batchOf(in[0].Shape, 1)
	return floats(out, func(y []float32) { bnInferGamma(b, y, list[float32](in), n.Eps) },
		func(y []float64) { bnInferGamma(b, y, list[float64](in), n.Eps) })
}

func bnInferGamma[T float](b batch, y []T, in [][]T, eps float64) {
	x, mean, variance, gy := in[0], in[1], in[2], in[3]
	b.each(func(_, c int, starts []int) {
		_, product := reduce(b, gy, x, starts, float64(mean[c]))
		y[c] = T(product / math.Sqrt(float64(variance[c])+eps))
	})
}
