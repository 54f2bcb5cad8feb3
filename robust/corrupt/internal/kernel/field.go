package kernel

import "fmt"

// Uniform sets dst[i] to k times a uniform value of -1 to 1, of the upper 32 of Bits(seed, i).
func Uniform(dst []float32, seed uint64, k float32) {
	if len(dst) > 0 {
		uniform(dst, seed, k)
	}
}

// Normal sets dst[i] to mean + spread q, q the one of 4096 quantiles that the upper bits of Bits(seed, i) say.
func Normal(dst []float32, seed uint64, mean, spread float32, quantiles *[4096]float32) {
	if len(dst) > 0 {
		normal(dst, seed, mean, spread, quantiles)
	}
}

// Transpose sets dst[x*rows+y] to src[y*cols+x]. They are apart.
func Transpose(dst, src []float32, rows, cols int) {
	want("a plane", len(src), rows*cols)
	want("a turned plane", len(dst), rows*cols)
	if len(src) > 0 {
		transpose(dst, src, rows, cols)
	}
}

// Rows says what each row of a result is: the sum of Taps[y] rows of the source from First[y] on, with the weights from From[y] on.
type Rows struct {
	First, From, Taps []int32
	Weight            []float32
	step              []int32
}

// Convolve sets the rows of dst, of width values, to what r makes of those of src, which is apart: in float32, in the order of the rows.
func Convolve(dst, src []float32, width int, r *Rows) {
	n, most := len(r.First), 0
	want("a convolution", len(r.From), n)
	want("a convolution", len(r.Taps), n)
	want("the result of a convolution", len(dst), n*width)
	for y, f := range r.First {
		taps, from := int(r.Taps[y]), int(r.From[y])
		if f < 0 || from < 0 || taps < 0 || (int(f)+taps)*width > len(src) || from+taps > len(r.Weight) {
			panic(fmt.Sprintf("kernel: row %d is of %d rows from %d on, with weights from %d on, of %d values and %d weights", y, taps, f, from, len(src), len(r.Weight)))
		}
		most = max(most, taps)
	}
	if len(dst) == 0 {
		return
	}
	step := grow(&r.step, most)
	for j := range step {
		step[j] = int32(j * width)
	}
	convolve(dst, src, width, r)
}

// Bend is a map from the places of a frame to their sources: first a shift of each, mirrored at the frame's edges, half a pixel beyond the outermost; then x' = M[0] x + M[1] y + M[2],
// y' = M[3] x + M[4] y + M[5], mirrored at the outermost pixels.
type Bend struct {
	H, W int
	M    [6]float64
}

// Places sets what [Warp] wants for frames whose rows are one pixel longer than W.
func (b *Bend) Places(at []int32, shares []uint32, dx, dy []float32) {
	for _, n := range [4]int{len(at), len(shares), len(dx), len(dy)} {
		want("a map", n, b.H*b.W)
	}
	if len(at) > 0 {
		bent(at, shares, dx, dy, b)
	}
}
