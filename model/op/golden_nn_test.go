package op_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"vidcsl/model/op"
)

// layerCase is a result of PyTorch, as scripts/golden_model_nn.py describes it.
type layerCase struct {
	Op      string
	Attrs   json.RawMessage
	Inputs  []numbers
	Output  numbers
	Weights *numbers // nil if there are no gradients
	Grads   []*numbers
}

type numbers struct {
	Shape []int
	Data  []float64
}

// tensor returns the numbers in a float type.
func (n numbers) tensor(d op.DType) op.Tensor { return convert(op.From(n.Data, n.Shape...), d) }

// readLayers reads the cases of a file.
func readLayers(t testing.TB, name string) []layerCase {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Cases []layerCase }
	if err := json.NewDecoder(r).Decode(&file); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return file.Cases
}

// function is what stands in a graph for a case.
type function func(in []*op.Node) *op.Node

// spec reads the attributes of a case into a spec.
func spec[S op.Spec](t testing.TB, attrs json.RawMessage) function {
	var s S
	strict(t, attrs, &s)
	return func(in []*op.Node) *op.Node { return op.Apply(s, in...) }
}

func strict(t testing.TB, attrs json.RawMessage, v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(attrs))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%s: %v", attrs, err)
	}
}

// layers are the ops of nn.json.gz.
var layers = map[string]func(testing.TB, json.RawMessage) function{
	"Conv3D": spec[op.Conv3D], "Conv3DInput": spec[op.Conv3DInput], "Conv3DWeight": spec[op.Conv3DWeight],
	"MatMul": spec[op.MatMul], "AddBias": spec[op.AddBias], "ReLU": spec[op.ReLU], "GELU": spec[op.GELU],
	"BNInfer": spec[op.BNInfer], "LayerNorm": spec[op.LayerNorm],
	"MaxPool3D": spec[op.MaxPool3D], "AvgPool3D": spec[op.AvgPool3D], "GlobalAvgPool": spec[op.GlobalAvgPool],
	"BatchNorm":   batchNorm,
	"RunningMean": func(t testing.TB, attrs json.RawMessage) function { return running(t, attrs, 0) },
	"RunningVar":  func(t testing.TB, attrs json.RawMessage) function { return running(t, attrs, 2) },
}

// batchNorm is the one of training: statistics and their application to x, gamma and beta.
func batchNorm(t testing.TB, attrs json.RawMessage) function {
	var s op.BNStats
	strict(t, attrs, &s)
	return func(in []*op.Node) *op.Node {
		return op.Apply(op.BNApply{Groups: s.Groups}, in[0], op.Apply(s, in[0]), in[1], in[2])
	}
}

// running is what goes into a running statistic.
func running(t testing.TB, attrs json.RawMessage, row int) function {
	var s op.BNStats
	strict(t, attrs, &s)
	return func(in []*op.Node) *op.Node {
		x := op.TypeOf(in[0])
		m := op.BNMoments{Row: row, Unbias: row == 2, Count: x.Len() / x.Shape[1] / s.Groups}
		return op.Apply(m, op.Apply(s, in[0]))
	}
}

// TestGoldenLayers compares outputs and gradients with PyTorch's.
func TestGoldenLayers(t *testing.T) {
	seen := map[string]bool{}
	for i, g := range readLayers(t, "nn.json.gz") {
		seen[g.Op] = true
		t.Run(fmt.Sprintf("%02d %s", i, g.Op), func(t *testing.T) {
			build, ok := layers[g.Op]
			if !ok {
				t.Fatalf("%s is not known", g.Op)
			}
			t.Logf("%s", g.Attrs)
			g.check(t, build(t, g.Attrs), op.F32, 1e-5)
			g.check(t, build(t, g.Attrs), op.F64, 1e-9)
		})
	}
	for name := range layers {
		if !seen[name] {
			t.Errorf("%s has no golden case", name)
		}
	}
}

// check compares a function in a float type with the case.
func (g layerCase) check(t *testing.T, f function, d op.DType, tolerance float64) {
	t.Helper()
	in := make([]op.Tensor, len(g.Inputs))
	for i, x := range g.Inputs {
		in[i] = x.tensor(d)
	}
	out, err := run(func(n []*op.Node) []*op.Node { return []*op.Node{f(n)} }, in...)
	if err != nil {
		t.Fatal(err)
	}
	wantClose(t, "output", out[0], g.Output.tensor(d), tolerance)
	if g.Weights == nil {
		return
	}
	var wrt []int
	for i, grad := range g.Grads {
		if grad != nil {
			wrt = append(wrt, i)
		}
	}
	grads, err := gradients(f, g.Weights.tensor(d), wrt, in...)
	if err != nil {
		t.Fatal(err)
	}
	for k, i := range wrt {
		wantClose(t, fmt.Sprintf("gradient of input %d", i), grads[k], g.Grads[i].tensor(d), tolerance)
	}
}
