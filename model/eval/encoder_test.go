package eval_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

var small = eval.EncoderConfig{
	Net:  nn.Config{Arch: "r3d_18", Width: 0.0625, Depth: 0.5, Stem: nn.SmallStem, Classes: 3},
	View: [4]int{2, 8, 8, 3}, Mean: [3]float64{0.4, 0.5, 0.6}, Std: [3]float64{0.2, 0.25, 0.3}, Batch: 4, Seed: 5,
}

// clips returns n random clips with views views each, in one tensor for each view.
func clips(n, views int) []op.Tensor {
	rng := rand.New(rand.NewPCG(uint64(n), 3))
	list := make([]op.Tensor, views)
	for v := range list {
		list[v] = op.NewTensor(op.Of(op.U8, n, 2, 8, 8, 3))
		for i := range op.Data[uint8](list[v]) {
			op.Data[uint8](list[v])[i] = uint8(rng.IntN(256))
		}
	}
	return list
}

// batches yields samples in batches of the given sizes, in memory that it uses again.
func batches(views []op.Tensor, sizes ...int) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		from := 0
		size := views[0].Len() / views[0].Shape[0]
		var b model.Batch
		memory := make([]uint8, views[0].Len()*len(views))
		for _, n := range sizes {
			b = model.Batch{}
			for v, x := range views {
				part := memory[v*x.Len():][:n*size]
				copy(part, op.Data[uint8](x)[from*size:])
				b.Views = append(b.Views, op.From(part, append([]int{n}, x.Shape[1:]...)...))
			}
			for i := range n {
				b.Labels, b.Index = append(b.Labels, int32((from+i)%3)), append(b.Index, int32(from+i))
			}
			from += n
			if !yield(&b, nil) {
				return
			}
		}
	}
}

func encode(t *testing.T, e model.Engine, c eval.EncoderConfig, views []op.Tensor, sizes ...int) eval.Features {
	t.Helper()
	enc, err := eval.NewEncoder(e, c)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	var info model.DataInfo
	for i := range views[0].Shape[0] {
		info.Keys = append(info.Keys, fmt.Sprintf("v%02d", i))
	}
	f, err := enc.Features(context.Background(), info, batches(views, sizes...))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// reference computes what the encoder says of clips with the references of the operations, in one batch.
func reference(t *testing.T, c eval.EncoderConfig, view op.Tensor) (features, scores []float32) {
	t.Helper()
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, c.Seed)
	in := op.Input(g, "clips", view.Type)
	enc, err := nn.New(p, op.Apply(op.Normalize{Mean: c.Mean, Std: c.Std}, in), c.Net)
	if err != nil {
		t.Fatal(err)
	}
	feed := map[*op.Node]op.Tensor{in: view}
	for _, n := range p.List() {
		feed[n.In] = n.First()
	}
	out, err := op.Interpret([]*op.Node{enc.Features, op.Apply(op.Softmax{}, enc.Logits)}, feed)
	if err != nil {
		t.Fatal(err)
	}
	return op.Data[float32](out[0]), op.Data[float32](out[1])
}

