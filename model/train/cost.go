package train

import (
	"fmt"

	"vidcsl/model"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// Cost is what a run and one of its steps take, counted in the graph of the step: nothing of it is measured. What detectors do between steps
// is not in it.
type Cost struct {
	Samples    int `json:"samples"`
	EpochSteps int `json:"steps_per_epoch"`
	Steps      int `json:"steps"`

	Parameters   int64            `json:"parameters"`              // that are trained, of the encoder and the head
	Forward      int64            `json:"encoder_multiply_adds"`   // of the encoder for one view; twice as many FLOPs
	MultiplyAdds int64            `json:"step_multiply_adds"`      // of a step
	Kinds        map[string]int64 `json:"multiply_adds_of_kinds"`  // the same, by the kind of operation
	State        int64            `json:"state_bytes"`             // weights, what the optimizer keeps, banks
	Batch        int64            `json:"batch_bytes"`             // what a step is fed
	Live         Precision        `json:"live_bytes"`              // the most that a step holds at once beside its state
	Traffic      Precision        `json:"traffic_bytes"`           // what its operations read and write, each for itself
	PixelBytes   int64            `json:"pixel_bytes_of_a_sample"` // of all its views
}

// Precision is a number of bytes in each precision.
type Precision struct {
	F32  int64 `json:"f32"`
	BF16 int64 `json:"bf16"` // clips and feature maps in bfloat16; all else in float32
}

// Count counts what a run of a configuration over data of this kind takes. It returns the errors that [New] would, builds the graph of the
// step, and computes nothing; that takes about a second for a large encoder, and memory for its weights.
func Count(c Config, info model.DataInfo) (*Cost, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if err := c.CheckData(info); err != nil {
		return nil, err
	}
	cost := &Cost{Samples: len(info.Keys), EpochSteps: len(info.Keys) / info.Batch, Kinds: map[string]int64{}}
	cost.Steps = c.Schedule.total(cost.EpochSteps)
	g, err := build(c, info, cost.Steps)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"encoder", "head"} {
		for _, p := range g.params.Sub(name).Trained() {
			cost.Parameters += int64(op.TypeOf(p.In).Len())
		}
	}
	for v := range c.Views() {
		cost.PixelBytes += bytesOf(op.TypeOf(g.sig.Inputs[v])) / int64(c.Batch)
	}
	if cost.Forward, err = forward(c, info); err != nil {
		return nil, err
	}
	return cost, cost.step(g.sig)
}

// forward counts what the encoder, without a classifier, does with one view.
func forward(c Config, info model.DataInfo) (sum int64, err error) {
	g, s := op.NewGraph(), info.Shape
	enc, err := nn.New(nn.NewParams(g, op.F32, 0), op.Input(g, "clip", op.Of(op.F32, 1, 3, s[0], s[1], s[2])), c.Encoder.Network(0))
	if err != nil {
		return 0, err
	}
	list, _, err := op.Schedule([]*op.Node{enc.Features})
	for _, in := range list {
		if in.Spec != nil {
			sum += op.MultiplyAdds(in.Spec, operandTypes(list, in), in.Type)
		}
	}
	return sum, err
}

func operandTypes(list []op.Instr, in op.Instr) []op.Type {
	types := make([]op.Type, len(in.In))
	for k, v := range in.In {
		types[k] = list[v].Type
	}
	return types
}

func bytesOf(t op.Type) int64 { return int64(t.Len()) * int64(t.DType.Size()) }

// step counts what a step does and holds.
func (c *Cost) step(sig model.Signature) error {
	outputs := append([]*op.Node{}, sig.Metrics...)
	kept := map[*op.Node]bool{} // values that take the place of the state, or are part of it
	for _, s := range sig.State {
		c.State += bytesOf(op.TypeOf(s.In))
		kept[s.In] = true
		if s.Out != nil {
			outputs, kept[s.Out] = append(outputs, s.Out), true
		}
	}
	for _, n := range sig.Inputs {
		c.Batch += bytesOf(op.TypeOf(n))
		kept[n] = true
	}
	list, at, err := op.Schedule(outputs)
	if err != nil {
		return fmt.Errorf("train: %w", err)
	}
	maps := featureMaps(list)
	for i, in := range list {
		if in.Spec == nil {
			continue
		}
		types := operandTypes(list, in)
		if n := op.MultiplyAdds(in.Spec, types, in.Type); n > 0 {
			c.Kinds[in.Spec.Kind()] += n
			c.MultiplyAdds += n
		}
		if op.Traffic(in.Spec, types, in.Type) == 0 {
			continue
		}
		for _, v := range append([]int{i}, in.In...) {
			n := bytesOf(list[v].Type)
			c.Traffic.F32 += n
			c.Traffic.BF16 += n / maps.shrink(v)
		}
	}
	order := op.Arrange(list, at, nil)
	c.Live.F32 = mostLive(list, at, order, kept, func(v int) int64 { return bytesOf(list[v].Type) })
	c.Live.BF16 = mostLive(list, at, order, kept, func(v int) int64 { return bytesOf(list[v].Type) / maps.shrink(v) })
	return nil
}

// shrinking says which values of a schedule a step in bfloat16 holds in it.
type shrinking []bool

// shrink is what the bytes of a value are divided by.
func (s shrinking) shrink(v int) int64 {
	if s[v] {
		return 2
	}
	return 1
}

// featureMaps finds the clips, the feature maps and their gradients: what becomes of pixels and of convolutions in as many dimensions, but for the
// gradients of weights.
func featureMaps(list []op.Instr) shrinking {
	maps := make(shrinking, len(list))
	for i, in := range list {
		if in.Spec == nil || in.Type.Rank() != 5 || in.Type.DType != op.F32 {
			continue
		}
		switch in.Spec.(type) {
		case op.Normalize, op.Conv3D, op.Conv3DInput:
			maps[i] = true
		case op.Conv3DWeight:
		default:
			for _, v := range in.In {
				maps[i] = maps[i] || maps[v]
			}
		}
	}
	return maps
}
