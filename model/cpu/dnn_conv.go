//go:build cgo && !nodnnl

package cpu

import (
	"strings"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// conv is a convolution as the library can do it.
type conv struct {
	dnn.Conv
	prim *dnn.Primitive
}

// convResult, convInput and convWeight add a convolution and its gradients.
func (k *kernels) convResult(p *plan, s op.Conv3D, in []int, out op.Type) (int, error) {
	x, w := p.values[in[0]].typ.Shape, p.values[in[1]].typ.Shape
	c, err := k.conv(dnn.Result, s, [5]int(x), [5]int(w), dnn.After{})
	if err != nil {
		return 0, err
	}
	return k.addConv(p, s, c, in, w, out, c.XBlock, c.YBlock)
}

func (k *kernels) convInput(p *plan, s op.Conv3DInput, in []int, out op.Type) (int, error) {
	w := p.values[in[0]].typ.Shape
	c, err := k.conv(dnn.Input, s.Conv, s.Shape, [5]int(w), dnn.After{})
	if err != nil {
		return 0, err
	}
	return k.addConv(p, s, c, []int{in[1], in[0]}, w, out, c.YBlock, c.XBlock)
}

// addConv adds a convolution of activations and weights.
func (k *kernels) addConv(p *plan, s op.Spec, c conv, in []int, w []int, out op.Type, from, to int) (int, error) {
	x, err := p.as(in[0], format{Block: from, BF16: c.BF16})
	if err != nil {
		return 0, err
	}
	f, err := k.packOf(c.prim, w, c.Groups)
	if err != nil {
		return 0, err
	}
	weights, err := p.as(in[1], f)
	if err != nil {
		return 0, err
	}
	step := step{name: s.Kind(), class: s.Kind(), in: []int{x, weights}, spare: -1}
	return k.primitive(p, step, c.prim, out, format{Block: to, BF16: c.BF16}, false), nil
}

func (k *kernels) convWeight(p *plan, s op.Conv3DWeight, in []int, out op.Type) (int, error) {
	shape, spec := [5]int(p.values[in[0]].typ.Shape), s.Conv
	pad := spec.Pad[0]
	padded := pad > 0 && overhangs(spec, shape, s.Shape, 0) // oneDNN has no good code for that, but for clips that are padded before
	if padded {
		shape[2] += 2 * pad
		spec.Pad[0] = 0
	}
	c, err := k.conv(dnn.WeightOf, spec, shape, s.Shape, dnn.After{})
	if err != nil {
		return 0, err
	}
	x, err := p.as(in[0], format{Block: c.XBlock, BF16: c.BF16})
	if err != nil {
		return 0, err
	}
	if padded {
		x = k.padDepth(p, x, pad)
	}
	gy, err := p.as(in[1], format{Block: c.YBlock, BF16: c.BF16})
	if err != nil {
		return 0, err
	}
	f, err := k.packOf(c.prim, out.Shape, c.Groups)
	if err != nil {
		return 0, err
	}
	v := k.primitive(p, step{name: s.Kind(), class: s.Kind(), in: []int{x, gy}, spare: -1}, c.prim, out, f, c.BF16)
	return p.as(v, format{})
}

// padDepth adds a step that puts zeros before and after clips.
func (k *kernels) padDepth(p *plan, v, pad int) int {
	x := p.values[v]
	shape := append([]int{}, x.typ.Shape...)
	shape[2] += 2 * pad
	t := op.Of(op.F32, shape...)
	at := len(p.values)
	size := k.bytes(x.typ, x.format)
	clips := x.typ.Shape[0] * x.typ.Shape[1] // runs of one clip's samples
	if x.format.Block > 0 {
		clips = x.typ.Shape[0] * ((x.typ.Shape[1] + x.format.Block - 1) / x.format.Block)
	}
	bind := func(b *binding) (func() error, error) {
		from, to := b.bytes(v), b.bytes(at)
		n := size / clips
		edge := n / x.typ.Shape[2] * pad
		return func() error {
			for i := range clips {
				part := to[i*(n+2*edge) : (i+1)*(n+2*edge)]
				clear(part[:edge])
				copy(part[edge:], from[i*n:(i+1)*n])
				clear(part[edge+n:])
			}
			return nil
		}, nil
	}
	return p.emit(step{name: "padding of " + x.name, class: "layout", in: []int{v}, spare: -1, bind: bind}, t, x.format)
}

// conv returns a convolution, and the layouts of x and y that it wants: in blocks if the library has good code for that, else
// row-major, as the few channels of a video always are.
func (k *kernels) conv(kind int, s op.Conv3D, x, w [5]int, after dnn.After) (conv, error) {
	bf16 := k.options.BF16 && !(kind == dnn.WeightOf && (overhangs(s, x, w, 0) || overhangs(s, x, w, 1) || overhangs(s, x, w, 2)))
	c := conv{Conv: dnn.Conv{Kind: kind, X: x, Out: w[0], Kernel: [3]int(w[2:]), Groups: s.Groups, Stride: s.Stride, Pad: s.Pad,
		Dilation: s.Dilation, BF16: bf16, XBlock: k.block, YBlock: k.block, After: after}}
	depthwise := s.Groups == x[1] && s.Groups == w[0]
	if s.Groups == 1 && x[1] < 4 {
		c.XBlock = 0
	}
	acrossGroups := s.Groups > 1 && !depthwise && (w[1]%k.block != 0 || w[0]/s.Groups%k.block != 0) // a block would hold two groups' channels
	if acrossGroups || wide(s, w) {
		c.XBlock, c.YBlock = 0, 0
	}
	key := c.Conv
	if have, ok := k.convs[key]; ok {
		return have, nil
	}
	slow := func(p *dnn.Primitive) bool { return strings.HasPrefix(p.Implementation(), "ref") }
	var err error
	if c.prim, err = dnn.NewConv(k.thread, c.Conv); err != nil || slow(c.prim) {
		plain := c
		plain.XBlock, plain.YBlock = 0, 0
		p, e := dnn.NewConv(k.thread, plain.Conv)
		switch {
		case e == nil && (err != nil || !slow(p)):
			if err == nil {
				c.prim.Free()
			}
			plain.prim = p
			c, err = plain, nil
		case e == nil:
			p.Free()
		}
	}
	if err != nil {
		return c, err
	}
	k.owned = append(k.owned, c.prim)
	k.convs[key] = c
	return c, nil
}

// wide reports whether a convolution pads by more than half of its kernel, which no usual network does. There oneDNN 2.6's code for
// AVX-512 computes wrong gradients or writes outside of its arrays, where its matrix products are right.
func wide(s op.Conv3D, w [5]int) bool {
	for i, pad := range s.Pad {
		if 2*pad > s.Dilation[i]*(w[2+i]-1) {
			return true
		}
	}
	return false
}

// overhangs reports whether, along an axis, kernels reach over both ends of x, or strided ones over its far end. There oneDNN 2.6's
// gradient of the weights is slow in f32, and in bfloat16 reads what nobody wrote.
func overhangs(s op.Conv3D, x, w [5]int, axis int) bool {
	pad, size, reach := s.Pad[axis], x[2+axis], s.Dilation[axis]*(w[2+axis]-1)+1
	last := (size+2*pad-reach)/s.Stride[axis]*s.Stride[axis] - pad // where the last kernel starts
	return pad > 0 && (reach > size || s.Stride[axis] > 1 && last+reach > size)
}

// packOf returns the format of a convolution's weights.
func (k *kernels) packOf(prim *dnn.Primitive, w []int, groups int) (format, error) {
	l, err := prim.Weights()
	if err != nil {
		return format{}, err
	}
	for i, p := range k.packs {
		if p.layout.Equal(l) {
			l.Free()
			return format{Pack: i + 1}, nil
		}
	}
	dims := w
	if groups > 1 {
		dims = append([]int{groups, w[0] / groups}, w[1:]...)
	}
	k.packs = append(k.packs, pack{l, dims})
	return format{Pack: len(k.packs)}, nil
}
