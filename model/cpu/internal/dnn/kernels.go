//go:build cgo && !nodnnl

package dnn

// #include "kernels.h"
import "C"

import "unsafe"

// Kernels of our own, see kernels.h. They use the threads of the calling [Thread].

// Shape is that of activations: N samples of C channels in blocks, S values each, normalised in Groups equal runs of the batch.
type Shape struct{ c C.dnn_shape }

// NewShape returns a shape.
func NewShape(n, c, s, block, groups int, bf16 bool) *Shape {
	return &Shape{C.dnn_shape{n: C.int64_t(n), c: C.int64_t(c), s: C.int64_t(s), block: C.int(block), bf16: flag(bf16), groups: C.int(groups)}}
}

func f32(p unsafe.Pointer) *C.float { return (*C.float)(p) }

// Add computes a + b.
func Add(bf16 bool, a, b, out unsafe.Pointer, n int) { C.dnn_add(flag(bf16), a, b, out, C.int64_t(n)) }

// ReLU computes max(0, x).
func ReLU(bf16 bool, x, out unsafe.Pointer, n int) { C.dnn_relu(flag(bf16), x, out, C.int64_t(n)) }

// ReLUGrad computes gy where y is positive.
func ReLUGrad(bf16 bool, y, gy, out unsafe.Pointer, n int) {
	C.dnn_relu_grad(flag(bf16), y, gy, out, C.int64_t(n))
}

// ReLUGradSum computes a + b where y is positive.
func ReLUGradSum(bf16 bool, y, a, b, out unsafe.Pointer, n int) {
	C.dnn_relu_grad_sum(flag(bf16), y, a, b, out, C.int64_t(n))
}

// Momentum computes momentum*v + rate*(g + decay*p).
func Momentum(p, g, v unsafe.Pointer, momentum, rate, decay float32, out unsafe.Pointer, n int) {
	C.dnn_momentum(f32(p), f32(g), f32(v), C.float(momentum), C.float(rate), C.float(decay), f32(out), C.int64_t(n))
}

// Axpby computes a*x + b*y.
func Axpby(x, y unsafe.Pointer, a, b float32, out unsafe.Pointer, n int) {
	C.dnn_axpby(f32(x), f32(y), C.float(a), C.float(b), f32(out), C.int64_t(n))
}

// MixSquares computes a*x + b*y*y.
func MixSquares(x, y unsafe.Pointer, a, b float32, out unsafe.Pointer, n int) {
	C.dnn_mix_squares(f32(x), f32(y), C.float(a), C.float(b), f32(out), C.int64_t(n))
}

// AdamW computes keep*p - rate*m/(sqrt(v)*root + eps).
func AdamW(p, m, v unsafe.Pointer, keep, rate, root, eps float32, out unsafe.Pointer, n int) {
	C.dnn_adamw(f32(p), f32(m), f32(v), C.float(keep), C.float(rate), C.float(root), C.float(eps), f32(out), C.int64_t(n))
}

// Scale computes x*scale.
func Scale(x unsafe.Pointer, scale float32, out unsafe.Pointer, n int) {
	C.dnn_scale(f32(x), C.float(scale), f32(out), C.int64_t(n))
}

// SquareSum returns the sum of squares.
func SquareSum(x unsafe.Pointer, n int) float64 {
	return float64(C.dnn_square_sum(f32(x), C.int64_t(n)))
}

// BlockIn changes row-major f32 to blocks.
func (s *Shape) BlockIn(x, out unsafe.Pointer) { C.dnn_block_in(&s.c, f32(x), out) }

// BlockOut changes blocks to row-major f32.
func (s *Shape) BlockOut(x, out unsafe.Pointer) { C.dnn_block_out(&s.c, x, f32(out)) }

// ToBF16 rounds to bfloat16.
func ToBF16(x, out unsafe.Pointer, n int) { C.dnn_to_bf16(f32(x), out, C.int64_t(n)) }

// FromBF16 widens to f32.
func FromBF16(x, out unsafe.Pointer, n int) { C.dnn_from_bf16(x, f32(out), C.int64_t(n)) }

// Normalize turns pixels x[n][s][3] into out[n][3][s], f32 or bfloat16, by the table of each channel.
func Normalize(bf16 bool, x unsafe.Pointer, table *[3][256]float32, n, s int, out unsafe.Pointer) {
	C.dnn_normalize(flag(bf16), (*C.uint8_t)(x), (*[256]C.float)(unsafe.Pointer(table)), C.int64_t(n), C.int64_t(s), out)
}

// Partial returns the bytes of scratch memory that BNStats and BNReduce need.
func (s *Shape) Partial() int { return int(C.dnn_bn_partial(&s.c)) }

