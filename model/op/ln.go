package op

import (
	"fmt"
	"math"
)

// LayerNorm normalises each row of x[...,C] by its own mean and biased variance (Ba, Kiros and Hinton 2016):
//
//	y = (x - mean) / sqrt(variance + Eps) * gamma[C] + beta[C]
type LayerNorm struct{ Eps float64 }

// Kind implements [Spec].
func (LayerNorm) Kind() string { return "layer_norm" }

// Infer implements [Spec].
func (n LayerNorm) Infer(in []Type) (Type, error) {
	d, c, err := n.rows(in, 3)
	if err != nil {
		return Type{}, err
	}
	return in[0], wantVectors(in, d, c, 1, 2)
}

// rows is the rule that there are n inputs of one float type, of which the first has rows; it returns their type and length.
func (n LayerNorm) rows(in []Type, inputs int) (d DType, c int, err error) {
	if d, err = sameFloats(in, inputs); err != nil {
		return d, 0, err
	}
	if err := wantPositive("eps", n.Eps); err != nil {
		return d, 0, err
	}
	if err := wantFloats(in, 0, 1); err != nil {
		return d, 0, err
	}
	return d, in[0].Shape[in[0].Rank()-1], nil
}

// Reference implements [Spec].
func (n LayerNorm) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(y []float32) { layerNorm(y, list[float32](in), n.Eps) },
		func(y []float64) { layerNorm(y, list[float64](in), n.Eps) })
}

// Diff implements [Differentiable].
func (LayerNorm) Diff(int) []bool { return []bool{true, true, true} }

// Grad implements [Differentiable].
func (n LayerNorm) Grad(in []*Node, _, grad *Node) []*Node {
	x, gamma := in[0], in[1]
	return []*Node{
		Apply(LayerNormInput(n), x, gamma, grad), Apply(LayerNormParam{n.Eps, 1}, x, grad), Apply(LayerNormParam{n.Eps, 0}, x, grad),
	}
}

func layerNorm[T float](y []T, in [][]T, eps float64) {
	x, gamma, beta := in[0], in[1], in[2]
	c := len(gamma)
	for at := 0; at < len(x); at += c {
		mean, inv := moments(x[at:at+c], eps)
		for i, v := range x[at : at+c] {
			y[at+i] = T((float64(v)-mean)*inv*float64(gamma[i]) + float64(beta[i]))
		}
	}
}

// moments returns the mean and 1/sqrt(variance + eps).
func moments[T float](x []T, eps float64) (mean, inv float64) {
	for _, v := range x {
		mean += float64(v)
	}
	mean /= float64(len(x))
	variance := 0.0
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean)
	}
	return mean, 1 / math.Sqrt(variance/float64(len(x))+eps)
}

// LayerNormInput is the gradient of [LayerNorm] with respect to x, from x, gamma and gy; with h the normalised x and g = gy*gamma:
//
//	gx = (g - mean(g) - h*mean(g*h)) / sqrt(variance + Eps)
type LayerNormInput struct{ Eps float64 }

// Kind implements [Spec].
func (LayerNormInput) Kind() string { return "layer_norm_input" }

// Infer implements [Spec].
func (n LayerNormInput) Infer(in []Type) (Type, error) {
	d, c, err := LayerNorm(n).rows(in, 3)
	if err != nil {
		return Type{}, err
	}
	if err := wantVector(in, 1, d, c); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 2, in[0])
}

// Reference implements [Spec].
func (n LayerNormInput) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(gx []float32) { layerNormInput(gx, list[float32](in), n.Eps) },
		func(gx []float64) { layerNormInput(gx, list[float64](in), n.Eps) })
}

func layerNormInput[T float](gx []T, in [][]T, eps float64) {
	x, gamma, gy := in[0], in[1], in[2]
	c := len(gamma)
	for at := 0; at < len(x); at += c {
		mean, inv := moments(x[at:at+c], eps)
		sum, product := 0.0, 0.0
		for i, v := range x[at : at+c] {
			g := float64(gy[at+i]) * float64(gamma[i])
			sum += g
			product += g * (float64(v) - mean) * inv
		}
		for i, v := range x[at : at+c] {
			g := float64(gy[at+i]) * float64(gamma[i])
			gx[at+i] = T(inv * (g - sum/float64(c) - (float64(v)-mean)*inv*product/float64(c)))
		}
	}
}

// LayerNormParam is the gradient of [LayerNorm] with respect to beta (Row 0) or gamma (Row 1), [C], from x and gy: the sum over the rows
// of gy, or of gy times the normalised x.
type LayerNormParam struct {
	Eps float64
	Row int
}

// Kind implements [Spec].
func (LayerNormParam) Kind() string { return "layer_norm_param" }

// Infer implements [Spec].
func (p LayerNormParam) Infer(in []Type) (Type, error) {
	d, c, err := LayerNorm{p.Eps}.rows(in, 2)
	if err != nil {
		return Type{}, err
	}
	if p.Row < 0 || p.Row > 1 {
		return Type{}, fmt.Errorf("row %d, want 0 or 1", p.Row)
	}
	return Of(d, c), wantType(in, 1, in[0])
}

// Reference implements [Spec].
func (p LayerNormParam) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(y []float32) { layerNormParam(p, y, Data[float32](in[0]), Data[float32](in[1])) },
		func(y []float64) { layerNormParam(p, y, Data[float64](in[0]), Data[float64](in[1])) })
}

func layerNormParam[T float](p LayerNormParam, y, x, gy []T) {
	sum := make([]float64, len(y))
	for at := 0; at < len(x); at += len(y) {
		mean, inv := 0.0, 0.0
		if p.Row == 1 {
			mean, inv = moments(x[at:at+len(y)], p.Eps)
		}
		for i := range sum {
			h := 1.0
			if p.Row == 1 {
				h = (float64(x[at+i]) - mean) * inv
			}
			sum[i] += float64(gy[at+i]) * h
		}
	}
	for i, v := range sum {
		y[i] = T(v)
	}
}
