package attack_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/robust/attack"
)

// encoder is a small encoder with a normalization of pixels that is seen.
func encoder(classes int) attack.EncoderConfig {
	return attack.EncoderConfig{
		Net:  nn.Config{Arch: "tiny3d", Width: 0.125, Classes: classes},
		View: [4]int{2, 8, 8, 3}, Mean: [3]float64{0.4, 0.5, 0.6}, Std: [3]float64{0.2, 0.25, 0.3},
		DType: op.F64,
	}
}

// outputs returns what a network gives for its samples.
func outputs(t *testing.T, net attack.Net, n int) (list []*attack.Sample, z [][]float32) {
	t.Helper()
	m := open(t, exact, net, 4)
	list = noise(t, m, n)
	z = make([][]float32, n)
	run(t, m, asks(func(ctx context.Context, s *attack.Sample, net attack.Network) error {
		y, err := net.Logits(ctx, s.X)
		var i int
		fmt.Sscanf(s.Key, "clip %d", &i)
		z[i] = append([]float32(nil), y...)
		return err
	}), list, attack.Options{})
	return list, z
}

// direct computes an encoder in a graph of the test's own, of pixels that it normalizes itself.
func direct(t *testing.T, c attack.EncoderConfig, s *attack.Sample) []float64 {
	t.Helper()
	g := op.NewGraph()
	p := nn.NewParams(g, op.F64, 0)
	shape := []int{1, 3, c.View[0], c.View[1], c.View[2]}
	x := op.Input(g, "x", op.Of(op.F64, shape...))
	// the draws of parameters go by their names, which have a prefix in the network under attack
	enc, err := nn.New(p.Sub("encoder"), x, c.Net)
	if err != nil {
		t.Fatal(err)
	}
	feed := map[*op.Node]op.Tensor{}
	for _, n := range p.List() {
		feed[n.In] = n.First()
	}
	pixels := make([]float64, len(s.X))
	for i, v := range s.X {
		channel := i / (len(s.X) / 3)
		pixels[i] = (float64(v) - c.Mean[channel]) / c.Std[channel]
	}
	feed[x] = op.From(pixels, shape...)
	out := enc.Features
	if enc.Logits != nil {
		out = enc.Logits
	}
	y, err := op.Interpret([]*op.Node{out}, feed)
	if err != nil {
		t.Fatal(err)
	}
	return op.Data[float64](y[0])
}