// BNStats computes the statistics [groups][3][c].
func (s *Shape) BNStats(x unsafe.Pointer, eps float64, stats, partial unsafe.Pointer) {
	C.dnn_bn_stats(&s.c, x, C.double(eps), f32(stats), partial)
}

// BNApply normalises; add may be nil.
func (s *Shape) BNApply(x, stats, gamma, beta, add unsafe.Pointer, relu bool, y unsafe.Pointer) {
	C.dnn_bn_apply(&s.c, x, f32(stats), f32(gamma), f32(beta), add, flag(relu), y)
}

// BNReduce computes the sums [groups][2][c]. With gamma and beta, which may be nil, gy is that of a ReLU after the normalisation.
func (s *Shape) BNReduce(x, stats, gamma, beta, gy, reduced, partial unsafe.Pointer) {
	C.dnn_bn_reduce(&s.c, x, f32(stats), f32(gamma), f32(beta), gy, f32(reduced), partial)
}

// BNInput computes the gradient of x. With beta, which may be nil, gy is that of a ReLU after the normalisation.
func (s *Shape) BNInput(x, stats, gamma, beta, reduced, gy, gx unsafe.Pointer) {
	C.dnn_bn_input(&s.c, x, f32(stats), f32(gamma), f32(beta), f32(reduced), gy, gx)
}

// Mean computes the mean of every channel of every sample.
func (s *Shape) Mean(x, out unsafe.Pointer) { C.dnn_mean(&s.c, x, f32(out)) }

// MeanGrad spreads the gradient of Mean.
func (s *Shape) MeanGrad(gy, out unsafe.Pointer) { C.dnn_mean_grad(&s.c, f32(gy), out) }

// Affine computes (x-mean)/sqrt(variance+eps)*gamma + beta; any of the four may be nil. coefficients holds 5 floats for each channel.
func (s *Shape) Affine(x, mean, variance unsafe.Pointer, eps float64, gamma, beta, coefficients, y unsafe.Pointer) {
	C.dnn_affine(&s.c, x, f32(mean), f32(variance), C.double(eps), f32(gamma), f32(beta), f32(coefficients), y)
}

// SumChannels computes the sum of every channel; coefficients as for Affine, partial as for BNStats.
func (s *Shape) SumChannels(gy, out, coefficients, partial unsafe.Pointer) {
	C.dnn_sum_channels(&s.c, gy, f32(out), f32(coefficients), partial)
}

// BNInferGamma computes the sum over every channel of gy times the normalised x; coefficients and partial as for SumChannels.
func (s *Shape) BNInferGamma(x, mean, variance unsafe.Pointer, eps float64, gy, out, coefficients, partial unsafe.Pointer) {
	C.dnn_bn_infer_gamma(&s.c, x, f32(mean), f32(variance), C.double(eps), gy, f32(out), f32(coefficients), partial)
}

// Pool is the shape of a pooling: pieces are blocks of channels of samples.
type Pool struct{ c C.dnn_pool }

// NewPool returns a shape; in and out are the depth, height and width of x and y.
func NewPool(pieces int, in, out, kernel, stride, pad [3]int, block int, bf16 bool) *Pool {
	p := &Pool{C.dnn_pool{pieces: C.int64_t(pieces), block: C.int(block), bf16: flag(bf16)}}
	for i := range 3 {
		p.c.in[i], p.c.out[i] = C.int64_t(in[i]), C.int64_t(out[i])
		p.c.kernel[i], p.c.stride[i], p.c.pad[i] = C.int(kernel[i]), C.int(stride[i]), C.int(pad[i])
	}
	return p
}

// Max computes the largest value under each window.
func (p *Pool) Max(x, y unsafe.Pointer) { C.dnn_max_pool(&p.c, x, y) }

// MaxGrad sends gy to where the largest values were; sums holds a float for each element of gx if they are bfloat16.
func (p *Pool) MaxGrad(x, gy, gx, sums unsafe.Pointer) {
	C.dnn_max_pool_grad(&p.c, x, gy, gx, f32(sums))
}

// Avg computes the mean under each window; of all its places if countPad, else of those inside.
func (p *Pool) Avg(countPad bool, x, y unsafe.Pointer) { C.dnn_avg_pool(&p.c, flag(countPad), x, y) }

// AvgGrad shares gy out among the places under its windows; sums as for MaxGrad.
func (p *Pool) AvgGrad(countPad bool, gy, gx, sums unsafe.Pointer) {
	C.dnn_avg_pool_grad(&p.c, flag(countPad), gy, gx, f32(sums))
}
