package cpu

import (
	"fmt"
	"log/slog"
	"runtime"
	"sync"

	"vidcsl/model"
)

// Options say how programs run. The zero value is the default.
type Options struct {
	Threads   int  // of one program; 0: one for each CPU
	BF16      bool // activations and their gradients are kept as bfloat16, sums and weights as f32; needs oneDNN
	CheckNaN  bool // look for NaN in every value as it is made; costs one more pass over it and more memory
	Reference bool // every operation by its reference
	Profile   bool // measure the time of every kind of operation, see [Program.Profile]
	Log       *slog.Logger
}

// Engine compiles graphs for the CPU.
type Engine struct{ options Options }

// New returns an engine. Engines hold nothing: only their programs need to be closed.
func New(o Options) *Engine {
	if o.Threads <= 0 {
		o.Threads = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Engine{o}
}

// Name implements [model.Engine].
func (e *Engine) Name() string { return "cpu" }

var warnOnce sync.Once

// Compile implements [model.Engine]. The memory of the program, [Program.Bytes], is taken now and given back by Close.
func (e *Engine) Compile(sig model.Signature) (model.Program, error) {
	p, err := launch(sig, e.options)
	if err != nil {
		return nil, fmt.Errorf("cpu: %w", err)
	}
	return p, nil
}

// kernels returns what computes the operations of a program besides the references; nil if nothing does.
func (o Options) kernels() (backend, error) {
	if o.Reference {
		if o.BF16 {
			return nil, fmt.Errorf("bf16 has no reference kernels")
		}
		return nil, nil
	}
	b, err := newBackend(o)
	if err == nil {
		return b, nil
	}
	if o.BF16 {
		return nil, fmt.Errorf("bf16 needs oneDNN: %w", err)
	}
	warnOnce.Do(func() {
		o.Log.Warn("oneDNN is not there: the operations run on their reference kernels, which are correct and slow", "cause", err)
	})
	return nil, nil
}

var _ model.Engine = (*Engine)(nil)
