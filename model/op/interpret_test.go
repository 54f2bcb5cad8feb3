package op_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/op"
)

// TestScheduleOperands checks that operands keep their order and number, also when one value is used twice.
func TestScheduleOperands(t *testing.T) {
	g := op.NewGraph()
	a, b := op.Input(g, "a", op.Of(op.F32, 2, 2)), op.Input(g, "b", op.Of(op.F32, 2, 2))
	ba := op.Apply(op.MatMul{}, b, a)
	double := op.Apply(op.Add{}, ba, ba)
	unused := op.Apply(op.ReLU{}, double)
	list, at, err := op.Schedule([]*op.Node{double, a, ba, double})
	if err != nil {
		t.Fatal(err)
	}
	var order []*op.Node
	for _, i := range list {
		order = append(order, i.Node)
	}
	if want := []*op.Node{b, a, ba, double}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v without %v", order, want, unused)
	}
	if got := fmt.Sprint(list[2].In, list[3].In, at); got != "[0 1] [2 2] [3 1 2 3]" {
		t.Errorf("operands and places are %s", got)
	}
}

// TestGradientOfShared checks values used twice, whose gradients Gorgonia adds up itself.
func TestGradientOfShared(t *testing.T) {
	checkGradOf(t, func(in []*op.Node) *op.Node {
		y := op.Apply(op.GELU{}, in[0])
		y = op.Apply(op.Add{}, y, y)
		return op.Apply(op.Add{}, op.Apply(op.MatMul{}, y, y), op.Apply(op.Add{}, in[0], y))
	}, []int{0}, random(1, 3, 3))
}

func TestInterpretErrors(t *testing.T) {
	g := op.NewGraph()
	a, b := op.Input(g, "a", op.Of(op.F32, 2)), op.Input(g, "b", op.Of(op.F32, 2))
	sum, x := op.Apply(op.Add{}, a, b), op.From([]float32{1, 2}, 2)
	for want, feed := range map[string]map[*op.Node]op.Tensor{
		"op: input b f32[2] is not fed":          {a: x},
		"op: input b is fed f32[1], want f32[2]": {a: x, b: op.From([]float32{1}, 1)},
		"op: input b is fed f64[2], want f32[2]": {a: x, b: op.From([]float64{1, 2}, 2)},
	} {
		if _, err := op.Interpret([]*op.Node{sum}, feed); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	out, err := op.Interpret([]*op.Node{a, sum}, map[*op.Node]op.Tensor{a: x, b: x})
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "an input", out[0], x, 0)
	wantClose(t, "the sum", out[1], op.From([]float32{2, 4}, 2), 0)
}

