package op

// Operations on masks: U8 in which all but 0 means yes. Results are 1 and 0. None has a gradient.

// And says where both a and b, masks of one shape, say yes.
type And struct{}

// Kind implements [Spec].
func (And) Kind() string { return "and" }

// Infer implements [Spec].
func (And) Infer(in []Type) (Type, error) { return sameMasks(in) }

// Reference implements [Spec].
func (And) Reference(out Tensor, in []Tensor) error {
	y, a, b := Data[uint8](out), Data[uint8](in[0]), Data[uint8](in[1])
	inRuns(len(y), func(from, to int) { andTo(y[from:to], a[from:to], b[from:to]) })
	return nil
}

func andTo(y, a, b []uint8) {
	a, b = a[:len(y)], b[:len(y)]
	for i := range y {
		y[i] = sign(a[i]) & sign(b[i])
	}
}

// AndNot says where a says yes and b says no, masks of one shape.
type AndNot struct{}

// Kind implements [Spec].
func (AndNot) Kind() string { return "and_not" }

// Infer implements [Spec].
func (AndNot) Infer(in []Type) (Type, error) { return sameMasks(in) }

// Reference implements [Spec].
func (AndNot) Reference(out Tensor, in []Tensor) error {
	y, a, b := Data[uint8](out), Data[uint8](in[0]), Data[uint8](in[1])
	inRuns(len(y), func(from, to int) { andNotTo(y[from:to], a[from:to], b[from:to]) })
	return nil
}

func andNotTo(y, a, b []uint8) {
	a, b = a[:len(y)], b[:len(y)]
	for i := range y {
		y[i] = sign(a[i]) &^ sign(b[i])
	}
}

// Outer says for which pairs of an element of a[N] and one of b[M], masks, both say yes: [N], [M] -> U8 [N, M].
type Outer struct{}

// Kind implements [Spec].
func (Outer) Kind() string { return "outer" }

// Infer implements [Spec].
func (Outer) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	for i := range in {
		if err := wantVector(in, i, U8, -1); err != nil {
			return Type{}, err
		}
	}
	return Of(U8, in[0].Shape[0], in[1].Shape[0]), nil
}

// Reference implements [Spec].
func (Outer) Reference(out Tensor, in []Tensor) error {
	y, b := Data[uint8](out), Data[uint8](in[1])
	for i, v := range Data[uint8](in[0]) {
		row := y[i*len(b):][:len(b)]
		if v == 0 {
			clear(row)
			continue
		}
		for j, w := range b {
			row[j] = sign(w)
		}
	}
	return nil
}

// sign returns 1 for all but 0, without a branch.
func sign(v uint8) uint8 { return (v | -v) >> 7 }

// inRuns is parallel for work that is cheap for each element: few elements are not split.
func inRuns(n int, f func(from, to int)) {
	if n < 1<<15 {
		f(0, n)
		return
	}
	parallel(n, f)
}

// sameMasks is the rule of operations on two masks of one shape.
func sameMasks(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if in[0].DType != U8 {
		return Type{}, misfit(in, 0, "a mask of u8")
	}
	return in[0], wantType(in, 1, in[0])
}
