package model

import (
	"context"

	"vidcsl/model/op"
)

// Slot is one value of the state, which the engine keeps from step to step: a parameter, a running statistic, a counter.
type Slot struct {
	Name  string
	In    *op.Node // an input of the graph
	Out   *op.Node // its value after the step; nil if the step leaves it as it is
	First op.Tensor
}

// Signature says what of a graph is fed, kept and returned.
type Signature struct {
	Inputs  []*op.Node // fed at every run, in this order
	State   []Slot
	Metrics []*op.Node // returned by every run, in this order
}

// Engine compiles graphs.
type Engine interface {
	Name() string
	// Compile prepares a graph to run. An error names the operation that the engine cannot do. The caller closes the program.
	Compile(sig Signature) (Program, error)
}

// Program is a compiled graph with its state. One goroutine uses it.
type Program interface {
	// Run makes one step: all of the new state is computed from the old, then it takes its place. The metrics are valid until
	// the next call. If it fails, the state is as it was.
	Run(ctx context.Context, inputs ...op.Tensor) (metrics []op.Tensor, err error)
	// Get copies a value of the state.
	Get(name string) (op.Tensor, error)
	// Set replaces a value of the state.
	Set(name string, v op.Tensor) error
	Close() error
}
