package nn_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// zoo is testdata/zoo.json.gz, made by scripts/golden_model_zoo.py.
type zoo struct {
	Encoders []zooCase
	Heads    []struct {
		Head  string
		Shape []int
		golden
	}
}

type zooCase struct {
	Arch         string
	Width, Depth float64
	Stem         nn.Stem
	Shape        []int
	Mode         string
	golden
}

// golden is what PyTorch computes in float64 for an input, and how far its float32 is from that, forward and backward.
type golden struct {
	Long    bool // only in long tests: of full width
	Input   string
	Float32 [2]float64
	Want    wanted
}

type wanted struct {
	Loss               float64
	Output             []float64
	Input              digest
	Gradients, Buffers map[string]digest
}

// digest is the norm of a tensor, its product with the formula's numbers, and its first, middle and last element.
type digest [5]float64

func readZoo(t *testing.T) (z zoo) {
	t.Helper()
	f, err := os.Open("testdata/zoo.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(r).Decode(&z); err != nil {
		t.Fatal(err)
	}
	return z
}

// numbers are n numbers from -1 to 1, from a hash of the name and the place, as in scripts/model_zoo.py.
func numbers(name string, n int) []float64 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	v := make([]float64, n)
	for i := range v {
		x := uint32(i)*2654435761 + h
		x = (x ^ x>>16) * 0x7feb352d
		x = (x ^ x>>15) * 0x846ca68b
		x ^= x >> 16
		v[i] = float64(x>>8)/(1<<23) - 1
	}
	return v
}

// tensor rounds numbers to float32 and returns them in a tensor of type t.
func tensor(t op.Type, v []float64) op.Tensor {
	out := op.NewTensor(t)
	for i := range v {
		if t.DType == op.F32 {
			op.Data[float32](out)[i] = float32(v[i])
		} else {
			op.Data[float64](out)[i] = float64(float32(v[i]))
		}
	}
	return out
}

// formula is the value of a parameter in the tests.
func formula(name string, t op.Type) op.Tensor {
	v := numbers(name, t.Len())
	for i, x := range v {
		switch {
		case strings.HasSuffix(name, "running_mean"), strings.HasSuffix(name, "bias"):
			v[i] = 0.1 * x
		case strings.HasSuffix(name, "running_var"):
			v[i] = 1 + 0.5*x
		case t.Rank() == 1:
			v[i] = 1 + 0.25*x
		default:
			v[i] = x * math.Sqrt(6/float64(t.Len()/t.Shape[0]))
		}
	}
	return tensor(t, v)
}

func values(x op.Tensor) []float64 {
	if v, ok := x.Data.([]float64); ok {
		return v
	}
	v := make([]float64, x.Len())
	for i, f := range op.Data[float32](x) {
		v[i] = float64(f)
	}
	return v
}

func digestOf(name string, x op.Tensor) (d digest) {
	v := values(x)
	for i, w := range numbers("digest "+name, len(v)) {
		d[0] += v[i] * v[i]
		d[1] += v[i] * w
	}
	d[0] = math.Sqrt(d[0])
	d[2], d[3], d[4] = v[0], v[len(v)/2], v[len(v)-1]
	return d
}

// worst is the largest difference seen, and where.
type worst struct {
	by   float64
	what string
}

func (w *worst) see(by float64, what string) {
	if !(by <= w.by) {
		w.by, w.what = by, what
	}
}

// digest compares relative to the norm: as a whole, and elements relative to their root mean square or, if larger, themselves.
func (w *worst) digest(what string, got, want digest, n int, floor float64) {
	norm := max(want[0], floor)
	w.see(math.Abs(got[0]-want[0])/norm, "norm of "+what)
	w.see(math.Abs(got[1]-want[1])/norm, "product of "+what)
	for i := 2; i < len(got); i++ {
		scale := max(norm/math.Sqrt(float64(n)), math.Abs(want[i]))
		w.see(math.Abs(got[i]-want[i])/scale, fmt.Sprintf("element %d of %s", i-2, what))
	}
}

// Outputs, gradients and running statistics are PyTorch's: in F64 to 1e-7, in F32 to 1e-4 or, where signs at a ReLU hang on
// rounding, to four times the difference between PyTorch's own float32 and float64. At full width there always are such signs,
// among millions, and gradients in F32 are asked to be alike only: PyTorch's differ by up to 0.03, too.
func TestEncodersAsPyTorch(t *testing.T) {
	for _, c := range readZoo(t).Encoders {
		for _, d := range []op.DType{op.F64, op.F32} {
			name := fmt.Sprintf("%s-%v%s-%s-%v", c.Arch, c.Width, c.Stem, c.Mode, d)
			t.Run(name, func(t *testing.T) {
				if c.Long && os.Getenv("VIDCSL_LONG") == "" {
					t.Skip("set VIDCSL_LONG=1 to run encoders of full width, in F32")
				}
				cfg := nn.Config{Arch: c.Arch, Width: c.Width, Depth: c.Depth, Stem: c.Stem, Classes: 10}
				checkModel(t, d, c.Shape, c.Mode == "train", c.golden, func(p *nn.Params, x *op.Node) *op.Node {
					enc, err := nn.New(p, x, cfg)
					if err != nil {
						t.Fatal(err)
					}
					return enc.Logits
				})
			})
		}
	}
}

