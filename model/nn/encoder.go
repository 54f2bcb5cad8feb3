package nn

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"vidcsl/model/op"
)

// Stem says what an encoder does to its input first.
type Stem string

// The stems. A standard one is the published one, which reduces height and width by 2 or 4 at once; a small one is for pictures
// of about 32 pixels, as SimCLR's for CIFAR-10: a kernel of 3 in place of 7 or 5, stride 1, no pooling.
const (
	StandardStem Stem = ""
	SmallStem    Stem = "small"
)

// Config chooses an encoder.
type Config struct {
	Arch       string  // one of [Archs]
	Width      float64 // multiplies all numbers of channels; 0: 1
	Depth      float64 // multiplies the numbers of blocks of the stages, of which at least one stays; 0: 1
	Stem       Stem
	Classes    int     // with that many classes the encoder ends in its classifier; 0: without
	BNMomentum float64 // of the running statistics, 0 to 1, see [BatchNorm]; 0: the architecture's, 0.001 for s3d, else 0.1
}

// Encoder is what [New] adds to a graph.
type Encoder struct {
	Map      *op.Node // [N, Dim, D, H, W], what the last stage gives
	Features *op.Node // [N, Dim], its mean over time and place
	Logits   *op.Node // [N, Classes]; nil if Config.Classes is 0
	Dim      int

	// Classifier is the name of the classifier's parameters, such as fc, whether there is one or not: what [Params.Load] has to
	// except to take the weights of an encoder from a model with another classifier, or none.
	Classifier string
}

// arch is an architecture: build adds all up to the map and the features, and the prefix and rules of its classifier are data.
type arch struct {
	build      func(b *builder, x *op.Node) (features, last *op.Node)
	classifier string                  // the name of the classifier's parameters
	flat       bool                    // the classifier is a matrix in files, not a convolution
	init       func(shape ...int) Init // of its weight
	bias       func(shape ...int) Init // of its bias, from the shape of the weight
}

func normal001(...int) Init { return Normal(0.01) }
func zero(...int) Init      { return Constant(0) }

var archs = map[string]arch{
	"r3d_18":      {(*builder).r3d, "fc", true, normal001, zero},
	"r2plus1d_18": {(*builder).r2plus1d, "fc", true, normal001, zero},
	"c3d":         {(*builder).c3d, "fc", true, normal001, zero},
	"s3d":         {(*builder).s3d, "classifier.1", false, TorchDefault, TorchDefault},
	"slow_r50":    {(*builder).slowOnly, "blocks.5.proj", true, normal001, zero},
	"resnet18":    {(*builder).resnet18, "fc", true, TorchDefault, TorchDefault},
	"resnet50":    {(*builder).resnet50, "fc", true, TorchDefault, TorchDefault},
	"tiny3d":      {(*builder).tiny3d, "fc", true, TorchDefault, TorchDefault},
}

// Archs returns the names of the architectures.
func Archs() []string { return slices.Sorted(maps.Keys(archs)) }

// builder is what the architectures share.
type builder struct {
	*Params
	Config
	bn BatchNorm
}

// New adds an encoder to the graph of x, clips [N,3,D,H,W] (any number of channels will do), with parameters from p. An input
// too small for the architecture is an error.
func New(p *Params, x *op.Node, c Config) (enc *Encoder, err error) {
	a, ok := archs[c.Arch]
	c.Width, c.Depth = cmp.Or(c.Width, 1), cmp.Or(c.Depth, 1)
	switch t := op.TypeOf(x); {
	case !ok:
		return nil, fmt.Errorf("nn: no architecture %q, want one of %s", c.Arch, strings.Join(Archs(), ", "))
	case !(c.Width > 0 && c.Width <= 64 && c.Depth > 0 && c.Depth <= 64):
		return nil, fmt.Errorf("nn: width %v and depth %v, want multipliers above 0 and up to 64", c.Width, c.Depth)
	case c.Stem != StandardStem && c.Stem != SmallStem:
		return nil, fmt.Errorf("nn: stem %q, want %q or none", c.Stem, SmallStem)
	case c.Classes < 0:
		return nil, fmt.Errorf("nn: %d classes", c.Classes)
	case !(c.BNMomentum >= 0 && c.BNMomentum <= 1):
		return nil, fmt.Errorf("nn: momentum %v of running statistics, want 0 to 1", c.BNMomentum)
	case t.Rank() != 5 || t.DType != p.all.d:
		return nil, fmt.Errorf("nn: the input is %v, want %v[N C D H W]", t, p.all.d)
	}
	b := &builder{Params: p, Config: c, bn: standard}
	b.bn.Momentum = cmp.Or(c.BNMomentum, b.bn.Momentum)
	err = op.Build(func() {
		enc = &Encoder{Classifier: a.classifier}
		enc.Features, enc.Map = a.build(b, x)
		enc.Dim = dim(enc.Features, 1)
		if c.Classes > 0 {
			enc.Logits = a.logits(p, enc.Features, c.Classes)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("nn: %s: %w", c.Arch, err)
	}
	return enc, nil
}

func (a arch) logits(p *Params, x *op.Node, classes int) *op.Node {
	shape := []int{classes, dim(x, 1)}
	stored := shape
	if !a.flat {
		stored = append(slices.Clone(shape), 1, 1, 1)
	}
	return p.linear(a.classifier, x, classes, a.init(shape...), a.bias(shape...), stored)
}

// ch is a number of channels, times the width.
func (b *builder) ch(n int) int { return times(n, b.Width) }

// blocks is a number of blocks, times the depth.
func (b *builder) blocks(n int) int { return times(n, b.Depth) }

func times(n int, by float64) int { return max(1, int(math.Floor(float64(n)*by+0.5))) }

// small reports whether the input is of small pictures.
func (b *builder) small() bool { return b.Stem == SmallStem }

// unit is a convolution and its batch normalization.
func (b *builder) unit(conv, bn string, x *op.Node, c Conv) *op.Node {
	return b.BatchNorm(bn, b.Conv(conv, x, c), b.bn)
}

// pooled returns the mean of a map over time and place, and the map.
func pooled(x *op.Node) (features, last *op.Node) { return op.Apply(op.GlobalAvgPool{}, x), x }
