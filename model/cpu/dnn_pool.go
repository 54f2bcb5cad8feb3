//go:build cgo && !nodnnl

package cpu

import (
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// channelwise adds an operation on [N,C,...] that treats each channel by itself, if it is in blocks already, or is a pooling of so many
// channels that blocks are worthwhile: what follows it wants them too.
func (k *kernels) channelwise(p *plan, s op.Spec, in []int, out op.Type) (v int, ok bool, err error) {
	x := p.values[in[0]]
	f, small := k.activations(), format{}
	switch {
	case k.flat(x.typ):
		f = small
	case x.typ.Rank() == 2:
		return k.rowMajor(p, s, in, out)
	case x.format.Block == 0 && (!pools(s) || 2*x.typ.Shape[1] < k.block):
		return 0, false, nil
	}
	d := k.shape(x.typ, 1, f.BF16)
	coefficients := roundUp(5 * 4 * x.typ.Shape[1])
	affine := func(formats []format, run func(m []unsafe.Pointer, c unsafe.Pointer)) (int, error) {
		return k.kernel(p, s, in, formats, out, f, coefficients, func(m []unsafe.Pointer, c unsafe.Pointer) func() error {
			return func() error { run(m, c); return nil }
		})
	}
	switch s := s.(type) {
	case op.AddBias:
		v, err = affine([]format{f, small}, func(m []unsafe.Pointer, c unsafe.Pointer) { d.Affine(m[0], nil, nil, 0, nil, m[1], c, m[2]) })
	case op.BNInfer:
		v, err = affine([]format{f, small, small, small, small}, func(m []unsafe.Pointer, c unsafe.Pointer) {
			d.Affine(m[0], m[1], m[2], s.Eps, m[3], m[4], c, m[5])
		})
	case op.BNInferInput:
		v, err = affine([]format{f, small, small}, func(m []unsafe.Pointer, c unsafe.Pointer) {
			d.Affine(m[0], nil, m[1], s.Eps, m[2], nil, c, m[3])
		})
	case op.SumChannels:
		v, err = k.kernel(p, s, in, []format{f}, out, small, coefficients+d.Partial(), func(m []unsafe.Pointer, c unsafe.Pointer) func() error {
			return func() error { d.SumChannels(m[0], m[1], c, unsafe.Add(c, coefficients)); return nil }
		})
	case op.BNInferGamma:
		v, err = k.kernel(p, s, in, []format{f, small, small, f}, out, small, coefficients+d.Partial(), func(m []unsafe.Pointer, c unsafe.Pointer) func() error {
			return func() error {
				d.BNInferGamma(m[0], m[1], m[2], s.Eps, m[3], m[4], c, unsafe.Add(c, coefficients))
				return nil
			}
		})
	default:
		return k.pooling(p, s, in, out)
	}
	return v, true, err
}

func pools(s op.Spec) bool {
	switch s.(type) {
	case op.MaxPool3D, op.MaxPool3DGrad, op.AvgPool3D, op.AvgPool3DGrad:
		return true
	}
	return false
}

// pooling adds a pooling, or the gradient of one, of what is in blocks.
func (k *kernels) pooling(p *plan, s op.Spec, in []int, out op.Type) (v int, ok bool, err error) {
	x, f := p.values[in[0]].typ, k.activations()
	sums := 0
	if f.BF16 {
		sums = 4 * elements(out, f)
	}
	switch s := s.(type) {
	case op.MaxPool3D:
		pool := k.pool(s, x, out)
		v, err = k.kernel(p, s, in, []format{f}, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			return func() error { pool.Max(m[0], m[1]); return nil }
		})
	case op.MaxPool3DGrad:
		pool := k.pool(s.Pool, x, p.values[in[1]].typ)
		v, err = k.kernel(p, s, in, []format{f, f}, out, f, sums, func(m []unsafe.Pointer, sums unsafe.Pointer) func() error {
			return func() error { pool.MaxGrad(m[0], m[1], m[2], sums); return nil }
		})
	case op.AvgPool3D:
		pool := k.pool(op.MaxPool3D{Kernel: s.Kernel, Stride: s.Stride, Pad: s.Pad}, x, out)
		v, err = k.kernel(p, s, in, []format{f}, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			return func() error { pool.Avg(s.CountPad, m[0], m[1]); return nil }
		})
	case op.AvgPool3DGrad:
		pool := k.pool(op.MaxPool3D{Kernel: s.Pool.Kernel, Stride: s.Pool.Stride, Pad: s.Pool.Pad}, out, x)
		v, err = k.kernel(p, s, in, []format{f}, out, f, sums, func(m []unsafe.Pointer, sums unsafe.Pointer) func() error {
			return func() error { pool.AvgGrad(s.Pool.CountPad, m[0], m[1], sums); return nil }
		})
	}
	return v, true, err
}

