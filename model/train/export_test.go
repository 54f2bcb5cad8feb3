package train

import (
	"log/slog"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Set replaces a value of the state.
func (t *Trainer) Set(name string, v op.Tensor) error { return t.program.Set(name, v) }

// FailWrites makes the next checkpoints fail.
func (t *Trainer) FailWrites(err error) {
	t.write = func(string, *snapshot) error { return err }
}

// Rate is the learning rate of a step.
func (s Schedule) Rate(lr float64, step, total int) float64 { return s.rate(lr, step, total) }

// State is the state of the program, with the values at the start.
func (t *Trainer) State() []model.Slot { return t.graph.sig.State }

// WatchCollapse returns the observer that looks for collapse.
func WatchCollapse(log *slog.Logger, dim, steps int) Observer { return newCollapse(log, dim, steps) }

// Program is the compiled step.
func (t *Trainer) Program() model.Program { return t.program }

// MostLive is mostLive of the values of a node, where an input takes nothing.
func MostLive(out, in *op.Node) (int64, error) {
	list, at, err := op.Schedule([]*op.Node{out})
	return mostLive(list, at, op.Arrange(list, at, nil), map[*op.Node]bool{in: true}, func(v int) int64 { return bytesOf(list[v].Type) }), err
}
