package kernel

import "math"

// Disk is a blur out of focus.
type Disk struct {
	k [][]float64 // rows and, in each, columns 0 to r from the middle: the filter is symmetric
	r int
}

// NewDisk returns the filter of a disk of that radius in pixels, which holds the pixels whose middle is not farther away, smoothed by a
// Gaussian of deviation smooth over 3x3 pixels, or 5x5 for a radius above 8. As in
// ImageNet-C, the filter is cut where the disk ends if that is 8 pixels or an integer above, and then sums to 1.01 and not 1.
// Source: disk of ImageNet-C, arXiv 1903.12261.
func NewDisk(radius, smooth float64) *Disk {
	r, taps := 8, 1
	if radius > 8 {
		r, taps = int(math.Ceil(radius)), 2
	}
	n, count := 2*r+1, 0.0
	k := make([]float64, n*n)
	for y := -r; y <= r; y++ {
		for x := -r; x <= r; x++ {
			if float64(x*x+y*y) <= radius*radius {
				k[(y+r)*n+x+r] = 1
				count++
			}
		}
	}
	k = smoothed(smoothed(k, n, 1, n, taps, smooth), n, n, 1, taps, smooth)
	d := new(Disk)
	for y := range r + 1 {
		row := make([]float64, r+1)
		for x := range row {
			if row[x] = k[(y+r)*n+x+r] / count; row[x] > 1.0/(1<<20) {
				d.r = max(d.r, x, y)
			}
		}
		d.k = append(d.k, row)
	}
	return d
}

// smoothed filters n lines of n values, step apart within a line, with a Gaussian of that many taps on each side.
func smoothed(k []float64, n, step, line, taps int, sigma float64) []float64 {
	out := make([]float64, len(k))
	total := 1.0
	for i := 1; i <= taps; i++ {
		total += 2 * math.Exp(-float64(i*i)/(2*sigma*sigma))
	}
	for y := range n {
		for x := range n {
			for i := -taps; i <= taps; i++ {
				out[y*line+x*step] += math.Exp(-float64(i*i)/(2*sigma*sigma)) / total * k[y*line+mirrored(x+i, n)*step]
			}
		}
	}
	return out
}

// maxRun is how many values of 255 can be added in 16 bits.
const maxRun = 257

// Blur writes the blurred frame src to dst, which may be src. Borders are mirrored. The result is rounded to nearest.
//
// A row of the filter falls from the middle outwards: it is a sum of runs of equal weight, each of which costs one difference of sums over
// the row up to a pixel.
func (d *Disk) Blur(dst, src []byte, h, w int, s *Scratch) {
	want("a frame", len(src), h*w*3)
	want("a frame", len(dst), h*w*3)
	if d.r == 0 {
		copy(dst, src)
		return
	}
	shift := 0
	for shift < 7 && min(2*d.r+1, maxRun)*255<<(shift+1) < 1<<16 {
		shift++
	}
	plane, stride := s.pad(src, h, w, margin{d.r, d.r, d.r, d.r}, mirrored, shift)
	prefix(plane, stride, h+2*d.r, w+2*d.r)
	d.terms(stride, shift).narrow(dst, plane, stride, h, w*3)
}

func (d *Disk) terms(stride, shift int) *terms {
	t := &terms{mode: difference}
	for y := -d.r; y <= d.r; y++ {
		row, done := d.k[max(y, -y)], 0
		for x := d.r; x >= 0; x-- {
			k := int(math.Round(row[x] * float64(int(1)<<(23-shift))))
			if (k-done)*(2*x+1)*255<<shift < 1<<15 { // less than half a unit of the result, at the most
				continue
			}
			for lo := -x; lo <= x; lo += maxRun {
				hi := min(lo+maxRun-1, x) + 1
				t.add((y+d.r)*stride+(hi+d.r)*3, (y+d.r)*stride+(lo+d.r)*3, k-done)
			}
			done = k
		}
	}
	return t
}
