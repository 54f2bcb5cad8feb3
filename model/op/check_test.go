package op_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vidcsl/model/op"
)

// random returns normally distributed F64 numbers, which depend on the seed and the shape only.
func random(seed uint64, shape ...int) op.Tensor {
	r := rand.New(rand.NewPCG(seed, 1))
	out := op.NewTensor(op.Of(op.F64, shape...))
	for i := range op.Data[float64](out) {
		op.Data[float64](out)[i] = r.NormFloat64()
	}
	return out
}

// convert returns a float tensor as F32 or F64; any other as it is.
func convert(x op.Tensor, to op.DType) op.Tensor {
	if x.DType == to || !x.DType.Float() {
		return x
	}
	out := op.NewTensor(op.Of(to, x.Shape...))
	for i := range x.Len() {
		set(out, i, at(x, i))
	}
	return out
}

func at(x op.Tensor, i int) float64 {
	switch data := x.Data.(type) {
	case []float32:
		return float64(data[i])
	case []float64:
		return data[i]
	case []int32:
		return float64(data[i])
	}
	return float64(op.Data[uint8](x)[i])
}

func set(x op.Tensor, i int, v float64) {
	if x.DType == op.F32 {
		op.Data[float32](x)[i] = float32(v)
		return
	}
	op.Data[float64](x)[i] = v
}

