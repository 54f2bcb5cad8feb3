package attack_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vidcsl/model"
	"vidcsl/model/op"
	"vidcsl/robust/attack"
)

// failed runs an attack that has to fail, and returns the error.
func failed(t *testing.T, m *attack.Model, a attack.Attack, samples iter.Seq2[*attack.Sample, error], each func(*attack.Result) error) error {
	t.Helper()
	before := runtime.NumGoroutine()
	err := m.Run(t.Context(), a, samples, attack.Options{}, each)
	if err == nil {
		t.Fatal("no error")
	}
	for range 1000 { // one that has ended may still be counted for a moment
		if runtime.NumGoroutine() <= before {
			return err
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
	return err
}

func ignore(*attack.Result) error { return nil }

// moves is an attack that returns what a test wants, in a ball of 0.1.
type moves func(x []float32) []float32

func (moves) Name() string      { return "moves" }
func (moves) Ball() attack.Ball { return attack.Ball{Norm: attack.Linf, Eps: 0.1} }

func (f moves) Perturb(_ context.Context, s *attack.Sample, _ attack.Network, _ *rand.Rand) ([]float32, error) {
	return f(append([]float32(nil), s.X...)), nil
}

func TestRunErrors(t *testing.T) {
	m := open(t, exact, toy(5), 3)
	list := noise(t, m, 5)
	broken := errors.New("broken")
	for _, c := range []struct {
		want    string
		a       attack.Attack
		samples iter.Seq2[*attack.Sample, error]
		each    func(*attack.Result) error
	}{
		{"attack: broken", still{}, func(yield func(*attack.Sample, error) bool) { _ = yield(list[0], nil) && yield(nil, broken) }, ignore},
		{"broken", still{}, all(list), func(*attack.Result) error { return broken }},
		{`attack: asks on sample "clip 0": broken`, asks(func(context.Context, *attack.Sample, attack.Network) error { return broken }), all(list[:1]), ignore},
		{`attack: moves on sample "clip 0": it returned a clip at a distance of `, moves(func(x []float32) []float32 {
			for i := range x {
				x[i] = 0.5
			}
			return x
		}), all(list[:1]), ignore},
		{`attack: moves on sample "clip 0": it returned 1.5 at place 3, want 0 to 1`, moves(func(x []float32) []float32 { x[3] = 1.5; return x }), all(list[:1]), ignore},
		{`attack: moves on sample "clip 0": it returned 2 numbers, want 324`, moves(func(x []float32) []float32 { return x[:2] }), all(list[:1]), ignore},
		{`attack: the label of sample "odd" is 5, want -1 to 4`, still{}, all([]*attack.Sample{{Key: "odd", X: list[0].X, Shape: toyShape, Label: 5}}), ignore},
		{`attack: sample "odd" is of 2 numbers [3 3 6 6], want [3 3 6 6]`, still{}, all([]*attack.Sample{{Key: "odd", X: list[0].X[:2], Shape: toyShape}}), ignore},
		{`attack: asks on sample "clip 0": attack: weighted loss: a vector of 1, want 5 as the network gives`, asks(func(ctx context.Context, s *attack.Sample, n attack.Network) error {
			_, err := n.Gradient(ctx, s.X, attack.Loss{Kind: attack.Weighted, Vector: []float32{1}})
			return err
		}), all(list[:1]), ignore},
		{`attack: asks on sample "clip 0": attack: dlr loss: the label is -1, want one of 5 classes`, asks(func(ctx context.Context, s *attack.Sample, n attack.Network) error {
			_, err := n.Gradient(ctx, s.X, attack.Loss{Kind: attack.DLR, Label: -1})
			return err
		}), all(list[:1]), ignore},
		{`attack: pgd(linf, 2, 3) on sample "clip 0": attack: epsilon 2 in linf`, attack.NewPGD(attack.Linf, 2, 3), all(list[:1]), ignore},
	} {
		if err := failed(t, m, c.a, c.samples, c.each); !strings.HasPrefix(err.Error(), c.want) || strings.Contains(c.want, "broken") && !errors.Is(err, broken) {
			t.Errorf("error %q, want %q", err, c.want)
		}
	}
}

// A panic of an attack is an error that names it.
func TestPanic(t *testing.T) {
	m := open(t, exact, toy(5), 3)
	list := noise(t, m, 5)
	err := failed(t, m, moves(func(x []float32) []float32 { return x[len(x)+1:] }), all(list), ignore)
	if !strings.HasPrefix(err.Error(), `attack: moves on sample "clip `) || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("error %q, want the panic of moves on a sample", err)
	}
}

// The cause of a context ends a run whose attacks ask without end, and lets it be run again.
func TestCancel(t *testing.T) {
	m := open(t, exact, toy(5), 3)
	list := noise(t, m, 5)
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("enough")
	var asked atomic.Int32
	endless := asks(func(ctx context.Context, s *attack.Sample, n attack.Network) error {
		for {
			if asked.Add(1) > 20 {
				cancel(stop)
			}
			if _, err := n.Logits(ctx, s.X); err != nil {
				return err
			}
		}
	})
	if err := m.Run(ctx, endless, all(list), attack.Options{}, ignore); !errors.Is(err, stop) {
		t.Errorf("error %v, want %v", err, stop)
	}
	run(t, m, still{}, list, attack.Options{})
}

// engine is one whose programs fail at their n-th run.
type engine struct {
	model.Engine
	left *atomic.Int32
}

type failing struct {
	model.Program
	left *atomic.Int32
}

func (e engine) Compile(s model.Signature) (model.Program, error) {
	p, err := e.Engine.Compile(s)
	return failing{p, e.left}, err
}

func (p failing) Run(ctx context.Context, in ...op.Tensor) ([]op.Tensor, error) {
	if p.left.Add(-1) == 0 {
		return nil, errors.New("no more")
	}
	return p.Program.Run(ctx, in...)
}

func TestEngineError(t *testing.T) {
	e := engine{exact, new(atomic.Int32)}
	m := open(t, e, toy(5), 3)
	list := noise(t, m, 5)
	run(t, m, attack.NewPGD(attack.Linf, 0.1, 1), list, attack.Options{}) // now both programs are there, each with a goroutine
	e.left.Store(4)
	if err := failed(t, m, attack.NewPGD(attack.Linf, 0.1, 9), all(list), ignore); err.Error() != "attack: no more" {
		t.Errorf("error %v, want that of the engine", err)
	}
}

// Clips about which the network is wrong as they are stay as they are; labels of -1 are only for attacks that need none.
func TestWrongClips(t *testing.T) {
	m := open(t, exact, toy(5), 2)
	list := noise(t, m, 3)
	list[1].Label = (list[1].Label + 1) % 5
	for i, r := range run(t, m, attack.FGSM(attack.Linf, 0.05), list, attack.Options{Clips: true}) {
		if r.Attacked != (i != 1) || (r.Adversarial == nil) != (i == 1) || r.Gradients != map[bool]int{true: 1}[i != 1] {
			t.Errorf("%+v, want that sample 1 alone is not attacked", r)
		}
	}
	list[1].Label = -1
	err := failed(t, m, attack.FGSM(attack.Linf, 0.05), all(list), ignore)
	if want := `attack: fgsm(linf, 0.05, 1, step 0.05) on sample "clip 1": attack: cross_entropy loss: the label is -1, want one of 5 classes`; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	for _, r := range run(t, m, attack.Representation(attack.Linf, 0.05, 4), list, attack.Options{}) {
		if !r.Attacked || r.Distance < 1e-5 || r.Success && r.Label < 0 {
			t.Errorf("%+v, want a distance and no success without a label", r)
		}
	}
}

// sizes counts the samples of batches that an engine is asked for.
type sizes struct {
	model.Engine
	compiled map[int]int
}

func (e sizes) Compile(s model.Signature) (model.Program, error) {
	e.compiled[op.TypeOf(s.Inputs[0]).Shape[0]]++
	return e.Engine.Compile(s)
}

// Batches are full until no samples are left, though samples ask different things, and then get smaller.
func TestFullBatches(t *testing.T) {
	e := sizes{exact, map[int]int{}}
	m := open(t, e, toy(5), 4)
	list := noise(t, m, 12)
	questions := 0
	clear(e.compiled)
	mixed := asks(func(ctx context.Context, s *attack.Sample, n attack.Network) error {
		var i int
		fmt.Sscanf(s.Key, "clip %d", &i)
		for k := range 10 {
			var err error
			if (i+k/3)%2 == 0 {
				_, err = n.Logits(ctx, s.X)
			} else {
				_, err = n.Gradient(ctx, s.X, attack.Loss{Kind: attack.CrossEntropy, Label: 0})
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for _, r := range run(t, m, mixed, list, attack.Options{}) {
		questions += r.Forwards + r.Gradients
	}
	if questions != 120 {
		t.Errorf("%d questions, want 120", questions)
	}
	for size, n := range e.compiled {
		if size > 4 || n > 2 {
			t.Errorf("%d programs of %d samples", n, size)
		}
	}
}
