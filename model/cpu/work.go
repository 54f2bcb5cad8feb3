package cpu

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"vidcsl/model"
	"vidcsl/model/op"
)

// call is a step with its memory.
type call struct {
	step
	run   func() error
	spent time.Duration
	count int
}

// launch starts the thread of a program, which compiles it.
func launch(sig model.Signature, o Options) (*Program, error) {
	p := &Program{options: o, slots: make(map[string]int, len(sig.State)), jobs: make(chan context.Context), done: make(chan error)}
	go p.work(sig)
	if err := <-p.done; err != nil {
		<-p.done
		return nil, err
	}
	return p, nil
}

// work is the goroutine of the program. It closes done when it has given back all that it holds.
func (p *Program) work(sig model.Signature) {
	runtime.LockOSThread() // and never unlocked: the thread, and those that belong to it, end with the goroutine
	defer close(p.done)
	defer func() {
		if p.backend != nil {
			p.backend.close()
		}
		if p.memory != nil {
			p.freeErr = p.memory.free()
		}
	}()
	err := p.compile(sig)
	sig = model.Signature{} // the first values of the state can go
	p.done <- err
	if err != nil {
		return
	}
	for ctx := range p.jobs {
		p.done <- p.step(ctx)
	}
}

// step runs all calls, and then makes the new state and the metrics visible.
func (p *Program) step(ctx context.Context) (err error) {
	at := "start"
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("cpu: %s: panic: %v", at, r)
		}
	}()
	if p.options.CheckNaN {
		for i := range p.inputs {
			if err := p.checkNaN("input "+p.inputs[i].name, p.inputs[i].value); err != nil {
				return err
			}
		}
	}
	for i := range p.calls {
		if i < len(p.stale) && !p.stale[i] {
			continue
		}
		if i == len(p.stale) {
			clear(p.stale)
		}
		c := &p.calls[i]
		at = c.name
		if i <= p.commit { // later, the state is half new
			if err := context.Cause(ctx); err != nil {
				return err
			}
		}
		if p.options.Profile {
			start := time.Now()
			err = c.run()
			c.spent += time.Since(start)
			c.count++
		} else {
			err = c.run()
		}
		if err != nil {
			return fmt.Errorf("cpu: %s: %w", c.name, err)
		}
		if p.options.CheckNaN {
			if err := p.checkNaN(c.name, c.out); err != nil {
				return err
			}
		}
	}
	for _, m := range p.metrics {
		copy(raw(m.tensor), p.binding.bytes(m.value))
	}
	for _, f := range p.finish {
		copy(p.binding.bytes(f.to), p.binding.bytes(f.from))
	}
	return nil
}

// NaNError says which operation made a value that is not a number.
type NaNError struct {
	Op    string
	Type  op.Type
	Index int // of the first such element, in memory order
}

// Error implements error.
func (e *NaNError) Error() string {
	return fmt.Sprintf("cpu: %s made NaN at element %d of %v", e.Op, e.Index, e.Type)
}

// checkNaN returns a *NaNError for the first NaN of a value.
func (p *Program) checkNaN(name string, v int) error {
	if v < 0 {
		return nil
	}
	x := &p.binding.values[v]
	at := -1
	nan32 := func(f float32) bool { return f != f }
	switch {
	case x.format.Pack > 0: // weights, which were looked at before
	case x.format.BF16:
		data := tensorAt(op.Of(op.U8, x.bytes), p.binding.pointer(v)).Data.([]uint8)
		for i := 0; i+1 < len(data) && at < 0; i += 2 {
			if u := uint16(data[i]) | uint16(data[i+1])<<8; u&0x7fff > 0x7f80 {
				at = i / 2
			}
		}
	case x.typ.DType == op.F32:
		at = slices.IndexFunc(tensorAt(op.Of(op.F32, x.bytes/4), p.binding.pointer(v)).Data.([]float32), nan32)
	case x.typ.DType == op.F64:
		at = slices.IndexFunc(p.binding.tensor(v).Data.([]float64), func(f float64) bool { return f != f })
	}
	if at >= 0 {
		return &NaNError{name, x.typ, at}
	}
	return nil
}
