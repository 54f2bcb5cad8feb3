package cpu_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// failing is an operation that fails when its input is negative.
type failing struct{}

func (failing) Kind() string                        { return "failing" }
func (failing) Infer(in []op.Type) (op.Type, error) { return in[0], nil }
func (failing) Reference(out op.Tensor, in []op.Tensor) error {
	if op.Data[float32](in[0])[0] < 0 {
		return errors.New("negative")
	}
	if op.Data[float32](in[0])[0] > 100 {
		panic("large")
	}
	copy(op.Data[float32](out), op.Data[float32](in[0]))
	return nil
}

// counter returns a graph that adds its input to its state.
func counter(check op.Spec) model.Signature {
	g := op.NewGraph()
	x, s := op.Input(g, "x", op.Of(op.F32, 2)), op.Input(g, "s", op.Of(op.F32, 2))
	sum := op.Apply(op.Add{}, s, x)
	return model.Signature{Inputs: []*op.Node{x}, Metrics: []*op.Node{op.Apply(check, x)},
		State: []model.Slot{{Name: "s", In: s, Out: sum, First: op.From([]float32{1, 2}, 2)}}}
}

// TestFailure checks that a failed run leaves the state as it was, and the program usable.
func TestFailure(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	gone := errors.New("gone")
	cancel(gone)
	for name, c := range map[string]struct {
		ctx  context.Context
		in   op.Tensor
		want string
	}{
		"error":  {context.Background(), op.From([]float32{-1, 1}, 2), "cpu: failing: negative"},
		"panic":  {context.Background(), op.From([]float32{101, 1}, 2), "cpu: failing: panic: large"},
		"cancel": {ctx, op.From([]float32{1, 1}, 2), "gone"},
		"type":   {context.Background(), op.From([]float32{1, 1, 1}, 3), "cpu: input x is f32[3], want f32[2]"},
		"nan":    {context.Background(), op.From([]float32{1, float32(math.NaN())}, 2), "cpu: input x made NaN at element 1 of f32[2]"},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, cpu.Options{CheckNaN: name == "nan"}, counter(failing{}))
			if _, err := p.Run(c.ctx, c.in); err == nil || err.Error() != c.want {
				t.Errorf("error %v, want %s", err, c.want)
			}
			if v, err := p.Get("s"); err != nil || far(v, op.From([]float32{1, 2}, 2)) != 0 {
				t.Errorf("state %v, %v, want it as it was", v.Data, err)
			}
			if _, err := p.Run(context.Background(), op.From([]float32{1, 1}, 2)); err != nil {
				t.Error(err)
			}
			if v, err := p.Get("s"); err != nil || far(v, op.From([]float32{2, 3}, 2)) != 0 {
				t.Errorf("state %v, %v after a good run", v.Data, err)
			}
		})
	}
}

// TestCheckNaN looks for the first operation that made a NaN.
func TestCheckNaN(t *testing.T) {
	g := op.NewGraph()
	x := op.Input(g, "x", op.Of(op.F32, 3))
	y := op.Apply(op.Shift{By: 1}, op.Apply(op.Log{}, op.Apply(op.Scale{Factor: -1}, x)))
	p := compile(t, cpu.Options{CheckNaN: true}, model.Signature{Inputs: []*op.Node{x}, Metrics: []*op.Node{y}})
	_, err := p.Run(context.Background(), op.From([]float32{-1, -2, 3}, 3))
	var nan *cpu.NaNError
	if !errors.As(err, &nan) || nan.Op != "log" || nan.Index != 2 {
		t.Errorf("error %v, want one of log at element 2", err)
	}
}

