package contrast_test

import (
	"fmt"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

func ExampleObjective() {
	config := contrast.Default()
	config.Queue = 256
	config.Removal.Detector, config.Removal.Action = "oracle", "attract"
	config.Removal.Warmup, config.Removal.Ramp = 0.5, 0

	g := op.NewGraph()
	o, err := contrast.New(g, config, contrast.Dims{Batch: 32, Parts: 1, Embedding: 64, Samples: 1000, Steps: 100, EpochSteps: 31})
	if err != nil {
		fmt.Println(err)
		return
	}
	z := op.Of(op.F32, 32, 64)
	e := contrast.Embeddings{Query: op.Input(g, "query", z), Key: op.Input(g, "key", z),
		Index: op.Input(g, "index", op.Of(op.I32, 32)), Labels: op.Input(g, "labels", op.Of(op.I32, 32))}
	var loss *op.Node
	if err := op.Build(func() { loss = o.Loss(e); o.Finish() }); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("loss", op.TypeOf(loss), "momentum encoder", o.Momentum())
	for _, s := range o.Slots() {
		fmt.Println("slot", s.Name, op.TypeOf(s.In))
	}
	for i, n := range o.Inputs() {
		if n.Name() == "contrast.rate" {
			fmt.Println("rate", o.Feed(49)[i].Data, o.Feed(50)[i].Data)
		}
	}
	for _, m := range o.Metrics() {
		fmt.Println("metric", m.Name)
	}
	// Output:
	// loss f32[] momentum encoder true
	// slot bank.keys f32[256 64]
	// slot bank.samples i32[256]
	// slot bank.labels i32[256]
	// slot bank.written i32[256]
	// slot bank.position i32[]
	// rate [0] [1]
	// metric alignment
	// metric uniformity
	// metric margin
	// metric contrast_accuracy
	// metric base_rate
	// metric bank_age
	// metric removed
	// metric precision
	// metric recall
}
