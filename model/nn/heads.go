package nn

import (
	"fmt"

	"vidcsl/model/op"
)

// Layer is a layer of a head: a linear map, then, where asked for, batch normalization and ReLU.
type Layer struct {
	Out  int
	Bias bool
	Norm bool
	ReLU bool
}

// MLP adds a head to x [N,K] and returns [N, Out of the last layer]. The parameters have the names of an nn.Sequential of PyTorch
// in which linear maps, normalizations and ReLUs are numbered through, such as 0.weight, 1.running_mean and 3.weight, and start as
// PyTorch's do.
func MLP(p *Params, x *op.Node, layers []Layer) *op.Node {
	at := 0
	next := func() string { at++; return fmt.Sprint(at - 1) }
	for _, l := range layers {
		init := TorchDefault(l.Out, dim(x, 1))
		bias := init
		if !l.Bias {
			bias = nil
		}
		x = p.Linear(next(), x, l.Out, init, bias)
		if l.Norm {
			x = p.BatchNorm(next(), x, standard)
		}
		if l.ReLU {
			next()
			x = relu(x)
		}
	}
	return x
}

// SimCLR is the projection head of Chen et al. 2020, "A Simple Framework for Contrastive Learning of Visual Representations", as
// in its code: two layers without bias, each with batch normalization, ReLU after the first.
func SimCLR(in, out int) []Layer {
	return []Layer{{Out: in, Norm: true, ReLU: true}, {Out: out, Norm: true}}
}

// MoCo is the projection head of Chen et al. 2020, "Improved Baselines with Momentum Contrastive Learning" (MoCo v2): two layers
// with bias, ReLU between, no normalization.
func MoCo(in, out int) []Layer {
	return []Layer{{Out: in, Bias: true, ReLU: true}, {Out: out, Bias: true}}
}

// BYOL is the projection head, and the prediction head too, of Grill et al. 2020, "Bootstrap Your Own Latent": two layers with
// bias, batch normalization and ReLU after the first, which the paper makes 4096 wide, for 256 out.
func BYOL(hidden, out int) []Layer {
	return []Layer{{Out: hidden, Bias: true, Norm: true, ReLU: true}, {Out: out, Bias: true}}
}
