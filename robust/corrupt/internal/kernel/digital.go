package kernel

import "fmt"

func checkFrame(n, h, w int) {
	if h < 1 || w < 1 || n != h*w*3 {
		panic(fmt.Sprintf("kernel: %d bytes are not a frame of %dx%d", n, h, w))
	}
}

// RGBSums returns the sums of red, green and blue.
func RGBSums(src []byte) (sum [3]uint64) {
	if len(src) > 0 {
		rgbSums(&sum, src)
	}
	return sum
}

// Scale sets c' = (c gain + bias[channel]) >> 16, which must lie in 0..255.
func Scale(pix []byte, gain int32, bias [3]int32) {
	if len(pix) > 0 {
		scale(pix, gain, &bias)
	}
}

// Value adds to the greatest of red, green and blue, V of HSV, keeps hue and saturation, and rounds down. What was black becomes grey.
func Value(pix []byte, add float32) {
	if len(pix) > 0 {
		value(pix, add)
	}
}

// Saturation sets S of HSV to gain S + add, at most 1, keeps hue and V, and rounds down. Grey has the hue of red.
func Saturation(pix []byte, gain, add float32) {
	if len(pix) > 0 {
		saturation(pix, gain, add)
	}
}

// WarpSlack is how many bytes beyond a frame's last pixel [Warp] may read.
const WarpSlack = 8

// Warp sets each pixel of dst to a mix of four of src: those at byte at[i], right of it, and below these two, stride bytes on. The bytes of weight[i] are
// the shares of 64 of left, right, upper and lower, lowest first. dst and src are apart.
func Warp(dst, src []byte, stride int, at []int32, weight []uint32) {
	if len(at) != len(weight) || len(dst) != len(at)*3 {
		panic(fmt.Sprintf("kernel: %d bytes, %d places, %d weights", len(dst), len(at), len(weight)))
	}
	if len(at) == 0 {
		return
	}
	if lo, hi := extremes(at); lo < 0 || int(hi)+stride+WarpSlack > len(src) {
		panic(fmt.Sprintf("kernel: places %d to %d, stride %d, of %d bytes", lo, hi, stride, len(src)))
	}
	warp(dst, src, stride, at, weight)
}

// Cells divides pixels into cells, as Pillow's box filter does: cell j is the mean of pixels First[j] to First[j+1]-1, and pixel i shows cell From[i].
type Cells struct{ First, From []int32 }

// NewCells divides n pixels into cells.
func NewCells(n, cells int) Cells {
	if cells < 1 || cells > n {
		panic(fmt.Sprintf("kernel: %d cells of %d pixels", cells, n))
	}
	c := Cells{make([]int32, cells+1), make([]int32, n)}
	size := float64(n) / float64(cells)
	for j := range cells {
		c.First[j] = int32((float64(j)+0.5)*size - size*0.5 + 0.5)
	}
	c.First[cells] = int32(n)
	for i := range c.From {
		c.From[i] = min(int32((float64(i)+0.5)*(float64(cells)/float64(n))), int32(cells-1))
	}
	return c
}

// Pixelate replaces each cell of a frame by its mean: across, rounded, and then down.
func Pixelate(frame []byte, y, x Cells, s *Work) {
	h, w, dh, dw := len(y.From), len(x.From), len(y.First)-1, len(x.First)-1
	checkFrame(len(frame), h, w)
	line, sum := grow(&s.bytes, dw*3), grow(&s.sums, dw*3)
	pixelate(frame, h, w, dh, dw, y, x, line, sum)
}

// Work is memory that kernels reuse from call to call; what it holds never matters. The zero value is ready. One goroutine owns it.
type Work struct {
	bytes    []byte
	sums     []uint32
	words    []int16
	strength []uint16
	todo     []int32
	floats   []float32
}

// grow returns n elements of undefined content.
func grow[T any](b *[]T, n int) []T {
	if cap(*b) < n {
		*b = make([]T, n)
	}
	*b = (*b)[:n]
	return *b
}
