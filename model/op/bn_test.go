package op_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"vidcsl/model/op"
)

func TestBatchNormGradients(t *testing.T) {
	for _, groups := range []int{1, 2, 3} {
		for _, shape := range [][]int{{6, 3, 2, 2, 3}, {12, 3}} {
			t.Run(fmt.Sprintf("%d groups of %v", groups, shape), func(t *testing.T) {
				f := batchNorm(t, json.RawMessage(fmt.Sprintf(`{"Eps":1e-5,"Groups":%d}`, groups)))
				checkGradOf(t, f, []int{0, 1, 2}, random(1, shape...), random(2, 3), random(3, 3))
			})
		}
	}
}

// TestBatchNormTwice differentiates two layers in a row, so that statistics depend on what was normalised before.
func TestBatchNormTwice(t *testing.T) {
	once := batchNorm(t, json.RawMessage(`{"Eps":1e-3,"Groups":2}`))
	twice := func(in []*op.Node) *op.Node {
		y := op.Apply(op.Conv3D{Stride: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}, once(in[:3]), in[3])
		return once([]*op.Node{y, in[1], in[2]})
	}
	checkGradOf(t, twice, []int{0, 1, 2, 3}, random(1, 4, 2, 2, 2, 2), random(2, 2), random(3, 2), random(4, 2, 2, 1, 1, 1))
}

// TestVirtualBatches checks that a group does not see the others.
func TestVirtualBatches(t *testing.T) {
	x := random(1, 4, 3, 2, 2, 2)
	stats := compute(t, op.BNStats{Eps: 1e-5, Groups: 2}, x)
	for g := range 2 {
		half := op.From(op.Data[float64](x)[g*48:(g+1)*48], 2, 3, 2, 2, 2)
		want := compute(t, op.BNStats{Eps: 1e-5, Groups: 1}, half)
		wantClose(t, fmt.Sprintf("group %d", g), op.From(op.Data[float64](stats)[g*9:(g+1)*9], 1, 3, 3), want, 0)
	}
}

func TestBNInferGradients(t *testing.T) {
	variance := random(3, 3)
	for i := range op.Data[float64](variance) {
		set(variance, i, 0.5+at(variance, i)*at(variance, i))
	}
	checkGrad(t, op.BNInfer{Eps: 1e-3}, random(1, 2, 3, 2, 2, 2), random(2, 3), variance, random(4, 3), random(5, 3))
	checkGrad(t, op.BNInfer{Eps: 1e-3}, random(1, 4, 3), random(2, 3), variance, random(4, 3), random(5, 3))
}

func TestBatchNormErrors(t *testing.T) {
	f := func(shape ...int) op.Type { return op.Of(op.F32, shape...) }
	wantError(t, op.BNStats{Eps: 1e-5, Groups: 2}, "op: bn_stats(in0 f32[3 4 1 2 2]): "+
		"input 0 is f32[3 4 1 2 2], want a batch of 2 equal groups",
		f(3, 4, 1, 2, 2))
	wantError(t, op.BNStats{Eps: 1e-5, Groups: 2}, "op: bn_stats(in0 f32[2 4]): input 0 is f32[2 4], "+
		"want at least 2 values of a channel in each of 2 groups", f(2, 4))
	wantError(t, op.BNStats{Groups: 1}, "op: bn_stats(in0 f32[2 4]): eps is 0, want more than 0", f(2, 4))
	wantError(t, op.BNStats{Eps: 1}, "op: bn_stats(in0 f32[2 4]): 0 groups, want at least 1", f(2, 4))
	wantError(t, op.BNApply{Groups: 1}, "op: bn_apply(in0 f32[2 4], in1 f32[2 3 4], in2 f32[4], in3 f32[4]): "+
		"input 1 is f32[2 3 4], want f32[1 3 4]", f(2, 4), f(2, 3, 4), f(4), f(4))
	wantError(t, op.BNApply{Groups: 1}, "op: bn_apply(in0 f32[2 4], in1 f32[1 3 4], in2 f32[4], in3 f32[5]): "+
		"input 3 is f32[5], want f32[4]", f(2, 4), f(1, 3, 4), f(4), f(5))
	wantError(t, op.BNMoments{Row: 3}, "op: bn_moments(in0 f32[1 3 4]): row 3 of f32[1 3 4], want one of 3", f(1, 3, 4))
	wantError(t, op.BNMoments{Row: 2, Unbias: true}, "op: bn_moments(in0 f32[1 3 4]): count is 0, want at least 2", f(1, 3, 4))
	wantError(t, op.BNInfer{Eps: 1}, "op: bn_infer(in0 f32[2 4], in1 f32[4], in2 f32[3], in3 f32[4], in4 f32[4]): "+
		"input 2 is f32[3], want f32[4]", f(2, 4), f(4), f(3), f(4), f(4))
}