// layerVariants are specs of which every two differ, in an attribute at least, on inputs of these types.
func layerVariants() map[op.Spec][]op.Type {
	f := func(shape ...int) op.Type { return op.Of(op.F64, shape...) }
	x, w, c, stats := f(4, 4, 4, 4, 4), f(4, 4, 1, 1, 1), f(4), f(2, 3, 4)
	list := map[op.Spec][]op.Type{
		op.AddBias{}: {x, c}, op.SumChannels{}: {x}, op.ReLU{}: {x}, op.ReLUGrad{}: {x, x}, op.GELU{}: {x}, op.GELUGrad{}: {x, x},
		op.MatMul{}: {f(4, 4), f(4, 4)}, op.MatMul{TransA: true}: {f(4, 4), f(4, 4)}, op.MatMul{TransB: true}: {f(4, 4), f(4, 4)},
		op.BNStats{Eps: 1e-5, Groups: 1}: {x}, op.BNStats{Eps: 1e-5, Groups: 2}: {x}, op.BNStats{Eps: 1.0000001e-5, Groups: 1}: {x},
		op.BNApply{Groups: 1}: {x, f(1, 3, 4), c, c}, op.BNApply{Groups: 2}: {x, stats, c, c},
		op.BNReduce{Groups: 2}: {x, stats, x}, op.BNInput{Groups: 2}: {x, stats, c, f(2, 2, 4), x},
		op.BNParam{}: {f(2, 2, 4)}, op.BNParam{Row: 1}: {f(2, 2, 4)},
		op.BNMoments{}: {stats}, op.BNMoments{Row: 2}: {stats}, op.BNMoments{Count: 8}: {stats},
		op.BNMoments{Unbias: true, Count: 8}: {stats}, op.BNMoments{Unbias: true, Count: 9}: {stats},
		op.BNInfer{Eps: 1e-5}: {x, c, c, c, c}, op.BNInferInput{Eps: 1e-5}: {x, c, c}, op.BNInferGamma{Eps: 1e-5}: {x, c, c, x},
		op.LayerNorm{Eps: 1e-5}: {x, c, c}, op.LayerNormInput{Eps: 1e-5}: {x, c, x},
		op.LayerNormParam{Eps: 1e-5}: {x, x}, op.LayerNormParam{Eps: 1e-5, Row: 1}: {x, x},
		op.GlobalAvgPool{}: {x}, op.GlobalAvgPoolGrad{Shape: [5]int{4, 4, 1, 2, 3}}: {f(4, 4)},
		op.GlobalAvgPoolGrad{Shape: [5]int{4, 4, 1, 3, 2}}: {f(4, 4)},
	}
	ones := [3]int{1, 1, 1}
	convs := []op.Conv3D{{ones, [3]int{}, ones, 1}}
	for i := range 3 {
		for _, change := range []func(c *op.Conv3D){
			func(c *op.Conv3D) { c.Stride[i] = 2 }, func(c *op.Conv3D) { c.Dilation[i] = 2 }, func(c *op.Conv3D) { c.Pad[i] = 1 },
		} {
			c := convs[0]
			change(&c)
			convs = append(convs, c)
		}
	}
	for _, c := range convs {
		out, _ := c.Infer([]op.Type{x, w})
		list[c] = []op.Type{x, w}
		list[op.Conv3DInput{Conv: c, Shape: [5]int(x.Shape)}] = []op.Type{w, out}
		list[op.Conv3DWeight{Conv: c, Shape: [5]int(w.Shape)}] = []op.Type{x, out}
	}
	list[op.Conv3D{Stride: ones, Dilation: ones, Groups: 2}] = []op.Type{x, f(4, 2, 1, 1, 1)}
	for _, k := range [][3]int{{2, 2, 2}, {2, 2, 3}, {2, 3, 2}, {3, 2, 2}} {
		for _, s := range [][3]int{{1, 1, 1}, {1, 1, 2}} {
			for _, p := range [][3]int{{}, {0, 1, 0}} {
				pool := op.MaxPool3D{Kernel: k, Stride: s, Pad: p}
				out, _ := pool.Infer([]op.Type{x})
				list[pool], list[op.MaxPool3DGrad{Pool: pool}] = []op.Type{x}, []op.Type{x, out}
				for _, count := range []bool{false, true} {
					avg := op.AvgPool3D{Kernel: k, Stride: s, Pad: p, CountPad: count}
					list[avg], list[op.AvgPool3DGrad{Pool: avg, Shape: [5]int(x.Shape)}] = []op.Type{x}, []op.Type{out}
				}
			}
		}
	}
	return list
}

// TestSpecsAreDistinct checks that Gorgonia, which takes nodes of one hash code for one node, sees every attribute.
func TestSpecsAreDistinct(t *testing.T) {
	g := op.NewGraph()
	inputs := map[string]*op.Node{}
	hashes, kinds := map[uint32]op.Spec{}, map[string]bool{}
	for s, types := range layerVariants() {
		in := make([]*op.Node, len(types))
		for i, x := range types {
			name := fmt.Sprint(i, x)
			if inputs[name] == nil {
				inputs[name] = op.Input(g, name, x)
			}
			in[i] = inputs[name]
		}
		n := op.Apply(s, in...)
		if other, ok := hashes[n.Hashcode()]; ok {
			t.Errorf("%#v and %#v have one hash code", s, other)
		}
		hashes[n.Hashcode()] = s
		if again := op.Apply(s, in...); again != n {
			t.Errorf("%#v applied twice makes two nodes", s)
		}
		if got := n.Op().(*op.Op).Spec; got != s {
			t.Errorf("%#v became %#v", s, got)
		}
		kinds[s.Kind()] = true
		if k := s.Kind(); k != strings.ToLower(k) || strings.Contains(k, " ") {
			t.Errorf("the kind %q is not in lower case", k)
		}
	}
	t.Logf("%d variants of %d kinds", len(hashes), len(kinds))
}
