package train_test

import (
	"math"
	"strings"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
	"vidcsl/model/train"
)

// clips describes n labelled clips of 16 frames of 112x112 pixels.
func clips(n, batch int) model.DataInfo {
	return model.DataInfo{Keys: make([]string, n), Labels: make([]int32, n), Classes: []string{"a", "b"}, Views: 2, Shape: [4]int{16, 112, 112, 3}, Batch: batch}
}

func count(t *testing.T, c train.Config, info model.DataInfo) *train.Cost {
	t.Helper()
	cost, err := train.Count(c, info)
	if err != nil {
		t.Fatal(err)
	}
	return cost
}

// near fails the test unless two numbers differ by a small part of the wanted one.
func near(t *testing.T, what string, got, want, part float64) {
	t.Helper()
	if !(math.Abs(got-want) <= part*math.Abs(want)) {
		t.Errorf("%s: %.6g, want %.6g", what, got, want)
	}
}

// The encoders take the multiply-adds that torchvision's weights say they do (meta _ops: r3d_18 40.697e9, r2plus1d_18 40.519e9 with their
// classifiers of 400 classes), and a step of MoCo those of four passes forward: the query, the key, and back twice, but for the gradient of pixels.
func TestCountMultiplyAdds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds graphs of large encoders")
	}
	const n, queue, features, dim = 4, 64, 512, 128
	for arch, want := range map[string]struct{ forward, stem, params float64 }{
		"r3d_18":      {40.697e9, 16 * 56 * 56 * 64 * 3 * 3 * 7 * 7, 33371472},
		"r2plus1d_18": {40.519e9, 16 * 56 * 56 * 45 * 3 * 7 * 7, 31505325},
	} {
		c := train.Default()
		c.Encoder.Arch, c.Batch, c.Queue, c.Schedule = arch, n, queue, train.Schedule{Epochs: 3, Decay: "cosine"}
		cost := count(t, c, clips(41, n))
		classifier := float64(features * 400)
		near(t, arch, float64(cost.Forward), want.forward-classifier, 1e-4)
		near(t, arch+" conv3d", float64(cost.Kinds["conv3d"]), 2*n*float64(cost.Forward), 0)
		near(t, arch+" conv3d_weight", float64(cost.Kinds["conv3d_weight"]), n*float64(cost.Forward), 0)
		near(t, arch+" conv3d_input", float64(cost.Kinds["conv3d_input"]), n*(float64(cost.Forward)-want.stem), 0)
		head := float64(n * (features*features + features*dim))
		near(t, arch+" matmul", float64(cost.Kinds["matmul"]), 4*head+2*n*queue*dim+n*n*dim, 0) // the last for the metric of uniformity
		near(t, arch+" parameters", float64(cost.Parameters), want.params-classifier-400+features*features+features+features*dim+dim, 0)
		if cost.Samples != 41 || cost.EpochSteps != 10 || cost.Steps != 30 || cost.PixelBytes != 2*16*112*112*3 {
			t.Errorf("%+v", cost)
		}
		sum := int64(0)
		for _, k := range cost.Kinds {
			sum += k
		}
		if sum != cost.MultiplyAdds {
			t.Errorf("the kinds of %s take %d multiply-adds, all %d", arch, sum, cost.MultiplyAdds)
		}
	}
}

// Twice the batch is twice the work, and nearly twice the memory beside the state; parts save memory and no work.
func TestCountScales(t *testing.T) {
	info := func(batch int) model.DataInfo { i := newBars(64, batch, 2).Info(); return i }
	c := tiny()
	contrastive(&c, "moco")
	one := count(t, c, info(c.Batch))
	c.Batch *= 2
	two := count(t, c, info(c.Batch))
	c.Parts = 4
	parts := count(t, c, info(c.Batch))
	near(t, "multiply-adds", float64(two.MultiplyAdds), 2*float64(one.MultiplyAdds), 1e-3)
	near(t, "live bytes", float64(two.Live.F32-one.Live.F32), float64(one.Live.F32), 0.2)
	near(t, "traffic", float64(two.Traffic.F32), 2*float64(one.Traffic.F32), 0.1)
	near(t, "multiply-adds in parts", float64(parts.MultiplyAdds), float64(two.MultiplyAdds), 1e-9)
	if parts.Live.F32 > two.Live.F32/2 || two.State != one.State || two.Batch <= one.Batch {
		t.Errorf("%+v, in parts %+v", two, parts)
	}
	if b, f := two.Live.BF16, two.Live.F32; b >= f || b < f/2 {
		t.Errorf("%d bytes in bfloat16, %d in float32", b, f)
	}
}

func TestCountRefuses(t *testing.T) {
	c := tiny()
	for want, f := range map[string]func(c *train.Config, info *model.DataInfo){
		"optimizer.lr is 0":      func(c *train.Config, _ *model.DataInfo) { c.Optimizer.LR = 0 },
		"is more than the data":  func(c *train.Config, i *model.DataInfo) { c.Batch, i.Batch = 65, 65 },
		"views are [0 12 12 3]":  func(_ *train.Config, i *model.DataInfo) { i.Shape[0] = 0 },
		"batches hold 8 samples": func(_ *train.Config, i *model.DataInfo) { i.Batch = 8 },
	} {
		c, info := c, newBars(64, c.Batch, 2).Info()
		f(&c, &info)
		if _, err := train.Count(c, info); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What a schedule holds at once, by hand: values of 400 bytes.
func TestMostLive(t *testing.T) {
	x := op.Of(op.F32, 10, 10)
	for _, c := range []struct {
		name string
		want int64
		f    func(x *op.Node) *op.Node
	}{
		{"in place", 400, func(x *op.Node) *op.Node { return op.Apply(op.Exp{}, op.Apply(op.Exp{}, x)) }},
		{"a product needs its operand", 800, func(x *op.Node) *op.Node { y := op.Apply(op.Exp{}, x); return op.Apply(op.MatMul{}, y, y) }},
		{"another shape is no value", 400, func(x *op.Node) *op.Node {
			return op.Apply(op.Exp{}, op.Apply(op.Reshape{Shape: op.DimsOf(100)}, op.Apply(op.Exp{}, x)))
		}},
		{"kept for later", 1200, func(x *op.Node) *op.Node {
			a := op.Apply(op.Exp{}, x)
			b := op.Apply(op.Square{}, a)
			return op.Apply(op.Add{}, op.Apply(op.MatMul{}, b, a), a)
		}},
	} {
		g := op.NewGraph()
		in := op.Input(g, "x", x)
		got, err := train.MostLive(c.f(in), in)
		if err != nil || got != c.want {
			t.Errorf("%s: %d bytes, want %d (%v)", c.name, got, c.want, err)
		}
	}
}

// What a step is said to hold is about what the CPU engine makes room for.
func TestCountMemory(t *testing.T) {
	c := tiny()
	contrastive(&c, "moco")
	c.Encoder.Width = 1
	d := newBars(64, c.Batch, 2)
	cost := count(t, c, d.Info())
	program, ok := start(t, d, c).Program().(*cpu.Program)
	if !ok {
		t.Fatal("no program of the CPU engine")
	}
	near(t, "bytes", float64(cost.State+cost.Batch+cost.Live.F32), float64(program.Bytes()), 0.25)
}
