package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"

	"vidcsl/model/op"
)

// Init draws the first value of one element of a parameter.
type Init func(r *rand.Rand) float64

// Constant is the same for every element.
func Constant(v float64) Init { return func(*rand.Rand) float64 { return v } }

// Normal is a normal distribution around 0.
func Normal(std float64) Init { return func(r *rand.Rand) float64 { return std * r.NormFloat64() } }

// Uniform is a uniform distribution from -bound to bound.
func Uniform(bound float64) Init {
	return func(r *rand.Rand) float64 { return bound * (2*r.Float64() - 1) }
}

// KaimingNormal keeps the variance of gradients through a convolution, or matrix, of this shape [out, in, kernel...] and a ReLU
// (He et al. 2015, "fan out"): what torchvision's residual networks start from.
func KaimingNormal(shape ...int) Init {
	return Normal(math.Sqrt(2 / float64(shape[0]*product(shape[2:]))))
}

// TorchDefault is what PyTorch's own convolutions and linear layers start from, weights and biases, for a weight of this shape:
// uniform up to the reciprocal root of the inputs of one output.
func TorchDefault(shape ...int) Init { return Uniform(1 / math.Sqrt(float64(product(shape[1:])))) }

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// draw returns the first value of a parameter. It depends on the seed and the name, the rule and the shape alone: another
// parameter more or less changes nothing.
//
// The derivation is stable: SHA-256 of the text "vidcsl/model/nn.Init/1", the seed as 8 bytes little-endian and the name; bytes
// 0-7 and 8-15 of the sum, little-endian, are the two seeds of math/rand/v2's PCG, from which the elements are drawn in order.
func draw(seed uint64, name string, t op.Type, init Init) op.Tensor {
	b := binary.LittleEndian.AppendUint64([]byte("vidcsl/model/nn.Init/1"), seed)
	sum := sha256.Sum256(append(b, name...))
	r := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])))
	out := op.NewTensor(t)
	switch data := out.Data.(type) {
	case []float32:
		for i := range data {
			data[i] = float32(init(r))
		}
	case []float64:
		for i := range data {
			data[i] = init(r)
		}
	}
	return out
}
