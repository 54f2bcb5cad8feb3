//go:build cgo && !nodnnl

package cpu

import (
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// lower implements [backend].
func (k *kernels) lower(p *plan, s op.Spec, in []int, out op.Type) (v int, ok bool, err error) {
	if v, ok, err := k.rows(p, s, in, out); ok || err != nil {
		return v, ok, err
	}
	if out.DType != op.F32 || out.Len() == 0 {
		return 0, false, nil
	}
	switch s := s.(type) {
	case op.Conv3D:
		v, err = k.convResult(p, s, in, out)
	case convNorm:
		v, err = k.convNorm(p, s, in, out)
	case op.Conv3DInput:
		v, err = k.convInput(p, s, in, out)
	case op.Conv3DWeight:
		v, err = k.convWeight(p, s, in, out)
	case op.BNStats, op.BNApply, normReLU, op.BNReduce, op.BNInput, normReLUReduce, normReLUInput:
		if t := p.values[in[0]].typ; t.Rank() < 3 && !k.flat(t) {
			return 0, false, nil
		}
		v, err = k.batchNorm(p, s, in, out)
	case op.Normalize:
		v, err = k.normalize(p, s, in, out)
	case op.ReLU, op.ReLUGrad, reluGradSum, op.Add:
		v, err = k.pointwise(p, s, in, out)
	case op.GlobalAvgPool:
		if p.values[in[0]].format.Block == 0 {
			return 0, false, nil
		}
		v, err = k.kernel(p, s, in, []format{p.values[in[0]].format}, out, format{}, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			d := k.shape(p.values[in[0]].typ, 1, p.values[in[0]].format.BF16)
			return func() error { d.Mean(m[0], m[1]); return nil }
		})
	case op.GlobalAvgPoolGrad:
		v, err = k.kernel(p, s, in, make([]format, 1), out, k.activations(), 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			d := k.shape(out, 1, k.options.BF16)
			return func() error { d.MeanGrad(m[0], m[1]); return nil }
		})
	case op.AddBias, op.SumChannels, op.BNInfer, op.BNInferInput, op.BNInferGamma, op.MaxPool3D, op.MaxPool3DGrad, op.AvgPool3D, op.AvgPool3DGrad:
		return k.channelwise(p, s, in, out)
	case op.MaskedLogSumExp, op.MaskedLogSumExpGrad:
		return k.logSumExp(p, s, in, out)
	case op.Concat:
		return k.concat(p, s, in, out)
	case op.Slice:
		return k.slice(p, s, in, out)
	case op.Perturb, op.HighPass:
		return k.pictures(p, s, in, out)
	default:
		return k.rowMajor(p, s, in, out)
	}
	return v, true, err
}

// kernel adds a step with a kernel of package dnn. make is given the memory of the operands, in their formats, and of the result, and
// that of scratch bytes.
func (k *kernels) kernel(p *plan, s op.Spec, in []int, formats []format, out op.Type, f format, scratch int,
	make func(m []unsafe.Pointer, scratch unsafe.Pointer) func() error) (int, error) {
	step := step{name: s.Kind(), class: s.Kind(), spare: -1, reuse: kernelReuse(s, len(in))}
	for i, v := range in {
		x, err := p.as(v, formats[i])
		if err != nil {
			return 0, err
		}
		step.in = append(step.in, x)
	}
	if scratch > 0 {
		step.spare = p.add(value{name: "scratch of " + step.name, typ: op.Of(op.U8, scratch)})
	}
	at := len(p.values)
	step.bind = func(b *binding) (func() error, error) {
		m := []unsafe.Pointer{}
		for _, v := range step.in {
			m = append(m, b.pointer(v))
		}
		return make(append(m, b.pointer(at)), b.spare(step)), nil
	}
	return p.emit(step, out, f), nil
}

// kernelReuse is overwrites for the kernels of package dnn.
func kernelReuse(s op.Spec, n int) []int {
	switch s.(type) {
	case op.ReLU:
		return []int{0}
	case op.ReLUGrad:
		return []int{1, 0}
	case reluGradSum:
		return []int{1, 2, 0}
	case op.BNApply, op.BNInfer, op.BNInferInput, op.AddBias:
		return []int{0}
	case normReLU:
		if n == 5 {
			return []int{4, 0}
		}
		return []int{0}
	case op.BNInput:
		return []int{4, 0}
	case normReLUInput:
		return []int{5, 0}
	}
	return overwrites(s, n)
}

