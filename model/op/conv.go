package op

import "fmt"

// Conv3D is the cross-correlation of x[N,C,D,H,W] with w[O,C/Groups,kd,kh,kw], as PyTorch's conv3d without bias:
//
//	y[n,o,p] = sum over c and taps k of w[o,c,k] * x[n, first channel of o's group + c, p*Stride - Pad + k*Dilation]
//
// for each of the three dimensions of p and k; x is 0 outside. An image is a clip with D = 1. Strides, dilations and Groups are at least 1.
type Conv3D struct {
	Stride, Pad, Dilation [3]int // in D, H, W
	Groups                int
}

// Kind implements [Spec].
func (Conv3D) Kind() string { return "conv3d" }

// Infer implements [Spec].
func (c Conv3D) Infer(in []Type) (Type, error) {
	if _, err := sameFloats(in, 2); err != nil {
		return Type{}, err
	}
	out, err := c.shape(in[0], in[1])
	return Type{in[0].DType, out}, err
}

// Reference implements [Spec].
func (c Conv3D) Reference(out Tensor, in []Tensor) error {
	p := c.plan(in[0].Shape, in[1].Shape, out.Shape)
	return floats(out, func(y []float32) { convolve(p, y, Data[float32](in[0]), Data[float32](in[1])) },
		func(y []float64) { convolve(p, y, Data[float64](in[0]), Data[float64](in[1])) })
}

// Diff implements [Differentiable].
func (Conv3D) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (c Conv3D) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(c.input(in[0]), in[1], grad), Apply(c.weight(in[1]), in[0], grad)}
}

func (c Conv3D) input(x *Node) Spec  { return Conv3DInput{c, [5]int(TypeOf(x).Shape)} }
func (c Conv3D) weight(w *Node) Spec { return Conv3DWeight{c, [5]int(TypeOf(w).Shape)} }

// Conv3DInput is the gradient of [Conv3D] with respect to x, from w and gy, the gradient with respect to its result. It is linear in
// both: the transposed convolution of gy.
type Conv3DInput struct {
	Conv  Conv3D
	Shape [5]int // of x
}

// Kind implements [Spec].
func (Conv3DInput) Kind() string { return "conv3d_input" }

// Infer implements [Spec].
func (c Conv3DInput) Infer(in []Type) (Type, error) {
	if _, err := sameFloats(in, 2); err != nil {
		return Type{}, err
	}
	x := Type{in[0].DType, c.Shape[:]}
	y, err := c.Conv.Infer([]Type{x, in[0]})
	if err != nil {
		return Type{}, fmt.Errorf("gradient of conv3d(%v, %v): %w", x, in[0], err)
	}
	return x, wantType(in, 1, y)
}

// Reference implements [Spec].
func (c Conv3DInput) Reference(out Tensor, in []Tensor) error {
	p := c.Conv.plan(out.Shape, in[0].Shape, in[1].Shape)
	return floats(out, func(gx []float32) { convolveInput(p, gx, Data[float32](in[0]), Data[float32](in[1])) },
		func(gx []float64) { convolveInput(p, gx, Data[float64](in[0]), Data[float64](in[1])) })
}

// Diff implements [Differentiable].
func (Conv3DInput) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (c Conv3DInput) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(c.Conv.weight(in[0]), grad, in[1]), Apply(c.Conv, grad, in[0])}
}

// Conv3DWeight is the gradient of [Conv3D] with respect to w, from x and gy, the gradient with respect to its result. It is linear in
// both.
type Conv3DWeight struct {
	Conv  Conv3D
	Shape [5]int // of w
}

// Kind implements [Spec].
func (Conv3DWeight) Kind() string { return "conv3d_weight" }

// Infer implements [Spec].
func (c Conv3DWeight) Infer(in []Type) (Type, error) {
	if _, err := sameFloats(in, 2); err != nil {
		return Type{}, err
	}
	w := Type{in[0].DType, c.Shape[:]}
	y, err := c.Conv.Infer([]Type{in[0], w})
	if err != nil {
		return Type{}, fmt.Errorf("gradient of conv3d(%v, %v): %w", in[0], w, err)
	}
	return w, wantType(in, 1, y)
}

// Reference implements [Spec].
func (c Conv3DWeight) Reference(out Tensor, in []Tensor) error {
	p := c.Conv.plan(in[0].Shape, out.Shape, in[1].Shape)
	return floats(out, func(gw []float32) { convolveWeight(p, gw, Data[float32](in[0]), Data[float32](in[1])) },
		func(gw []float64) { convolveWeight(p, gw, Data[float64](in[0]), Data[float64](in[1])) })
}

// Diff implements [Differentiable].
func (Conv3DWeight) Diff(int) []bool { return []bool{true, true} }

// Grad implements [Differentiable].
func (c Conv3DWeight) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(c.Conv.input(in[0]), grad, in[1]), Apply(c.Conv, in[0], grad)}
}

// shape returns that of the result, or says what does not fit.
func (c Conv3D) shape(x, w Type) ([]int, error) {
	in := []Type{x, w}
	if err := wantRank(in, 5, 5); err != nil {
		return nil, err
	}
	switch {
	case c.Groups < 1:
		return nil, fmt.Errorf("%d groups, want at least 1", c.Groups)
	case x.Shape[1] != w.Shape[1]*c.Groups:
		return nil, fmt.Errorf("input 1 is %v, whose kernels take %d groups of %d channels, but input 0 is %v",
			w, c.Groups, w.Shape[1], x)
	case w.Shape[0]%c.Groups != 0:
		return nil, misfit(in, 1, "a multiple of %d kernels, one for each group", c.Groups)
	}
	out, err := slide(x, [3]int(w.Shape[2:]), c.Stride, c.Pad, c.Dilation)
	return append([]int{x.Shape[0], w.Shape[0]}, out[:]...), err
}

// slide returns how many places a kernel takes in each of D, H and W of x[N,C,D,H,W].
func slide(x Type, kernel, stride, pad, dilation [3]int) (out [3]int, err error) {
	for i := range 3 {
		if kernel[i] < 1 || stride[i] < 1 || pad[i] < 0 || dilation[i] < 1 {
			return out, fmt.Errorf("kernel %v, stride %v, padding %v, dilation %v: want at least 1, 1, 0 and 1",
				kernel, stride, pad, dilation)
		}
		room := x.Shape[i+2] + 2*pad[i] - dilation[i]*(kernel[i]-1) - 1
		if room < 0 {
			return out, fmt.Errorf("input 0 is %v, too small for a kernel of %v with padding %v and dilation %v",
				x, kernel, pad, dilation)
		}
		out[i] = room/stride[i] + 1
	}
	return out, nil
}

// sameFloats refuses inputs that are not n in number and of one float type, of any shapes.
func sameFloats(in []Type, n int) (DType, error) {
	if err := arity(in, n); err != nil {
		return 0, err
	}
	for i, t := range in {
		if err := wantFloats(in, i, 0); err != nil {
			return 0, err
		}
		if t.DType != in[0].DType {
			return 0, misfit(in, i, "%v as input 0", in[0].DType)
		}
	}
	return in[0].DType, nil
}

// wantRank refuses inputs of other ranks.
func wantRank(in []Type, ranks ...int) error {
	for i, r := range ranks {
		if in[i].Rank() != r {
			return misfit(in, i, "%d dimensions", r)
		}
	}
	return nil
}
