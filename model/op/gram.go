package op

// Gram is the sum over the rows of x[N,D] and y[N,E] of their outer products, x'y: [N,D], [N,E] -> [D,E]. It is [MatMul] with TransA, for many rows:
// they are added up in an order that does not depend on threads, whatever their number.
type Gram struct{}

// Kind implements [Spec].
func (Gram) Kind() string { return "gram" }

// Infer implements [Spec].
func (Gram) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 2)
	if err != nil {
		return Type{}, err
	}
	if err := wantRank(in, 2, 2); err != nil {
		return Type{}, err
	}
	if in[0].Shape[0] != in[1].Shape[0] {
		return Type{}, misfit(in, 1, "the %d rows of input 0", in[0].Shape[0])
	}
	return Of(d, in[0].Shape[1], in[1].Shape[1]), nil
}

// Reference implements [Spec].
func (Gram) Reference(out Tensor, in []Tensor) error { return MatMul{TransA: true}.Reference(out, in) }
