package nn_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// The numbers of parameters are those that torchvision and PyTorchVideo publish for these numbers of classes; for c3d and tiny3d, ours.
func TestNumberOfParameters(t *testing.T) {
	for _, c := range []struct {
		arch    string
		classes int
		want    int
		dim     int
		shape   []int
	}{
		{"r3d_18", 400, 33371472, 512, []int{1, 3, 16, 112, 112}},
		{"r2plus1d_18", 400, 31505325, 512, []int{1, 3, 16, 112, 112}},
		{"s3d", 400, 8320048, 1024, []int{1, 3, 64, 224, 224}},
		{"slow_r50", 400, 32454096, 2048, []int{1, 3, 8, 224, 224}},
		{"resnet18", 1000, 11689512, 512, []int{1, 3, 1, 224, 224}},
		{"resnet50", 1000, 25557032, 2048, []int{1, 3, 1, 224, 224}},
		{"c3d", 400, 27863888, 512, []int{1, 3, 16, 112, 112}},
		{"tiny3d", 10, 293370, 128, []int{1, 3, 8, 32, 32}},
	} {
		p, enc, _ := encoder(t, 1, op.F32, nn.Config{Arch: c.arch, Classes: c.classes}, c.shape...)
		n := 0
		for _, w := range p.Trained() {
			n += op.TypeOf(w.In).Len()
		}
		logits, features := op.TypeOf(enc.Logits), op.TypeOf(enc.Features)
		if n != c.want || enc.Dim != c.dim || !features.Equal(op.Of(op.F32, 1, c.dim)) || !logits.Equal(op.Of(op.F32, 1, c.classes)) {
			t.Errorf("%s: %d parameters, features %v, logits %v; want %d of dimension %d", c.arch, n, features, logits, c.want, c.dim)
		}
		if m := op.TypeOf(enc.Map); m.Rank() != 5 || m.Shape[1] != c.dim {
			t.Errorf("%s: the map is %v", c.arch, m)
		}
	}
	if len(nn.Archs()) != 8 {
		t.Errorf("%v: not all have their numbers here", nn.Archs())
	}
}

func TestEveryArchHasAToySize(t *testing.T) {
	for _, arch := range nn.Archs() {
		for _, size := range []int{16, 32} {
			c := nn.Config{Arch: arch, Width: 0.0625, Depth: 0.25, Stem: nn.SmallStem}
			p, enc, _ := encoder(t, 1, op.F32, c, 2, 3, 8, size, size)
			n := 0
			for _, w := range p.Trained() {
				n += op.TypeOf(w.In).Len()
			}
			t.Logf("%s at %d pixels: %d parameters, map %v", arch, size, n, op.TypeOf(enc.Map))
			if n > 300_000 {
				t.Errorf("%s: %d parameters are no toy", arch, n)
			}
		}
	}
}