func (k *kernels) pool(s op.MaxPool3D, x, y op.Type) *dnn.Pool {
	pieces := x.Shape[0] * ((x.Shape[1] + k.block - 1) / k.block)
	return dnn.NewPool(pieces, [3]int(x.Shape[2:]), [3]int(y.Shape[2:]), s.Kernel, s.Stride, s.Pad, k.block, k.options.BF16)
}

// part is what lies between two places of an axis.
type part struct{ value, from, to int } // along the axis

// slab adds an operation that copies whole samples, or whole blocks of channels, between arrays in blocks: part i of the operands goes to
// part i of the result.
func (k *kernels) slab(p *plan, s op.Spec, axis int, in []int, from, to []part, out op.Type) (v int, ok bool, err error) {
	f := p.values[in[0]].format
	if f.Block == 0 || axis > 1 {
		return 0, false, nil
	}
	unit := 1 // of the axis
	if axis == 1 {
		unit = f.Block
	}
	for _, list := range [][]part{from, to} {
		for _, r := range list {
			if r.from%unit+r.to%unit != 0 {
				return 0, false, nil
			}
		}
	}
	formats := make([]format, len(in))
	for i := range formats {
		formats[i] = f
	}
	row := func(t op.Type, n int) int { // bytes of n samples, or of n channels of one
		if axis == 0 {
			return elements(t, f) / t.Shape[0] * n * f.width()
		}
		_, _, size := extent(t)
		return (n + unit - 1) / unit * unit * size * f.width()
	}
	outer := 1
	if axis == 1 {
		outer = out.Shape[0]
	}
	types := make([]op.Type, len(in))
	for i, x := range in {
		types[i] = p.values[x].typ
	}
	v, err = k.kernel(p, s, in, formats, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
		return func() error {
			for i, a := range from {
				b, t := to[i], types[a.value]
				n, stride, target := row(t, a.to-a.from), row(t, t.Shape[axis]), row(out, out.Shape[axis])
				for o := range outer {
					src := unsafe.Add(m[a.value], o*stride+row(t, a.from))
					dst := unsafe.Add(m[len(in)], o*target+row(out, b.from))
					copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
				}
			}
			return nil
		}
	})
	return v, true, err
}

// concat and slice are slabs.
func (k *kernels) concat(p *plan, s op.Concat, in []int, out op.Type) (int, bool, error) {
	var from, to []part
	at := 0
	for i, v := range in {
		if p.values[v].typ.Rank() < 3 {
			return 0, false, nil
		}
		n := p.values[v].typ.Shape[min(s.Axis, 1)]
		from, to = append(from, part{i, 0, n}), append(to, part{0, at, at + n})
		at += n
	}
	return k.slab(p, s, s.Axis, in, from, to, out)
}

func (k *kernels) slice(p *plan, s op.Slice, in []int, out op.Type) (int, bool, error) {
	return k.slab(p, s, s.Axis, in, []part{{0, s.From, s.To}}, []part{{0, 0, s.To - s.From}}, out)
}
