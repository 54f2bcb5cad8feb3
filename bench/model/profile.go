package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// class is what one kind of operation takes and does in one run. Flops and bytes are 0 if nobody knows them: then the program has
// operations of that kind that the graph has not, such as changes of layout.
type class struct {
	Class  string  `json:"class"`
	Calls  int     `json:"calls"`
	MS     float64 `json:"ms"`
	GFlops float64 `json:"gflop"` // of convolutions and matrix products
	MB     float64 `json:"mb"`    // read and written
}

// profile writes the classes of the best of some runs, the most expensive first.
func (n *network) profile(steps int) error {
	if steps < 1 {
		return errors.New("model: want at least 1 step")
	}
	sig, _, err := n.graph()
	if err != nil {
		return err
	}
	outputs, slots := outputsOf(sig)
	list, _, err := op.Schedule(outputs)
	if err != nil {
		return err
	}
	r, err := n.start()
	if err != nil {
		return err
	}
	defer r.program.Close()
	spent, err := r.spent(steps)
	if err != nil {
		return err
	}
	w := newWork(list, slots, n.options.BF16)
	did := w.classes(spent)
	table := []class{}
	for _, s := range spent {
		c := class{Class: s.Class, Calls: s.Calls, MS: s.Time.Seconds() * 1e3}
		if d := did[s.Class]; d.calls == s.Calls {
			c.GFlops, c.MB = d.flops/1e9, d.bytes/1e6
		}
		table = append(table, c)
	}
	return json.NewEncoder(os.Stdout).Encode(table)
}

// outputsOf returns what a run computes, and the inputs that are parameters or what optimisers keep of them.
func outputsOf(sig model.Signature) (outputs []*op.Node, slots map[*op.Node]bool) {
	outputs, slots = append(outputs, sig.Metrics...), map[*op.Node]bool{}
	for _, s := range sig.State {
		slots[s.In] = true
		if s.Out != nil {
			outputs = append(outputs, s.Out)
		}
	}
	return outputs, slots
}

// spent returns where the time of the best of some runs went.
func (r *runner) spent(steps int) (best []cpu.Spent, err error) {
	least := time.Duration(0)
	r.program.Profile() // forgets the run that warmed up
	for range steps {
		if _, err := r.program.Run(context.Background(), r.inputs...); err != nil {
			return nil, err
		}
		spent, total := r.program.Profile(), time.Duration(0)
		for _, s := range spent {
			total += s.Time
		}
		if best == nil || total < least {
			best, least = spent, total
		}
	}
	return best, nil
}