// flat reports whether a value is [N,C] of whole blocks, which lie the same way row-major: kernels for blocks can take it.
func (k *kernels) flat(t op.Type) bool { return t.Rank() == 2 && t.Shape[1]%k.block == 0 }

// normalize adds the step that makes the input of an encoder from pixels, in the type of activations.
func (k *kernels) normalize(p *plan, s op.Normalize, in []int, out op.Type) (int, error) {
	f := format{BF16: k.options.BF16}
	table := new([3][256]float32)
	for c := range table {
		for v := range table[c] {
			table[c][v] = float32((float64(v)/255 - s.Mean[c]) / s.Std[c])
		}
	}
	n, _, size := extent(out)
	return k.kernel(p, s, in, make([]format, 1), out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
		return func() error { dnn.Normalize(f.BF16, m[0], table, n, size, m[1]); return nil }
	})
}

// batchNorm adds an operation on [N,C,...] in blocks.
func (k *kernels) batchNorm(p *plan, s op.Spec, in []int, out op.Type) (int, error) {
	x := p.values[in[0]].typ
	f, small := k.activations(), format{}
	if k.flat(x) {
		f = small
	}
	switch s := s.(type) {
	case op.BNStats:
		d := k.shape(x, s.Groups, f.BF16)
		return k.kernel(p, s, in, []format{f}, out, small, d.Partial(), func(m []unsafe.Pointer, partial unsafe.Pointer) func() error {
			return func() error { d.BNStats(m[0], s.Eps, m[1], partial); return nil }
		})
	case op.BNApply:
		d := k.shape(x, s.Groups, f.BF16)
		return k.kernel(p, s, in, []format{f, small, small, small}, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			return func() error { d.BNApply(m[0], m[1], m[2], m[3], nil, false, m[4]); return nil }
		})
	case normReLU:
		d := k.shape(x, s.Groups, f.BF16)
		return k.kernel(p, s, in, []format{f, small, small, small, f}[:len(in)], out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			var add unsafe.Pointer
			if s.Add {
				add = m[4]
			}
			return func() error { d.BNApply(m[0], m[1], m[2], m[3], add, true, m[len(in)]); return nil }
		})
	case op.BNReduce:
		d := k.shape(x, s.Groups, f.BF16)
		return k.kernel(p, s, in, []format{f, small, f}, out, small, d.Partial(), func(m []unsafe.Pointer, partial unsafe.Pointer) func() error {
			return func() error { d.BNReduce(m[0], m[1], nil, nil, m[2], m[3], partial); return nil }
		})
	case normReLUReduce:
		d := k.shape(x, s.Groups, f.BF16)
		return k.kernel(p, s, in, []format{f, small, small, small, f}, out, small, d.Partial(), func(m []unsafe.Pointer, partial unsafe.Pointer) func() error {
			return func() error { d.BNReduce(m[0], m[1], m[2], m[3], m[4], m[5], partial); return nil }
		})
	case normReLUInput:
		d := k.shape(x, s.Groups, f.BF16)
		return k.kernel(p, s, in, []format{f, small, small, small, small, f}, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			return func() error { d.BNInput(m[0], m[1], m[2], m[3], m[4], m[5], m[6]); return nil }
		})
	}
	d := k.shape(x, s.(op.BNInput).Groups, f.BF16)
	return k.kernel(p, s, in, []format{f, small, small, small, f}, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
		return func() error { d.BNInput(m[0], m[1], m[2], nil, m[3], m[4], m[5]); return nil }
	})
}

// pointwise adds an operation that does not care for the layout: that of the operands, or of the first that is in blocks.
func (k *kernels) pointwise(p *plan, s op.Spec, in []int, out op.Type) (int, error) {
	f := format{}
	for _, v := range in {
		if p.values[v].format.Block > 0 {
			f = p.values[v].format
		}
	}
	formats := make([]format, len(in))
	for i := range formats {
		formats[i] = f
	}
	n := elements(out, f)
	return k.kernel(p, s, in, formats, out, f, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
		switch s.(type) {
		case op.ReLU:
			return func() error { dnn.ReLU(f.BF16, m[0], m[1], n); return nil }
		case op.ReLUGrad:
			return func() error { dnn.ReLUGrad(f.BF16, m[0], m[1], m[2], n); return nil }
		case reluGradSum:
			return func() error { dnn.ReLUGradSum(f.BF16, m[0], m[1], m[2], m[3], n); return nil }
		}
		return func() error { dnn.Add(f.BF16, m[0], m[1], m[2], n); return nil }
	})
}
