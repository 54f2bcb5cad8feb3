package op

import "fmt"

// What Infer says about inputs that do not fit: which one, what it is, what is wanted.

// arity is the rule of operations on n inputs.
func arity(in []Type, n int) error {
	if len(in) != n {
		return fmt.Errorf("%d inputs, want %d", len(in), n)
	}
	return nil
}

// misfit returns the error that says what is wanted of an input.
func misfit(in []Type, i int, format string, args ...any) error {
	return fmt.Errorf("input %d is %v, want %s", i, in[i], fmt.Sprintf(format, args...))
}

// wantType is the rule that an input has a type.
func wantType(in []Type, i int, t Type) error {
	if !in[i].Equal(t) {
		return misfit(in, i, "%v", t)
	}
	return nil
}

// wantFloats is the rule that an input holds floating-point numbers in at least some number of dimensions.
func wantFloats(in []Type, i, rank int) error {
	if !in[i].DType.Float() {
		return misfit(in, i, "floating-point numbers")
	}
	if in[i].Rank() < rank {
		return misfit(in, i, "at least %d dimensions", rank)
	}
	return nil
}

// wantVector is the rule that an input is a vector of a type; of any length if n < 0.
func wantVector(in []Type, i int, d DType, n int) error {
	if in[i].DType != d || in[i].Rank() != 1 {
		return misfit(in, i, "a vector of %v", d)
	}
	if n >= 0 && in[i].Shape[0] != n {
		return misfit(in, i, "%v[%d]", d, n)
	}
	return nil
}

// wantScalar is the rule that an input is a scalar of the type of input 0's elements.
func wantScalar(in []Type, i int) error { return wantType(in, i, Of(in[0].DType)) }

// wantCounter is the rule that an input is one I32, as a scalar or a vector of one.
func wantCounter(in []Type, i int) error {
	if t := in[i]; t.DType != I32 || t.Rank() > 1 || t.Len() != 1 {
		return misfit(in, i, "one i32")
	}
	return nil
}

// wantAxis is the rule that an attribute names a dimension of input 0.
func wantAxis(in []Type, axis int) error {
	if axis < 0 || axis >= in[0].Rank() {
		return fmt.Errorf("axis %d, want one of the %d of input 0", axis, in[0].Rank())
	}
	return nil
}

// wantPositive is the rule that an attribute is greater than 0.
func wantPositive(name string, v float64) error {
	if !(v > 0) {
		return fmt.Errorf("%s is %v, want more than 0", name, v)
	}
	return nil
}

// wantNatural is the rule that an attribute is a shape.
func wantNatural(d Dims) error {
	for _, n := range d.List() {
		if n < 0 {
			return fmt.Errorf("shape %v, want no negative dimension", d)
		}
	}
	return nil
}
