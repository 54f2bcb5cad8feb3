package op_test

import (
	"math"
	"testing"

	"vidcsl/model/op"
)

// nan is a scalar that is not a number.
func nan() op.Tensor { return op.From([]float64{math.NaN()}) }

// mask returns a U8 tensor.
func mask(data []uint8, shape ...int) op.Tensor { return op.From(data, shape...) }

// positive returns random numbers greater than 0.5.
func positive(seed uint64, shape ...int) op.Tensor {
	x := random(seed, shape...)
	for i, v := range op.Data[float64](x) {
		op.Data[float64](x)[i] = 0.5 + math.Abs(v)
	}
	return x
}

// wantRunError fails unless a spec refuses these values, of types that it takes, with this message.
func wantRunError(t testing.TB, s op.Spec, want string, in ...op.Tensor) {
	t.Helper()
	_, err := run(func(n []*op.Node) []*op.Node { return []*op.Node{op.Apply(s, n...)} }, in...)
	if err == nil || err.Error() != want {
		t.Errorf("%s:\n got %v\nwant %s", s.Kind(), err, want)
	}
}
