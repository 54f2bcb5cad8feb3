package op

import "fmt"

// MaxPool3D is the maximum of x[N,C,D,H,W] under a window, as PyTorch's max_pool3d: padding counts for nothing, the first of equal
// values in row-major order is the one that gets the gradient, NaN wins. Padding is at most half of the kernel.
type MaxPool3D struct{ Kernel, Stride, Pad [3]int }

// Kind implements [Spec].
func (MaxPool3D) Kind() string { return "max_pool3d" }

// Infer implements [Spec].
func (p MaxPool3D) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	return pooled(in, p.Kernel, p.Stride, p.Pad)
}

// pooled is the type of the result of a pooling of input 0.
func pooled(in []Type, kernel, stride, pad [3]int) (Type, error) {
	if err := wantFloats(in, 0, 0); err != nil {
		return Type{}, err
	}
	if err := wantRank(in, 5); err != nil {
		return Type{}, err
	}
	for i := range 3 {
		if pad[i] > kernel[i]/2 {
			return Type{}, fmt.Errorf("padding %v, want at most half of the kernel, %v", pad, kernel)
		}
	}
	out, err := slide(in[0], kernel, stride, pad, [3]int{1, 1, 1})
	return Of(in[0].DType, append([]int{in[0].Shape[0], in[0].Shape[1]}, out[:]...)...), err
}

// Reference implements [Spec].
func (p MaxPool3D) Reference(out Tensor, in []Tensor) error {
	v := viewOf(in[0].Shape, out.Shape, p.Kernel, p.Stride, p.Pad)
	return floats(out, func(y []float32) { maxPool(v, y, Data[float32](in[0])) },
		func(y []float64) { maxPool(v, y, Data[float64](in[0])) })
}

// Diff implements [Differentiable].
func (MaxPool3D) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (p MaxPool3D) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(MaxPool3DGrad{p}, in[0], grad)}
}

// MaxPool3DGrad is the gradient of [MaxPool3D], from x and gy: each value of gy goes to the place of its maximum.
type MaxPool3DGrad struct{ Pool MaxPool3D }

// Kind implements [Spec].
func (MaxPool3DGrad) Kind() string { return "max_pool3d_grad" }

// Infer implements [Spec].
func (p MaxPool3DGrad) Infer(in []Type) (Type, error) {
	if _, err := sameFloats(in, 2); err != nil {
		return Type{}, err
	}
	y, err := p.Pool.Infer(in[:1])
	if err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 1, y)
}

// Reference implements [Spec].
func (p MaxPool3DGrad) Reference(out Tensor, in []Tensor) error {
	v := viewOf(in[0].Shape, in[1].Shape, p.Pool.Kernel, p.Pool.Stride, p.Pool.Pad)
	return floats(out, func(gx []float32) { maxPoolGrad(v, gx, Data[float32](in[0]), Data[float32](in[1])) },
		func(gx []float64) { maxPoolGrad(v, gx, Data[float64](in[0]), Data[float64](in[1])) })
}

// AvgPool3D is the mean of x[N,C,D,H,W] under a window, as PyTorch's avg_pool3d. CountPad says that the zeros of the padding count.
// Padding is at most half of the kernel.
type AvgPool3D struct {
	Kernel, Stride, Pad [3]int
	CountPad            bool
}

// Kind implements [Spec].
func (AvgPool3D) Kind() string { return "avg_pool3d" }

// Infer implements [Spec].
func (p AvgPool3D) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	return pooled(in, p.Kernel, p.Stride, p.Pad)
}

// Reference implements [Spec].
func (p AvgPool3D) Reference(out Tensor, in []Tensor) error {
	v := viewOf(in[0].Shape, out.Shape, p.Kernel, p.Stride, p.Pad)
	return floats(out, func(y []float32) { avgPool(v, y, Data[float32](in[0]), p.CountPad) },
		func(y []float64) { avgPool(v, y, Data[float64](in[0]), p.CountPad) })
}

// Diff implements [Differentiable].
func (AvgPool3D) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (p AvgPool3D) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(AvgPool3DGrad{p, [5]int(TypeOf(in[0]).Shape)}, grad)}
}

// AvgPool3DGrad is the gradient of [AvgPool3D], from gy: each value is shared out among the places under its window.
type AvgPool3DGrad struct {
	Pool  AvgPool3D
	Shape [5]int // of x
}

// Kind implements [Spec].
func (AvgPool3DGrad) Kind() string { return "avg_pool3d_grad" }

// Infer implements [Spec].
func (p AvgPool3DGrad) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 1)
	if err != nil {
		return Type{}, err
	}
	x := Of(d, p.Shape[:]...)
	y, err := p.Pool.Infer([]Type{x})
	if err != nil {
		return Type{}, fmt.Errorf("gradient of avg_pool3d(%v): %w", x, err)
	}
	return x, wantType(in, 0, y)
}

// Reference implements [Spec].
func (p AvgPool3DGrad) Reference(out Tensor, in []Tensor) error {
	v := viewOf(out.Shape, in[0].Shape, p.Pool.Kernel, p.Pool.Stride, p.Pool.Pad)
	return floats(out, func(gx []float32) { avgPoolGrad(v, gx, Data[float32](in[0]), p.Pool.CountPad) },
		func(gx []float64) { avgPoolGrad(v, gx, Data[float64](in[0]), p.Pool.CountPad) })
}

// Diff implements [Differentiable].
func (AvgPool3DGrad) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (p AvgPool3DGrad) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{Apply(p.Pool, grad)} }

// GlobalAvgPool is the mean of each channel of x[N,C,D,H,W], [N,C].
type GlobalAvgPool struct{}

// Kind implements [Spec].
func (GlobalAvgPool) Kind() string { return "global_avg_pool" }

// Infer implements [Spec].
func (GlobalAvgPool) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 1)
	if err != nil {
		return Type{}, err
	}
	if err := wantRank(in, 5); err != nil {
		return Type{}, err
	}
	return Of(d, in[0].Shape[0], in[0].Shape[1]), nil
}

// Reference implements [Spec].
func (GlobalAvgPool) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(y []float32) { globalAvgPool(y, Data[float32](in[0])) },
		func(y []float64) { globalAvgPool(y, Data[float64](in[0])) })
}

// Diff implements [Differentiable].
func (GlobalAvgPool) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (GlobalAvgPool) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(GlobalAvgPoolGrad{[5]int(TypeOf(in[0]).Shape)}, grad)}
}

// GlobalAvgPoolGrad is the gradient of [GlobalAvgPool], from gy[N,C].
type GlobalAvgPoolGrad struct{ Shape [5]int } // of x

// Kind implements [Spec].
func (GlobalAvgPoolGrad) Kind() string { return "global_avg_pool_grad" }

// Infer implements [Spec].
func (p GlobalAvgPoolGrad) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 1)
	if err != nil {
		return Type{}, err
	}
	return Of(d, p.Shape[:]...), wantType(in, 0, Of(d, p.Shape[0], p.Shape[1]))
}

// Reference implements [Spec].
func (p GlobalAvgPoolGrad) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(gx []float32) { globalAvgPoolGrad(gx, Data[float32](in[0])) },
		func(gx []float64) { globalAvgPoolGrad(gx, Data[float64](in[0])) })
}

// Diff implements [Differentiable].
func (GlobalAvgPoolGrad) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (GlobalAvgPoolGrad) Grad(_ []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(GlobalAvgPool{}, grad)}
}
