package contrast_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"vidcsl/model"
	"vidcsl/model/contrast"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// machine is an objective in a program on the CPU, fed with embeddings of samples that are of classes, each near a direction of its own.
type machine struct {
	*contrast.Objective
	program model.Program
	engine  model.Engine
	names   []string
	d       contrast.Dims
	labels  []int32 // what the program is told
}

const classes = 4

func newMachine(t testing.TB, c contrast.Config, d contrast.Dims) *machine {
	t.Helper()
	return newMachineOn(t, cpu.New(cpu.Options{Threads: 2}), c, d)
}

func newMachineOn(t testing.TB, e model.Engine, c contrast.Config, d contrast.Dims) *machine {
	t.Helper()
	g := op.NewGraph()
	o, err := contrast.New(g, c, d)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{Objective: o, engine: e, names: []string{"loss"}, d: d}
	f := op.Of(op.F32, d.Batch, d.Embedding)
	q, k, h := op.Input(g, "query", f), op.Input(g, "key", f), op.Input(g, "features", op.Of(op.F32, d.Batch, d.Features))
	index, labels := op.Input(g, "index", op.Of(op.I32, d.Batch)), op.Input(g, "labels", op.Of(op.I32, d.Batch))
	var metrics []*op.Node
	err = op.Build(func() {
		unit := op.L2Normalize{Eps: 1e-12}
		metrics = []*op.Node{o.Loss(contrast.Embeddings{Query: op.Apply(unit, q), Key: op.Apply(unit, k), KeyFeatures: h, Index: index, Labels: labels})}
		o.Finish()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range o.Metrics() {
		metrics, m.names = append(metrics, x.Node), append(m.names, x.Name)
	}
	m.program, err = m.engine.Compile(model.Signature{Inputs: append([]*op.Node{q, k, h, index, labels}, o.Inputs()...), State: o.Slots(), Metrics: metrics})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(m.program.Close(), m.Close()); err != nil {
			t.Error(err)
		}
	})
	m.labels = make([]int32, d.Samples)
	for i := range m.labels {
		m.labels[i] = int32(i % classes)
	}
	return m
}

// near returns embeddings of samples: the direction of the class, 3 long, and noise of 0.3 in every direction.
func (m *machine) near(seed uint64, index []int32) op.Tensor {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := op.NewTensor(op.Of(op.F32, len(index), m.d.Embedding))
	for i, s := range index {
		row := op.Data[float32](x)[i*m.d.Embedding:][:m.d.Embedding]
		for j := range row {
			row[j] = 0.3 * float32(rng.NormFloat64())
		}
		row[s%classes] += 3
	}
	return x
}

// run makes a step and returns its metrics. Each epoch goes through the samples in an order of its own.
func (m *machine) run(t testing.TB, step int) map[string]float64 {
	t.Helper()
	order := rand.New(rand.NewPCG(uint64(step/m.d.EpochSteps), 2)).Perm(m.d.Samples)
	index, labels := make([]int32, m.d.Batch), make([]int32, m.d.Batch)
	for i := range index {
		index[i] = int32(order[step%m.d.EpochSteps*m.d.Batch+i])
		labels[i] = m.labels[index[i]]
	}
	at := uint64(step)
	in := []op.Tensor{m.near(3*at, index), m.near(3*at+1, index), m.near(3*at+2, index), op.From(index, len(index)), op.From(labels, len(labels))}
	out, err := m.program.Run(context.Background(), append(in, m.Feed(step)...)...)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for i, v := range out {
		got[m.names[i]] = float64(op.Data[float32](v)[0])
	}
	return got
}

// train runs steps and refreshes where they are due, and returns the metrics of the last step and all reports.
func (m *machine) train(t testing.TB, steps int) (last map[string]float64, reports []contrast.Report) {
	t.Helper()
	for step := range steps {
		if m.Due(step) {
			r, err := m.Refresh(context.Background(), m.engine, m.program, step)
			if err != nil {
				t.Fatal(err)
			}
			reports = append(reports, r)
		}
		last = m.run(t, step)
	}
	return last, reports
}

func (m *machine) get(t testing.TB, name string) op.Tensor {
	t.Helper()
	v, err := m.program.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
