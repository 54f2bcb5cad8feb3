package kernel

// Scratch is memory that the kernels of blur reuse from call to call. The zero value is ready. It grows to the largest need and stays
// there. One goroutine owns it; what lies in it between calls is of no meaning.
type Scratch struct {
	planes [2][]uint16
	bytes  [2][]byte
	index  []int32
}

// slack is how many values kernels may read beyond the last of a plane, and rows of planes are a multiple of.
const slack = 64

// grown returns n elements of undefined content, in *b if it has room.
func grown[T any](b *[]T, n int) []T {
	if cap(*b) < n {
		*b = make([]T, n+n/4)
	}
	return (*b)[:n]
}

// strideOf returns how far apart the rows of a plane are that hold n values each.
func strideOf(n int) int { return (n + slack - 1) / slack * slack }

// clamped is the border that repeats the outermost pixel.
func clamped(i, n int) int { return min(max(i, 0), n-1) }

// mirrored is the border that mirrors the frame at the outermost pixel, which is not repeated: OpenCV's BORDER_REFLECT_101.
func mirrored(i, n int) int {
	if n == 1 {
		return 0
	}
	if i %= 2 * (n - 1); i < 0 {
		i += 2 * (n - 1)
	}
	return min(i, 2*(n-1)-i)
}

// margin is how many pixels stand around a frame.
type margin struct{ left, right, top, bottom int }

// pad returns a plane of the frame with a margin: 16-bit values v<<shift, and room for one more pixel in each row.
func (s *Scratch) pad(src []byte, h, w int, m margin, border func(i, n int) int, shift int) (plane []uint16, stride int) {
	lines, cols := h+m.top+m.bottom, w+m.left+m.right
	stride = strideOf((cols + 1) * 3)
	plane = grown(&s.planes[0], lines*stride+2*slack)
	index := grown(&s.index, lines+cols)
	for y := range lines {
		index[y] = int32(border(y-m.top, h))
	}
	for x := range cols {
		index[lines+x] = int32(border(x-m.left, w))
	}
	padded(plane, stride, src, w, index[:lines], index[lines:], m, shift)
	return plane, stride
}

// refPadded writes line[y], with the columns col of it, to row y of dst.
func refPadded(dst []uint16, stride int, src []byte, w int, line, col []int32, _ margin, shift int) {
	for y, l := range line {
		s, d := src[int(l)*w*3:], dst[y*stride:]
		for x, c := range col {
			for k := range 3 {
				d[x*3+k] = uint16(s[int(c)*3+k]) << shift
			}
		}
	}
}

// refPrefix replaces each value of the rows by the sum of those before it, by channel and modulo 2^16. Rows become one pixel longer.
func refPrefix(rows []uint16, stride, lines, pixels int) {
	for y := range lines {
		var sum [3]uint16
		row := rows[y*stride:]
		for x := range pixels {
			for k := range 3 {
				v := row[x*3+k]
				row[x*3+k] = sum[k]
				sum[k] += v
			}
		}
		copy(row[pixels*3:], sum[:])
	}
}