func TestHeadsAsPyTorch(t *testing.T) {
	heads := map[string][]nn.Layer{"simclr": nn.SimCLR(16, 8), "moco": nn.MoCo(16, 8), "byol": nn.BYOL(32, 8)}
	for _, c := range readZoo(t).Heads {
		for _, d := range []op.DType{op.F64, op.F32} {
			t.Run(fmt.Sprint(c.Head, d), func(t *testing.T) {
				checkModel(t, d, c.Shape, true, c.golden, func(p *nn.Params, x *op.Node) *op.Node { return nn.MLP(p, x, heads[c.Head]) })
			})
		}
	}
}

func checkModel(t *testing.T, d op.DType, shape []int, train bool, gold golden, build func(p *nn.Params, x *op.Node) *op.Node) {
	t.Helper()
	want := gold.Want
	g := op.NewGraph()
	p := nn.NewParams(g, d, 1)
	if train {
		p = p.Training(1)
	}
	x := op.Input(g, "x", op.Of(d, shape...))
	y := build(p, x)
	weights := op.Input(g, "w", op.TypeOf(y))
	loss := op.Apply(op.Sum{}, op.Apply(op.Mul{}, y, weights))
	wrt := []*op.Node{x}
	for _, n := range p.Trained() {
		wrt = append(wrt, n.In)
	}
	grads, err := op.Grad(loss, wrt...)
	if err != nil {
		t.Fatal(err)
	}
	feed := map[*op.Node]op.Tensor{
		x:       tensor(op.TypeOf(x), numbers(gold.Input, op.TypeOf(x).Len())),
		weights: tensor(op.TypeOf(weights), numbers("loss", op.TypeOf(weights).Len())),
	}
	outputs := append([]*op.Node{loss, y}, grads...)
	var buffers []*nn.Param
	for _, n := range p.List() {
		feed[n.In] = formula(n.Name, op.TypeOf(n.In))
		if n.Buffer && n.Out != nil {
			buffers = append(buffers, n)
			outputs = append(outputs, n.Out)
		}
	}
	if len(buffers) != len(want.Buffers) || len(p.Trained()) != len(want.Gradients) {
		t.Fatalf("%d buffers move and %d parameters train, want %d and %d",
			len(buffers), len(p.Trained()), len(want.Buffers), len(want.Gradients))
	}
	got, err := op.Interpret(outputs, feed)
	if err != nil {
		t.Fatal(err)
	}
	var forward, backward worst
	largest := 0.0
	for _, v := range want.Output {
		largest = max(largest, math.Abs(v))
	}
	forward.see(math.Abs(values(got[0])[0]-want.Loss)/max(largest, math.Abs(want.Loss)), "loss")
	for i, v := range values(got[1]) {
		forward.see(math.Abs(v-want.Output[i])/largest, fmt.Sprint("output ", i))
	}
	// gradients that are 0 but for rounding, such as of a bias before a normalization, are compared with what others are like
	floor := 1e-3 * want.Input[0]
	backward.digest("input", digestOf("input", got[2]), want.Input, op.TypeOf(x).Len(), 0)
	for i, n := range p.Trained() {
		w, ok := want.Gradients[n.Name]
		if !ok {
			t.Fatalf("PyTorch has no parameter %s", n.Name)
		}
		backward.digest(n.Name, digestOf(n.Name, got[3+i]), w, op.TypeOf(n.In).Len(), floor)
	}
	for i, n := range buffers {
		forward.digest(n.Name, digestOf(n.Name, got[3+len(p.Trained())+i]), want.Buffers[n.Name], op.TypeOf(n.In).Len(), 0)
	}
	t.Logf("worst forward %.1e (%s), backward %.1e (%s)", forward.by, forward.what, backward.by, backward.what)
	ahead, back := 1e-7, 1e-7
	if d == op.F32 { // or as close as PyTorch itself
		ahead, back = max(1e-4, 4*gold.Float32[0]), max(1e-4, 4*gold.Float32[1])
		if gold.Long {
			back = 0.25
		}
	}
	if !(forward.by <= ahead && backward.by <= back) {
		t.Errorf("off by %.2g at the %s, %.2g at the %s; want at most %.2g and %.2g", forward.by, forward.what, backward.by, backward.what,
			ahead, back)
	}
}
