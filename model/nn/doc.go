// Package nn builds encoders and their heads as graphs of the operations of package op.
//
//	g := op.NewGraph()
//	p := nn.NewParams(g, op.F32, 1)             // what the first values are drawn from
//	x := op.Input(g, "clips", op.Of(op.F32, 8, 3, 16, 112, 112))
//	enc, err := nn.New(p.Sub("encoder").Training(1), x, nn.Config{Arch: "r3d_18"})
//	if err != nil {
//		return err
//	}
//	z := nn.MLP(p.Sub("head").Training(1), enc.Features, nn.SimCLR(enc.Dim, 128))
//	…                                            // a loss of z, its gradients, an optimiser that sets Param.Out
//	program, err := engine.Compile(model.Signature{Inputs: []*op.Node{x}, State: p.Slots(), Metrics: …})
//	…
//	err = p.Sub("encoder").Save("weights.safetensors", program.Get, nil)
//
// Clips are [N, C, D, H, W], images are clips of depth 1. Parameters have the names and the shapes of torchvision's state dict
// where torchvision has the model (r3d_18, r2plus1d_18, s3d, resnet18, resnet50), of PyTorchVideo's for slow_r50, and names of
// our own for c3d and tiny3d. A file of such weights loads here, and one written here loads there, strictly.
//
// Functions that add to a graph panic with an *[op.Error] if something does not fit, as [op.Apply] does; [New] and [op.Build]
// return it.
package nn