func TestSignatureErrors(t *testing.T) {
	for want, f := range map[string]func(*model.Signature){
		"cpu: input x is neither fed nor state":        func(s *model.Signature) { s.Inputs = nil },
		"cpu: input x is there twice":                  func(s *model.Signature) { s.Inputs = append(s.Inputs, s.Inputs[0]) },
		"cpu: state s is there twice":                  func(s *model.Signature) { s.State = append(s.State, s.State[0]) },
		"cpu: state s is f32[3], want f32[2]":          func(s *model.Signature) { s.State[0].First = op.NewTensor(op.Of(op.F32, 3)) },
		"cpu: state s is f32[2], its new value f32[1]": func(s *model.Signature) { s.State[0].Out = op.Apply(op.Slice{To: 1}, s.State[0].In) },
	} {
		sig := counter(failing{})
		f(&sig)
		if p, err := cpu.New(cpu.Options{}).Compile(sig); err == nil {
			t.Errorf("no error, want %s", want)
			_ = p.Close()
		} else if err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestState(t *testing.T) {
	p := compile(t, cpu.Options{}, counter(failing{}))
	if err := p.Set("s", op.From([]float32{5, 6}, 2)); err != nil {
		t.Fatal(err)
	}
	if v, err := p.Get("s"); err != nil || far(v, op.From([]float32{5, 6}, 2)) != 0 {
		t.Errorf("state %v, %v", v.Data, err)
	}
	if err := p.Set("s", op.From([]float32{5}, 1)); err == nil {
		t.Error("set a value of another type")
	}
	if _, err := p.Get("t"); err == nil || err.Error() != `cpu: there is no state "t"` {
		t.Errorf("error %v", err)
	}
}

// TestClose checks that the goroutine of a program ends, and what a closed program says.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	p, err := cpu.New(cpu.Options{}).Compile(counter(failing{}))
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := p.Run(context.Background(), op.From([]float32{1, 1}, 2))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	for range 100 {
		if runtime.NumGoroutine() <= before {
			break
		}
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, %d before", n, before)
	}
	if far(metrics[0], op.From([]float32{1, 1}, 2)) != 0 {
		t.Error("the metrics are gone")
	}
	if _, err := p.Run(context.Background(), op.From([]float32{1, 1}, 2)); !errors.Is(err, cpu.ErrClosed) {
		t.Errorf("run: error %v", err)
	}
	if _, err := p.Get("s"); !errors.Is(err, cpu.ErrClosed) {
		t.Errorf("get: error %v", err)
	}
}

// TestNoAllocations checks that a step takes nothing from Go's heap, of the engine and of a classifier that trains. Some references
// do take.
func TestNoAllocations(t *testing.T) {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, 1)
	x, labels := op.Input(g, "x", op.Of(op.U8, 4, 2, 8, 8, 3)), op.Input(g, "labels", op.Of(op.I32, 4))
	clips := op.Apply(op.Normalize{Std: [3]float64{1, 1, 1}, DType: op.F32}, x)
	enc, err := nn.New(p.Training(1), clips, nn.Config{Arch: "r3d_18", Width: 0.25, Depth: 0.5, Stem: nn.SmallStem})
	if err != nil {
		t.Fatal(err)
	}
	head := nn.MLP(p.Sub("head").Training(1), enc.Features, append(nn.SimCLR(32, 16), nn.Layer{Out: 10, Bias: true}))
	loss := op.Mean(op.Apply(op.CrossEntropy{}, head, labels))
	var wrt []*op.Node
	for _, q := range p.Trained() {
		wrt = append(wrt, q.In)
	}
	grads, err := op.Grad(loss, wrt...)
	if err != nil {
		t.Fatal(err)
	}
	lr := op.Input(g, "lr", op.Of(op.F32))
	slots := []model.Slot{{Name: "lr", In: lr, First: op.From([]float32{0.01})}}
	for i, q := range p.Trained() {
		v := op.Input(g, q.Name+".v", op.TypeOf(q.In))
		next := op.Apply(op.SGDMomentum{Momentum: 0.9}, q.In, grads[i], v)
		q.Out = op.Apply(op.SGDApply{}, q.In, next, lr)
		slots = append(slots, model.Slot{Name: v.Name(), In: v, Out: next, First: op.NewTensor(op.TypeOf(v))})
	}
	training := model.Signature{Inputs: []*op.Node{x, labels}, State: append(slots, p.Slots()...), Metrics: []*op.Node{loss}}
	pixels := op.NewTensor(op.TypeOf(x))
	for i := range op.Data[uint8](pixels) {
		op.Data[uint8](pixels)[i] = uint8(i * i)
	}
	for name, c := range map[string]struct {
		o   cpu.Options
		sig model.Signature
		in  []op.Tensor
	}{
		"engine":   {cpu.Options{Reference: true}, counter(failing{}), []op.Tensor{op.From([]float32{1, 1}, 2)}},
		"training": {cpu.Options{}, training, []op.Tensor{pixels, op.From([]int32{1, 2, 3, 4}, 4)}},
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, c.o, c.sig)
			if name == "training" && !p.Kernels() {
				t.Skip("there are no kernels in this build or on this machine")
			}
			ctx := context.Background()
			if n := testing.AllocsPerRun(20, func() {
				if _, err := p.Run(ctx, c.in...); err != nil {
					t.Fatal(err)
				}
			}); n > 0 {
				t.Errorf("%v allocations per step, want none", n)
			}
		})
	}
}