// compute applies a spec to values.
func compute(t testing.TB, s op.Spec, in ...op.Tensor) op.Tensor {
	t.Helper()
	out, err := run(func(n []*op.Node) []*op.Node { return []*op.Node{op.Apply(s, n...)} }, in...)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// run builds the graph of f over inputs of these types and interprets it on their values.
func run(f func(in []*op.Node) []*op.Node, in ...op.Tensor) (out []op.Tensor, err error) {
	g := op.NewGraph()
	nodes, feed := make([]*op.Node, len(in)), map[*op.Node]op.Tensor{}
	for i, x := range in {
		nodes[i] = op.Input(g, fmt.Sprintf("in%d", i), x.Type)
		feed[nodes[i]] = x
	}
	var outputs []*op.Node
	if err := op.Build(func() { outputs = f(nodes) }); err != nil {
		return nil, err
	}
	return op.Interpret(outputs, feed)
}

// wantClose fails unless types agree and no value is farther from its wanted one than tolerance times the largest wanted one.
func wantClose(t testing.TB, what string, got, want op.Tensor, tolerance float64) {
	t.Helper()
	wantWithin(t, what, got, want, tolerance, 0)
}

// wantWithin is [wantClose] where the largest wanted value counts as no less than floor.
func wantWithin(t testing.TB, what string, got, want op.Tensor, tolerance, floor float64) {
	t.Helper()
	if !got.Equal(want.Type) {
		t.Fatalf("%s: %v, want %v", what, got.Type, want.Type)
	}
	largest, worst, place := floor, 0.0, 0
	for i := range want.Len() {
		largest = max(largest, math.Abs(at(want, i)))
		d := math.Abs(at(got, i) - at(want, i))
		if at(got, i) == at(want, i) { // infinities too
			d = 0
		}
		if d > worst || math.IsNaN(d) {
			worst, place = d, i
		}
		if math.IsNaN(d) {
			break
		}
	}
	if !(worst <= tolerance*largest) {
		t.Errorf("%s: element %d of %v is %v, want %v: off by %.2g of the largest, %v", what, place, got.Type,
			at(got, place), at(want, place), worst/largest, largest)
	}
}

// wantError fails unless the spec refuses inputs of these types, named in0 and so on, with this message.
func wantError(t testing.TB, s op.Spec, want string, in ...op.Type) {
	t.Helper()
	g := op.NewGraph()
	nodes := make([]*op.Node, len(in))
	for i, x := range in {
		nodes[i] = op.Input(g, fmt.Sprintf("in%d", i), x)
	}
	err := op.Build(func() { op.Apply(s, nodes...) })
	var e *op.Error
	if !errors.As(err, &e) || err.Error() != want {
		t.Errorf("%s:\n got %v\nwant %s", s.Kind(), err, want)
	}
}

// checkGrad compares the gradients of a spec with central differences in F64, for every input that Diff names. Float inputs are F64.
func checkGrad(t testing.TB, s op.Spec, in ...op.Tensor) {
	t.Helper()
	d, ok := s.(op.Differentiable)
	if !ok {
		t.Fatalf("%s has no gradient", s.Kind())
	}
	var wrt []int
	for i, yes := range d.Diff(len(in)) {
		if yes {
			wrt = append(wrt, i)
		}
	}
	checkGradOf(t, func(n []*op.Node) *op.Node { return op.Apply(s, n...) }, wrt, in...)
}

// checkGradOf is [checkGrad] of a function of several operations, with respect to the inputs at these places.
func checkGradOf(t testing.TB, f func(in []*op.Node) *op.Node, wrt []int, in ...op.Tensor) {
	t.Helper()
	y, err := run(func(n []*op.Node) []*op.Node { return []*op.Node{f(n)} }, in...)
	if err != nil {
		t.Fatal(err)
	}
	weights := random(99, y[0].Shape...)
	grads, err := gradients(f, weights, wrt, in...)
	if err != nil {
		t.Fatal(err)
	}
	loss := func(n []*op.Node) []*op.Node { return []*op.Node{op.Apply(dot{}, f(n[1:]), n[0])} }
	all := append([]op.Tensor{weights}, in...)
	for k, i := range wrt {
		const most = 150 // elements of an input that are looked at
		x := in[i]
		step := (x.Len() + most - 1) / most
		elements := op.Of(op.F64, (x.Len()+step-1)/step)
		got, want := op.NewTensor(elements), op.NewTensor(elements)
		for j := 0; j < x.Len(); j += step {
			const h = 1e-5
			moved := op.From(slices.Clone(op.Data[float64](x)), x.Shape...)
			all[i+1] = moved
			var side [2]float64
			for s, by := range []float64{h, -h} {
				set(moved, j, at(x, j)+by)
				out, err := run(loss, all...)
				if err != nil {
					t.Fatal(err)
				}
				side[s] = at(out[0], 0)
			}
			set(got, j/step, at(grads[k], j))
			set(want, j/step, (side[0]-side[1])/(2*h))
		}
		all[i+1] = x
		// differences of a loss of about 1 are known to 1e-10 only: a gradient that is 0 throughout is compared with 1
		wantWithin(t, fmt.Sprintf("gradient of input %d", i), got, want, 1e-6, 1)
	}
}

// gradients returns those of sum(weights * f(in)) with respect to the inputs at some places.
func gradients(f func(in []*op.Node) *op.Node, weights op.Tensor, wrt []int, in ...op.Tensor) ([]op.Tensor, error) {
	var failed error
	out, err := run(func(n []*op.Node) (grads []*op.Node) {
		of := make([]*op.Node, len(wrt))
		for k, i := range wrt {
			of[k] = n[i+1]
		}
		grads, failed = op.Grad(op.Apply(dot{}, f(n[1:]), n[0]), of...)
		return grads
	}, append([]op.Tensor{weights}, in...)...)
	return out, errors.Join(failed, err)
}

// dot is the sum of a*b, with a gradient with respect to a: the loss of the checks.
type dot struct{}

func (dot) Kind() string { return "dot" }

func (dot) Infer(in []op.Type) (op.Type, error) {
	if !in[0].Equal(in[1]) {
		return op.Type{}, fmt.Errorf("inputs %v and %v", in[0], in[1])
	}
	return op.Of(in[0].DType), nil
}

func (dot) Reference(out op.Tensor, in []op.Tensor) error {
	sum := 0.0
	for i := range in[0].Len() {
		sum += at(in[0], i) * at(in[1], i)
	}
	set(out, 0, sum)
	return nil
}

func (dot) Diff(int) []bool { return []bool{true, false} }

func (dot) Grad(in []*op.Node, _, grad *op.Node) []*op.Node {
	return []*op.Node{op.Apply(times{}, in[1], grad), nil}
}

// times is a tensor times a scalar.
type times struct{}

func (times) Kind() string { return "times" }

func (times) Infer(in []op.Type) (op.Type, error) { return in[0], nil }

func (times) Reference(out op.Tensor, in []op.Tensor) error {
	for i := range out.Len() {
		set(out, i, at(in[0], i)*at(in[1], 0))
	}
	return nil
}

func TestCheckGrad(t *testing.T) { checkGrad(t, op.Add{}, random(1, 2, 3), random(2, 2, 3)) }