func TestNewRefuses(t *testing.T) {
	g := op.NewGraph()
	x := op.Input(g, "x", op.Of(op.F32, 1, 3, 4, 16, 16))
	for want, c := range map[string]nn.Config{
		`nn: no architecture "r3d", want one of c3d, r2plus1d_18, r3d_18, resnet18, resnet50, s3d, slow_r50, tiny3d`: {Arch: "r3d"},
		`nn: width -1 and depth 1, want multipliers above 0 and up to 64`:                                            {Arch: "c3d", Width: -1},
		`nn: width 1 and depth NaN, want`:                   {Arch: "c3d", Depth: math.NaN()},
		`nn: stem "tiny", want "small" or none`:             {Arch: "c3d", Stem: "tiny"},
		`nn: -1 classes`:                                    {Arch: "c3d", Classes: -1},
		`nn: momentum 2 of running statistics, want 0 to 1`: {Arch: "c3d", BNMomentum: 2},
		`nn: c3d: op: max_pool3d(`:                          {Arch: "c3d"}, // 4 frames are halved three times
	} {
		_, err := nn.New(nn.NewParams(g, op.F32, 1), x, c)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := nn.New(nn.NewParams(g, op.F64, 1), x, nn.Config{Arch: "c3d"}); err == nil {
		t.Error("an input of another type than the parameters was taken")
	}
	one := op.Input(g, "one", op.Of(op.F32, 1, 3, 1, 16, 16))
	_, err := nn.New(nn.NewParams(g, op.F32, 1).Training(1), one, nn.Config{Arch: "resnet18", Width: 0.1})
	if err == nil || !strings.Contains(err.Error(), "1 value per channel in each of 1 groups") {
		t.Errorf("got %v", err)
	}
}

// First values depend on the seed and the name alone, and have the distributions of torchvision.
func TestFirstValues(t *testing.T) {
	p, _, _ := encoder(t, 7, op.F32, nn.Config{Arch: "r3d_18", Classes: 10}, 1, 3, 8, 32, 32)
	want := map[string]float64{ // root mean squares
		"stem.0.weight": math.Sqrt(2. / (64 * 147)), "layer4.1.conv2.0.weight": math.Sqrt(2. / (512 * 27)),
		"fc.weight": 0.01, "fc.bias": 0, "stem.1.weight": 1, "stem.1.bias": 0, "stem.1.running_var": 1, "stem.1.running_mean": 0,
	}
	for name, rms := range want {
		n, ok := p.Lookup(name)
		if !ok {
			t.Fatalf("no %s", name)
		}
		sum, v := 0.0, values(n.First())
		for _, x := range v {
			sum += x * x
		}
		if got := math.Sqrt(sum / float64(len(v))); math.Abs(got-rms) > 0.03*rms {
			t.Errorf("%s: root mean square %v, want %v", name, got, rms)
		}
	}
	// the same in a smaller collection, other with another seed or name
	g := op.NewGraph()
	first := func(seed uint64, name string) []float64 {
		q := nn.NewParams(g, op.F32, seed).Sub("encoder")
		q.Weight(name, nn.Normal(0.01), 10, 512)
		n, _ := q.Lookup(name)
		return values(n.First())
	}
	fc, _ := p.Lookup("fc.weight")
	if !slices.Equal(first(7, "fc.weight"), values(fc.First())) {
		t.Error("first values depend on the other parameters")
	}
	if slices.Equal(first(7, "fc.weight"), first(8, "fc.weight")) || slices.Equal(first(7, "fc.weight"), first(7, "fd.weight")) {
		t.Error("first values do not depend on the seed and the name")
	}
	// the derivation is pinned: a change here changes every run made from a seed
	if got, want := fmt.Sprint(first(7, "fc.weight")[:3]), pinned; got != want {
		t.Errorf("first values %s, want %s", got, want)
	}
	if v := first(7, "x"); slices.Max(v) > 0.06 {
		t.Errorf("a normal value of %v at a deviation of 0.01", slices.Max(v))
	}
}

const pinned = "[-0.027191026136279106 0.0007925393874756992 -0.018584823235869408]"

// One encoder over two inputs: the parameters are shared, and the running statistics move twice.
func TestSharedParameters(t *testing.T) {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F64, 1).Training(1)
	a, b := op.Input(g, "a", op.Of(op.F64, 4, 2)), op.Input(g, "b", op.Of(op.F64, 4, 2))
	head := []nn.Layer{{Out: 3, Norm: true}}
	nn.MLP(p, a, head)
	once := len(p.List())
	nn.MLP(p, b, head)
	if len(p.List()) != once || once != 5 {
		t.Errorf("%d parameters, then %d, want 5", once, len(p.List()))
	}
	w, _ := p.Lookup("0.weight")
	mean, _ := p.Lookup("1.running_mean")
	feed := map[*op.Node]op.Tensor{a: op.From(numbers("a", 8), 4, 2), b: op.From(numbers("b", 8), 4, 2),
		w.In: op.From([]float64{1, 0, 0, 1, 1, 1}, 3, 2), mean.In: op.From([]float64{10, 20, 30}, 3)}
	got, err := op.Interpret([]*op.Node{mean.Out}, feed)
	if err != nil {
		t.Fatal(err)
	}
	of := func(x []float64, k int) float64 { return (x[k] + x[k+2] + x[k+4] + x[k+6]) / 4 }
	want := 0.9*(0.9*10+0.1*of(numbers("a", 8), 0)) + 0.1*of(numbers("b", 8), 0)
	if v := values(got[0])[0]; math.Abs(v-want) > 1e-12 {
		t.Errorf("running mean %v, want %v", v, want)
	}
	// inference moves nothing, and finds the same parameters
	nn.MLP(p.Inference(), a, head)
	if len(p.List()) != once {
		t.Error("inference made parameters of its own")
	}
	if err := op.Build(func() { nn.MLP(p, a, []nn.Layer{{Out: 5}}) }); err == nil ||
		err.Error() != "op: parameter(0.weight): it is f64[3 2], want f64[5 2]" {
		t.Errorf("got %v", err)
	}
}

func TestSlotsAndCopies(t *testing.T) {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, 1)
	x := op.Input(g, "x", op.Of(op.F32, 4, 6))
	query, key := p.Sub("query"), p.Sub("key")
	nn.MLP(query.Training(2), x, nn.BYOL(8, 4))
	nn.MLP(key, x, nn.BYOL(8, 4))
	if err := key.CopyFrom(query); err != nil {
		t.Fatal(err)
	}
	slots := p.Slots()
	if len(slots) != 16 {
		t.Fatalf("%d slots, want 16", len(slots))
	}
	for i, s := range slots[:8] {
		k := slots[8+i]
		if "query."+strings.TrimPrefix(k.Name, "key.") != s.Name || !slices.Equal(values(k.First), values(s.First)) {
			t.Errorf("%s is not the copy of %s", k.Name, s.Name)
		}
		if moves := strings.Contains(s.Name, "running"); (s.Out != nil) != moves || k.Out != nil {
			t.Errorf("%s and %s move: %v, %v", s.Name, k.Name, s.Out != nil, k.Out != nil)
		}
	}
	if err := key.CopyFrom(p); err == nil {
		t.Error("copied from something else")
	}
	n := key.List()[0]
	if err := n.SetFirst(op.From([]float32{1}, 1)); err == nil {
		t.Error("a value of another shape was set")
	}
	var e *op.Error
	if err := op.Build(func() { p.Training(0) }); !errors.As(err, &e) {
		t.Errorf("got %v", err)
	}
}
