package op

// MultiplyAdds returns how many multiplications, each with an addition, the convolutions and products of matrices of an operation take, for inputs
// and a result of these types; 0 for operations that are none. Taps that fall on padding count, as they do in PyTorch's counters, and so the
// gradients of a convolution cost what it costs itself. In FLOPs it is twice as many. Other arithmetic, a few operations for each
// element, is not counted: memory is what it waits for, see [Traffic].
func MultiplyAdds(s Spec, in []Type, out Type) int64 {
	switch s := s.(type) {
	case Conv3D:
		return convolutionCost(out, in[1])
	case Conv3DInput:
		return convolutionCost(in[1], in[0])
	case Conv3DWeight:
		return convolutionCost(in[1], out)
	case MatMul:
		_, k := ends(in[0].Shape, s.TransA)
		return int64(out.Len()) * int64(k)
	case Gram:
		return int64(out.Len()) * int64(in[0].Shape[0])
	case Similarity:
		return int64(out.Len()) * int64(in[0].Shape[1])
	case Nearest:
		return int64(in[0].Len()) * int64(in[1].Shape[0])
	case SharedScore:
		return int64(out.Len()) * int64(in[1].Shape[1])
	case SharedNeighbors: // at most: of pairs that share a neighbour
		k := int64(in[0].Shape[1])
		return int64(in[1].Len()) * k * k
	}
	return 0
}

// convolutionCost is that of a result y[N,O,D,H,W] of kernels w[O,C,kd,kh,kw].
func convolutionCost(y, w Type) int64 {
	return int64(y.Len()) * int64(w.Len()/max(w.Shape[0], 1))
}

// Traffic returns how many elements an operation reads and writes if every operand is read once and the result written once; 0 for one
// that only gives its operand another shape.
func Traffic(s Spec, in []Type, out Type) int64 {
	if isView(s) {
		return 0
	}
	n := int64(out.Len())
	for _, t := range in {
		n += int64(t.Len())
	}
	return n
}
