package nn

import (
	"fmt"

	"vidcsl/model/op"
)

// Conv is a convolution of clips, without bias.
type Conv struct {
	Out                 int
	Kernel, Stride, Pad [3]int // depth, height, width
	Init                Init   // nil: [KaimingNormal]
	Image               bool   // in files the kernel has no depth, as that of a model of images
}

// Conv convolves x [N,C,D,H,W] with the parameter name.weight [Out,C,Kernel...].
func (p *Params) Conv(name string, x *op.Node, c Conv) *op.Node {
	k := c.Kernel
	shape := []int{c.Out, dim(x, 1), k[0], k[1], k[2]}
	stored := shape
	if c.Image {
		stored = []int{shape[0], shape[1], k[1], k[2]}
	}
	if c.Init == nil {
		c.Init = KaimingNormal(shape...)
	}
	w := p.param(name+".weight", c.Init, false, shape, stored).In
	return op.Apply(op.Conv3D{Stride: c.Stride, Pad: c.Pad, Dilation: [3]int{1, 1, 1}, Groups: 1}, x, w)
}

// BatchNorm are the settings of a batch normalization.
type BatchNorm struct {
	Eps      float64
	Momentum float64 // how much of a running statistic is replaced by that of a batch
	Gamma    Init    // nil: 1
}

// standard is the batch normalization that PyTorch's is by default.
var standard = BatchNorm{Eps: 1e-5, Momentum: 0.1}

// BatchNorm normalizes every channel of x [N,C,...] (Ioffe and Szegedy 2015), with the parameters name.weight and name.bias and
// the buffers name.running_mean and name.running_var, all [C]. The running variance is the unbiased one, as in PyTorch.
func (p *Params) BatchNorm(name string, x *op.Node, b BatchNorm) *op.Node {
	if b.Gamma == nil {
		b.Gamma = Constant(1)
	}
	if p.norms != "" {
		other := *p
		other.prefix, other.norms = p.norms+p.prefix, ""
		p = &other
	}
	c := dim(x, 1)
	gamma := p.Weight(name+".weight", b.Gamma, c)
	beta := p.Weight(name+".bias", Constant(0), c)
	of := []int{c}
	mean := p.param(name+".running_mean", Constant(0), true, of, of)
	variance := p.param(name+".running_var", Constant(1), true, of, of)
	if p.groups == 0 {
		return op.Apply(op.BNInfer{Eps: b.Eps}, x, mean.In, variance.In, gamma, beta)
	}
	t := op.TypeOf(x)
	count := t.Len() / c / p.groups
	if count < 2 {
		panic(&op.Error{Kind: "batch norm", Inputs: []string{name, t.String()}, Err: fmt.Errorf(
			"%d value per channel in each of %d groups, want at least 2", count, p.groups)})
	}
	stats := op.Apply(op.BNStats{Eps: b.Eps, Groups: p.groups}, x)
	if keep := (op.EMA{Decay: 1 - b.Momentum}); !p.still {
		mean.follow(keep, op.Apply(op.BNMoments{Row: 0}, stats))
		variance.follow(keep, op.Apply(op.BNMoments{Row: 2, Unbias: true, Count: count}, stats))
	}
	return op.Apply(op.BNApply{Groups: p.groups}, x, stats, gamma, beta)
}

// follow moves a buffer towards a value, after what else moves it in this step.
func (p *Param) follow(keep op.EMA, v *op.Node) {
	old := p.In
	if p.Out != nil {
		old = p.Out
	}
	p.Out = op.Apply(keep, old, v)
}

// Linear maps x [N,K] to [N,out] with the parameters name.weight [out,K] and, with a rule for its first value, name.bias [out].
func (p *Params) Linear(name string, x *op.Node, out int, weight, bias Init) *op.Node {
	shape := []int{out, dim(x, 1)}
	return p.linear(name, x, out, weight, bias, shape)
}

func (p *Params) linear(name string, x *op.Node, out int, weight, bias Init, stored []int) *op.Node {
	w := p.param(name+".weight", weight, false, []int{out, dim(x, 1)}, stored).In
	y := op.Apply(op.MatMul{TransB: true}, x, w)
	if bias == nil {
		return y
	}
	return op.Apply(op.AddBias{}, y, p.Weight(name+".bias", bias, out))
}

func relu(x *op.Node) *op.Node { return op.Apply(op.ReLU{}, x) }

func maxPool(x *op.Node, kernel, stride, pad [3]int) *op.Node {
	return op.Apply(op.MaxPool3D{Kernel: kernel, Stride: stride, Pad: pad}, x)
}

// dim returns an extent of a node.
func dim(x *op.Node, axis int) int {
	t := op.TypeOf(x)
	if axis >= t.Rank() || t.Shape[axis] < 1 {
		panic(&op.Error{Kind: "layer", Inputs: []string{x.Name() + " " + t.String()}, Err: fmt.Errorf("no extent along axis %d", axis)})
	}
	return t.Shape[axis]
}

func cube(n int) [3]int { return [3]int{n, n, n} }