func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(float64(got[i]-want[i])) <= 1e-5*(1+math.Abs(float64(want[i])))) {
			t.Fatalf("%s: number %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// The batches of the sequence, the batch of the encoder and the number of threads change nothing; views are averaged.
func TestFeatures(t *testing.T) {
	views := clips(11, 2)
	want, scores := reference(t, small, views[0])
	second, more := reference(t, small, views[1])
	one := encode(t, engine, small, views[:1], 4, 4, 3)
	near(t, "features", op.Data[float32](one.X), want)
	near(t, "scores", op.Data[float32](one.Scores), scores)
	if one.Len() != 11 || one.Keys[10] != "v10" || one.Labels[10] != 1 || one.Dim() != len(want)/11 {
		t.Errorf("%d features of %d: keys %v, labels %v", one.Len(), one.Dim(), one.Keys, one.Labels)
	}
	for _, sizes := range [][]int{{11}, {1, 9, 1}, {5, 6}} {
		if got := encode(t, cpu.New(cpu.Options{Threads: 2}), small, views[:1], sizes...); !reflect.DeepEqual(got, one) {
			t.Errorf("batches of %v give other features", sizes)
		}
	}
	for i := range want {
		want[i] = (want[i] + second[i]) / 2
	}
	for i := range scores {
		scores[i] = (scores[i] + more[i]) / 2
	}
	both := encode(t, engine, small, views, 11)
	near(t, "mean of views", op.Data[float32](both.X), want)
	near(t, "mean of scores", op.Data[float32](both.Scores), scores)
}

// An engine of bf16 makes nearly the same features: the angle between the two is small.
func TestFeaturesInBF16(t *testing.T) {
	e := cpu.New(cpu.Options{BF16: true})
	if enc, err := eval.NewEncoder(e, small); err != nil {
		t.Skipf("this engine has no bf16: %v", err)
	} else if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	views := clips(6, 1)
	want, got := encode(t, engine, small, views, 6), encode(t, e, small, views, 6)
	a, err := eval.Alignment(got.X, want.X)
	if err != nil || a == 0 || !(a < 1e-3) {
		t.Errorf("the mean squared distance to the features in f32 is %v (%v)", a, err)
	}
}

func TestLoadAndUpdate(t *testing.T) {
	views := clips(4, 1)
	want := encode(t, engine, small, views, 4)
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, small.Seed)
	if _, err := nn.New(p, op.Input(g, "x", op.Of(op.F32, 1, 3, 2, 8, 8)), small.Net); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "w.safetensors")
	if err := p.Save(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	other := small
	other.Seed, other.Net.Classes = 6, 0
	enc, err := eval.NewEncoder(engine, other)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	features := func() eval.Features {
		f, err := enc.Features(context.Background(), model.DataInfo{}, batches(views, 4))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	random := features()
	if reflect.DeepEqual(random.X, want.X) || random.Scores.Data != nil || random.Keys != nil {
		t.Errorf("another seed gives the same features, or there are scores or keys: %+v", random)
	}
	if err := enc.Load(path); err != nil {
		t.Fatal(err)
	}
	if got := features(); !reflect.DeepEqual(got.X, want.X) {
		t.Error("loaded weights give other features")
	}
	err = enc.Update(func(name string) (op.Tensor, error) {
		n, _ := p.Lookup(name)
		zero := op.NewTensor(op.TypeOf(n.In))
		if strings.HasSuffix(name, "running_var") {
			return n.First(), nil
		}
		return zero, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range op.Data[float32](features().X) {
		if v != 0 {
			t.Fatal("weights of zero give features that are not zero")
		}
	}
	deeper := small
	deeper.Net.Depth = 1
	wrong, err := eval.NewEncoder(engine, deeper)
	if err != nil {
		t.Fatal(err)
	}
	defer wrong.Close()
	var mismatch *nn.MismatchError
	if err := wrong.Load(path); !errors.As(err, &mismatch) {
		t.Errorf("weights of another model: %v", err)
	}
}

func TestEncoderErrors(t *testing.T) {
	for want, change := range map[string]func(c *eval.EncoderConfig){
		"a batch of 0 clips":         func(c *eval.EncoderConfig) { c.Batch = 0 },
		"views are [2 8 8 4]":        func(c *eval.EncoderConfig) { c.View[3] = 4 },
		"std":                        func(c *eval.EncoderConfig) { c.Std[1] = 0 },
		`no architecture "resnet20"`: func(c *eval.EncoderConfig) { c.Net.Arch = "resnet20" },
	} {
		c := small
		change(&c)
		if _, err := eval.NewEncoder(engine, c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	enc, err := eval.NewEncoder(engine, small)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	cause := errors.New("the disk is gone")
	canceled, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("that is enough"))
	for want, c := range map[string]struct {
		ctx context.Context
		seq iter.Seq2[*model.Batch, error]
	}{
		"want u8[1 2 8 8 3]":  {context.Background(), one(&model.Batch{Views: []op.Tensor{op.NewTensor(op.Of(op.U8, 1, 4, 8, 8, 3))}, Labels: []int32{0}, Index: []int32{0}})},
		"names sample 9 of 2": {context.Background(), one(&model.Batch{Views: clips(1, 1), Labels: []int32{0}, Index: []int32{9}})},
		"there are none":      {context.Background(), func(func(*model.Batch, error) bool) {}},
		"the disk is gone":    {context.Background(), func(yield func(*model.Batch, error) bool) { yield(nil, cause) }},
		"that is enough":      {canceled, batches(clips(2, 1), 2)},
		"0 samples":           {context.Background(), one(&model.Batch{})},
	} {
		_, err := enc.Features(c.ctx, model.DataInfo{Keys: []string{"a", "b"}}, c.seq)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func one(b *model.Batch) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) { yield(b, nil) }
}
