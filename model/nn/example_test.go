package nn_test

import (
	"fmt"

	"vidcsl/model/nn"
	"vidcsl/model/op"
)

func Example() {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, 1)
	clips := op.Input(g, "clips", op.Of(op.F32, 8, 3, 16, 112, 112))
	enc, err := nn.New(p.Sub("encoder").Training(1), clips, nn.Config{Arch: "r3d_18"})
	if err != nil {
		fmt.Println(err)
		return
	}
	z := nn.MLP(p.Sub("head").Training(1), enc.Features, nn.SimCLR(enc.Dim, 128))
	fmt.Println(op.TypeOf(enc.Map), op.TypeOf(enc.Features), op.TypeOf(z))
	for _, n := range p.Sub("head").List() {
		fmt.Println(n.Name, op.TypeOf(n.In).Shape)
	}
	// Output:
	// f32[8 512 2 7 7] f32[8 512] f32[8 128]
	// head.0.weight [512 512]
	// head.1.weight [512]
	// head.1.bias [512]
	// head.1.running_mean [512]
	// head.1.running_var [512]
	// head.3.weight [128 512]
	// head.4.weight [128]
	// head.4.bias [128]
	// head.4.running_mean [128]
	// head.4.running_var [128]
}
