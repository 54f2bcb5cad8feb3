package attack

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// Net is what is attacked: a network as a rule that adds it to a graph. [Encoder] and its kin make those of package nn; a network of
// one's own is a Build function.
type Net struct {
	Shape   [4]int // of a clip: 3, T, H, W
	Classes int    // 0: Build returns features rather than logits
	// DType is what the network computes in: F32, or F64 to check numbers. Clips and answers are float32 anyhow.
	DType op.DType
	// Build adds the network to the graph of clips x [N,3,T,H,W] with values from 0 to 1, and returns logits [N,Classes], or features
	// [N,K]. Parameters come from p, which is in inference: batch normalization uses its running statistics. What a row of the
	// result is must depend on that row of x alone. It is called for every program anew, with another N, and has to make the same
	// parameters each time.
	Build func(p *nn.Params, x *op.Node) (*op.Node, error)
	// Weights gives the parameters that Build made their values. It is called once; nil leaves those that they start from.
	Weights Weights
}

// Weights sets the first values of parameters.
type Weights func(p *nn.Params) error

// File returns the weights of a safetensors file of torchvision's names. The file must hold exactly the parameters of the network, but
// for those below the names in except, such as the fc of a classifier: see [nn.Params.Load].
func File(path string, except ...string) Weights {
	return func(p *nn.Params) error { return p.Load(path, except...) }
}

// Values returns weights by their names in torchvision's model, such as those of a program that trains: of its Get.
func Values(get func(name string) (op.Tensor, error)) Weights {
	return func(p *nn.Params) error {
		for _, n := range p.List() {
			name := n.Name
			for { // without the prefix of p, if it has one
				if found, ok := p.Lookup(name); ok && found == n {
					break
				}
				_, name, _ = strings.Cut(name, ".")
			}
			v, err := get(name)
			if err == nil {
				err = n.SetFirst(v)
			}
			if err != nil {
				return fmt.Errorf("attack: weight %s: %w", name, err)
			}
		}
		return nil
	}
}

// EncoderConfig says which encoder is attacked and what it takes.
type EncoderConfig struct {
	Net       nn.Config
	View      [4]int     // of a clip: T, H, W, 3
	Mean, Std [3]float64 // of the channels, as in training: the encoder sees (x - Mean) / Std of pixels x from 0 to 1
	Weights   Weights    // of the encoder, under their names in torchvision's model
	DType     op.DType   // F32 or F64
}

// The parameters of the parts of a network have names of their own, so that none can be taken for another.
const (
	pixelsName  = "pixels"
	encoderName = "encoder"
	headName    = "head"
)

// Encoder returns an encoder with its own classifier, of Net.Classes; or, where that is 0, the encoder alone, which can be attacked in its
// features only ([Distance]).
func Encoder(c EncoderConfig) Net { return c.with(c.Net.Classes, nil) }

// with returns the network with a head on its features, if there is one.
func (c EncoderConfig) with(classes int, head func(p *nn.Params, features *op.Node) *op.Node) Net {
	net := Net{Shape: [4]int{c.View[3], c.View[0], c.View[1], c.View[2]}, Classes: classes, DType: c.DType}
	net.Build = func(p *nn.Params, x *op.Node) (*op.Node, error) {
		if err := op.Build(func() { x = c.normalized(p.Sub(pixelsName), x) }); err != nil {
			return nil, err
		}
		enc, err := nn.New(p.Sub(encoderName), x, c.Net)
		switch {
		case err != nil:
			return nil, err
		case head == nil && enc.Logits != nil:
			return enc.Logits, nil
		case head == nil:
			return enc.Features, nil
		}
		var logits *op.Node
		err = op.Build(func() { logits = head(p.Sub(headName), enc.Features) })
		return logits, err
	}
	net.Weights = func(p *nn.Params) error {
		if c.Weights == nil {
			return nil
		}
		return c.Weights(p.Sub(encoderName))
	}
	return net
}

// normalized takes the mean from every channel and divides by the deviation: batch normalization of given statistics does it.
func (c EncoderConfig) normalized(p *nn.Params, x *op.Node) *op.Node {
	scale := make([]float64, len(c.Std))
	for i, std := range c.Std {
		scale[i] = 1 / std
	}
	of := op.TypeOf(x).Shape[1]
	return op.Apply(op.BNInfer{Eps: 1e-30}, x, p.Weight("mean", inOrder(c.Mean[:]), of), p.Weight("variance", nn.Constant(1), of),
		p.Weight("scale", inOrder(scale), of), p.Weight("zero", nn.Constant(0), of))
}

// inOrder is a rule for the first value of a parameter: these numbers, one after the other.
func inOrder(values []float64) nn.Init {
	next := -1
	return func(*rand.Rand) float64 { next++; return values[next] }
}
