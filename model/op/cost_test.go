package op_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vidcsl/model/op"
)

// grouped is a convolution with strides, padding, dilation and groups.
var grouped = op.Conv3D{Stride: [3]int{1, 2, 2}, Pad: [3]int{1, 1, 0}, Dilation: [3]int{1, 1, 2}, Groups: 2}

// costs are operations with products, and the number of these as formulas of sizes that are all different have it.
var costs = []struct {
	spec op.Spec
	in   []op.Type
	want int64
}{
	// x [2 6 5 9 11], w [8 3 3 3 2]: y [2 8 5 5 5]
	{grouped, floats([]int{2, 6, 5, 9, 11}, []int{8, 3, 3, 3, 2}), 2 * 8 * 5 * 5 * 5 * (3 * 3 * 3 * 2)},
	{op.Conv3DInput{Conv: grouped, Shape: [5]int{2, 6, 5, 9, 11}}, floats([]int{8, 3, 3, 3, 2}, []int{2, 8, 5, 5, 5}), 2 * 8 * 5 * 5 * 5 * (3 * 3 * 3 * 2)},
	{op.Conv3DWeight{Conv: grouped, Shape: [5]int{8, 3, 3, 3, 2}}, floats([]int{2, 6, 5, 9, 11}, []int{2, 8, 5, 5, 5}), 2 * 8 * 5 * 5 * 5 * (3 * 3 * 3 * 2)},
	{op.MatMul{}, floats([]int{3, 5}, []int{5, 7}), 3 * 5 * 7},
	{op.MatMul{TransA: true}, floats([]int{5, 3}, []int{5, 7}), 3 * 5 * 7},
	{op.MatMul{TransB: true}, floats([]int{3, 5}, []int{7, 5}), 3 * 5 * 7},
	{op.MatMul{TransA: true, TransB: true}, floats([]int{5, 3}, []int{7, 5}), 3 * 5 * 7},
	{op.Gram{}, floats([]int{5, 3}, []int{5, 7}), 3 * 5 * 7},
	{op.Nearest{K: 2}, floats([]int{3, 5}, []int{7, 5}), 3 * 5 * 7},
	{op.Similarity{}, append(floats([]int{3, 5}, []int{7, 5}), op.Of(op.I32, 3, 4)), 3 * 4 * 5},
	{op.SharedScore{}, append([]op.Type{op.Of(op.I32, 3, 2)}, append(floats([]int{3, 5}), op.Of(op.I32, 3, 4))...), 3 * 4 * 5},
	{op.SharedNeighbors{Partners: 4}, append([]op.Type{op.Of(op.I32, 3, 2)}, floats([]int{3, 5})...), 3 * 5 * 2 * 2},
}

func floats(shapes ...[]int) (list []op.Type) {
	for _, s := range shapes {
		list = append(list, op.Of(op.F32, s...))
	}
	return list
}

func TestMultiplyAdds(t *testing.T) {
	for _, c := range costs {
		out, err := c.spec.Infer(c.in)
		if err != nil {
			t.Fatalf("%s: %v", c.spec.Kind(), err)
		}
		if got := op.MultiplyAdds(c.spec, c.in, out); got != c.want {
			t.Errorf("%s: %d multiply-adds, want %d", c.spec.Kind(), got, c.want)
		}
	}
}

// free are the kinds of operations that are no products: a few operations for each element.
const free = `adam_moment1 adam_moment2 adamw_apply add add_bias advance and and_not arg_max at_least avg_pool3d avg_pool3d_grad bernoulli
bn_apply bn_infer bn_infer_gamma bn_infer_input bn_input bn_moments bn_param bn_reduce bn_stats clip_scale concat const count cross_entropy
cross_entropy_grad div dlr dlr_grad dlr_targeted dlr_targeted_grad ema equal exp expand fill gather gather_sum gelu gelu_grad
global_avg_pool global_avg_pool_grad global_norm greater_equal high_pass l2_normalize l2_normalize_grad lars_momentum layer_norm layer_norm_input layer_norm_param log
log_softmax log_softmax_grad log_sum_exp log_sum_exp_grad lookup mask masked_log_sum_exp masked_log_sum_exp_grad masked_max match max_pool3d
max_pool3d_grad mul mul_scalar normalize one_hot outer perturb relu relu_grad reshape ring_write round_bf16 row_write scale scatter_add sgd_apply
sgd_momentum shift sigmoid slice slice_grad softmax softmax_grad softplus sort_by_key sqrt square sub sum sum_axis sum_channels to_float
top_k top_mask transpose uniform winner`

// Every kind of operation says what it costs: it is among costs, where [op.MultiplyAdds] is tested, or among those that are free.
func TestEveryKindHasACost(t *testing.T) {
	costly := map[string]bool{}
	for _, c := range costs {
		costly[c.spec.Kind()] = true
	}
	known := strings.Fields(free)
	for _, kind := range kinds(t) {
		if costly[kind] == slices.Contains(known, kind) {
			t.Errorf("%s: say in this test whether it has products; then op.MultiplyAdds has to count them", kind)
		}
	}
}

// kinds returns what the methods Kind of the package return.
func kinds(t *testing.T) (list []string) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			m, ok := d.(*ast.FuncDecl)
			if !ok || m.Recv == nil || m.Name.Name != "Kind" {
				continue
			}
			kind, err := strconv.Unquote(m.Body.List[0].(*ast.ReturnStmt).Results[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, kind)
		}
	}
	if len(list) < 80 {
		t.Fatalf("only %d kinds are found: %v", len(list), list)
	}
	return list
}

// What only shapes its operand anew moves nothing; everything else reads its operands and writes its result.
func TestTraffic(t *testing.T) {
	x, y := op.Of(op.F32, 3, 5), op.Of(op.F32, 5, 7)
	if got := op.Traffic(op.MatMul{}, []op.Type{x, y}, op.Of(op.F32, 3, 7)); got != 15+35+21 {
		t.Errorf("a product moves %d elements, want 71", got)
	}
	if got := op.Traffic(op.Reshape{}, []op.Type{x}, op.Of(op.F32, 15)); got != 0 {
		t.Errorf("another shape moves %d elements", got)
	}
}
