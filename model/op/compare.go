package op

// Operations that compare numbers and answer with a U8 of the same shape: 1 for yes, 0 for no. Nothing compares with NaN: the answer is 0.
// None has a gradient.

// AtLeast says where x, of floating-point numbers or I32, is Min or more. Floats are compared in their own type, to which Min is rounded.
type AtLeast struct{ Min float64 }

// Kind implements [Spec].
func (AtLeast) Kind() string { return "at_least" }

// Infer implements [Spec].
func (AtLeast) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	return compared(in)
}

// Reference implements [Spec].
func (s AtLeast) Reference(out Tensor, in []Tensor) error {
	y := Data[uint8](out)
	switch x := in[0].Data.(type) {
	case []int32:
		yesWhere(y, func(i int) bool { return float64(x[i]) >= s.Min })
	case []float32:
		least := float32(s.Min)
		yesWhere(y, func(i int) bool { return x[i] >= least })
	case []float64:
		yesWhere(y, func(i int) bool { return x[i] >= s.Min })
	}
	return nil
}

// GreaterEqual says where a is b or more, both of one type, of floating-point numbers or I32.
type GreaterEqual struct{}

// Kind implements [Spec].
func (GreaterEqual) Kind() string { return "greater_equal" }

// Infer implements [Spec].
func (GreaterEqual) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantType(in, 1, in[0]); err != nil {
		return Type{}, err
	}
	return compared(in)
}

// Reference implements [Spec].
func (GreaterEqual) Reference(out Tensor, in []Tensor) error {
	y := Data[uint8](out)
	switch a := in[0].Data.(type) {
	case []int32:
		b := Data[int32](in[1])
		yesWhere(y, func(i int) bool { return a[i] >= b[i] })
	case []float32:
		b := Data[float32](in[1])
		yesWhere(y, func(i int) bool { return a[i] >= b[i] })
	case []float64:
		b := Data[float64](in[1])
		yesWhere(y, func(i int) bool { return a[i] >= b[i] })
	}
	return nil
}

// yesWhere fills y with the answers to a question.
func yesWhere(y []uint8, is func(i int) bool) {
	for i := range y {
		y[i] = answer(is(i))
	}
}

// answer returns 1 for yes.
func answer(yes bool) uint8 {
	if yes {
		return 1
	}
	return 0
}

// compared returns the type of what comes of comparing input 0.
func compared(in []Type) (Type, error) {
	if !in[0].DType.Float() && in[0].DType != I32 {
		return Type{}, misfit(in, 0, "numbers other than u8")
	}
	return Type{U8, in[0].Shape}, nil
}