func wantVector(t *testing.T, what string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if math.Abs(float64(got[i])-want[i]) > 1e-5*(1+math.Abs(want[i])) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

func TestEncoder(t *testing.T) {
	for _, classes := range []int{0, 4} {
		c := encoder(classes)
		list, z := outputs(t, attack.Encoder(c), 2)
		for i, s := range list {
			wantVector(t, s.Key, z[i], direct(t, c, s))
		}
	}
}

func TestLinear(t *testing.T) {
	c := encoder(0)
	h := attack.Head{Bias: []float64{1, -1, 0.5}, Weight: op.NewTensor(op.Of(op.F32, 3, 16))}
	for i := range 16 {
		h.Mean, h.Std = append(h.Mean, 0.01*float64(i)), append(h.Std, 0.5+0.1*float64(i))
	}
	for i := range op.Data[float32](h.Weight) {
		op.Data[float32](h.Weight)[i] = float32(i%7) - 3
	}
	net, err := attack.Linear(c, h)
	if err != nil {
		t.Fatal(err)
	}
	list, z := outputs(t, net, 2)
	for i, s := range list {
		f, want := direct(t, c, s), append([]float64(nil), h.Bias...)
		for k := range want {
			for j, v := range f {
				want[k] += float64(op.Data[float32](h.Weight)[k*16+j]) * (v - h.Mean[j]) / h.Std[j]
			}
		}
		wantVector(t, s.Key, z[i], want)
	}
	h.Std = nil
	if _, err := attack.Linear(c, h); err == nil || err.Error() != "attack: the head has 16 means and 0 deviations, want 16 of each" {
		t.Error(err)
	}
}

func TestSoftKNN(t *testing.T) {
	c := encoder(0)
	g := attack.Gallery{X: op.NewTensor(op.Of(op.F32, 5, 16)), Labels: []int32{0, 2, 1, 2, 0}, Classes: 3, Temperature: 0.07}
	x := op.Data[float32](g.X)
	for i := range x {
		x[i] = float32(i*i%11) - 4
	}
	for _, g.Center = range []bool{false, true} {
		mean := make([]float64, 16)
		for i, v := range x {
			if g.Center {
				mean[i%16] += float64(v) / 5
			}
		}
		net, err := attack.SoftKNN(c, g)
		if err != nil {
			t.Fatal(err)
		}
		list, z := outputs(t, net, 2)
		for i, s := range list {
			f, want := direct(t, c, s), make([]float64, 3)
			for k, label := range g.Labels {
				dot, ff, gg := 0.0, 0.0, 0.0
				for j, v := range f {
					v, w := v-mean[j], float64(x[k*16+j])-mean[j]
					dot, ff, gg = dot+v*w, ff+v*v, gg+w*w
				}
				want[label] += math.Exp(dot / math.Sqrt(ff*gg) / 0.07)
			}
			for k := range want {
				want[k] = math.Log(want[k])
			}
			wantVector(t, s.Key, z[i], want)
		}
	}
	g.Classes = 4
	if _, err := attack.SoftKNN(c, g); err == nil || err.Error() != "attack: class 3 has no sample in the gallery" {
		t.Error(err)
	}
	g.Temperature = 0.01
	if _, err := attack.SoftKNN(c, g); err == nil || err.Error() != "attack: the temperature of the gallery is 0.01, want at least 0.0125" {
		t.Error(err)
	}
}

// Weights come from a file, or by name, with the names of an encoder on its own.
func TestWeights(t *testing.T) {
	c := encoder(4)
	g := op.NewGraph()
	p := nn.NewParams(g, op.F64, 7)
	if _, err := nn.New(p, op.Input(g, "x", op.Of(op.F64, 1, 3, 2, 8, 8)), c.Net); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := p.Save(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	_, drawn := outputs(t, attack.Encoder(c), 1)
	c.Weights = attack.File(path)
	_, file := outputs(t, attack.Encoder(c), 1)
	c.Weights = attack.Values(func(name string) (op.Tensor, error) {
		n, ok := p.Lookup(name)
		if !ok {
			return op.Tensor{}, fmt.Errorf("no %s", name)
		}
		return n.First(), nil
	})
	_, named := outputs(t, attack.Encoder(c), 1)
	if fmt.Sprint(file) != fmt.Sprint(named) || fmt.Sprint(file) == fmt.Sprint(drawn) {
		t.Errorf("of a file %v, by name %v, of no weights %v", file, named, drawn)
	}
	c.Weights = attack.File("nowhere")
	if _, err := attack.Open(exact, attack.Encoder(c), 1); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("error %v, want one about the file", err)
	}
}

func TestOpenErrors(t *testing.T) {
	good := toy(5)
	for want, change := range map[string]func(n *attack.Net){
		"attack: clips are [3 0 6 6], want 3, T, H, W":                   func(n *attack.Net) { n.Shape[1] = 0 },
		"attack: the network gives f32[1 5] for one clip, want f32[1 4]": func(n *attack.Net) { n.Classes = 4 },
		"attack: the network computes in i32, want f32 or f64":           func(n *attack.Net) { n.DType = op.I32 },
		"attack: no network today": func(n *attack.Net) {
			n.Build = func(*nn.Params, *op.Node) (*op.Node, error) { return nil, fmt.Errorf("no network today") }
		},
	} {
		net := good
		change(&net)
		if _, err := attack.Open(exact, net, 2); err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := attack.Open(exact, good, 0); err == nil || err.Error() != "attack: a batch of 0, want at least 1" {
		t.Error(err)
	}
}
