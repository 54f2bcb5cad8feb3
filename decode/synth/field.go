package synth

import "math"

// field is a square picture of n x n values, row by row.
type field struct {
	n int
	v []float64
}

// at samples bilinearly at (x, y), where pixel centres are whole numbers; outside the picture there are zeros.
func (f *field) at(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	i, j, p, q := int(fx), int(fy), x-fx, y-fy
	return (1-q)*((1-p)*f.pixel(i, j)+p*f.pixel(i+1, j)) + q*((1-p)*f.pixel(i, j+1)+p*f.pixel(i+1, j+1))
}

func (f *field) pixel(i, j int) float64 {
	if i < 0 || j < 0 || i >= f.n || j >= f.n {
		return 0
	}
	return f.v[j*f.n+i]
}

// reflect folds x back into a picture of n pixels at its outer edges, -0.5 and n-0.5, and then onto the outer pixels' centres.
func reflect(x float64, n int) float64 {
	side := float64(n)
	x = math.Mod(math.Abs(x+0.5), 2*side)
	return min(max(min(x, 2*side-x)-0.5, 0), side-1)
}

// upsample enlarges to n x n, corner on corner, by cubic convolution (Keys 1981) with a = -0.75; outside, the border goes on.
func (f *field) upsample(n int) *field {
	out := &field{n, make([]float64, n*n)}
	step := float64(f.n-1) / float64(n-1)
	border := func(i int) int { return min(max(i, 0), f.n-1) }
	for y := range n {
		j, wy := cubic(float64(y) * step)
		for x := range n {
			i, wx := cubic(float64(x) * step)
			sum := 0.0
			for b, q := range wy {
				row := 0.0
				for a, p := range wx {
					row += p * f.pixel(border(i-1+a), border(j-1+b))
				}
				sum += q * row
			}
			out.v[y*n+x] = sum
		}
	}
	return out
}

// cubic returns the whole number below x and the weights of the four values around x, the first of which is one before that.
func cubic(x float64) (below int, w [4]float64) {
	const a = -0.75
	floor := math.Floor(x)
	for k := range w {
		switch d := math.Abs(x - floor + 1 - float64(k)); {
		case d <= 1:
			w[k] = ((a+2)*d-(a+3))*d*d + 1
		case d < 2:
			w[k] = a * (((d-5)*d+8)*d - 4)
		}
	}
	return int(floor), w
}

// normalise divides by the standard deviation (that of a sample, n-1), so that the field has one of 1.
func (f *field) normalise() {
	var mean, sum float64
	for _, v := range f.v {
		mean += v / float64(len(f.v))
	}
	for _, v := range f.v {
		sum += (v - mean) * (v - mean)
	}
	sd := math.Sqrt(sum / float64(len(f.v)-1))
	for i := range f.v {
		f.v[i] /= sd
	}
}
