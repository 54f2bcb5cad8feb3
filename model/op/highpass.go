package op

import "math"

// HighPass takes the low frequencies out of pictures, the last two axes of x[...,H,W]: those of fewer than Radius cycles per picture, by
// the length of (vertical, horizontal) in the discrete Fourier transform. What is left is linear in x, and its own transpose.
type HighPass struct{ Radius float64 }

// Kind implements [Spec].
func (HighPass) Kind() string { return "high_pass" }

// Infer implements [Spec].
func (HighPass) Infer(in []Type) (Type, error) {
	t, err := sameTypes(in, 1)
	if err != nil {
		return Type{}, err
	}
	return t, wantFloats(in, 0, 2)
}

// Reference implements [Spec].
func (s HighPass) Reference(out Tensor, in []Tensor) error {
	r := in[0].Rank()
	h, w := in[0].Shape[r-2], in[0].Shape[r-1]
	return floats(out, func(y []float32) { highPassTo(y, Data[float32](in[0]), h, w, s) },
		func(y []float64) { highPassTo(y, Data[float64](in[0]), h, w, s) })
}

// Diff implements [Differentiable].
func (HighPass) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (s HighPass) Grad(_ []*Node, _, grad *Node) []*Node { return []*Node{Apply(s, grad)} }

// highPassTo subtracts from every picture what its low waves add up to.
func highPassTo[T float](y, x []T, h, w int, s HighPass) {
	if len(x) == 0 {
		return
	}
	down, across := s.Waves(h), s.Waves(w)
	inPictures(len(x)/(h*w), h*w, func(from, to int) {
		rows, low := make([]float64, len(across)), make([]float64, len(down)*len(across))
		for p := from; p < to; p++ {
			in, out := x[p*h*w:][:h*w], y[p*h*w:][:h*w]
			clear(low)
			for i := range h { // how much of each pair of waves there is
				for k, a := range across {
					sum := 0.0
					for j, v := range a.At {
						sum += v * float64(in[i*w+j])
					}
					rows[k] = sum
				}
				for k, d := range down {
					for l, v := range rows {
						low[k*len(across)+l] += d.At[i] * v
					}
				}
			}
			for k, d := range down {
				for l, a := range across {
					if !s.Removes(d, a) {
						low[k*len(across)+l] = 0
					}
				}
			}
			for i := range h {
				clear(rows)
				for k, d := range down {
					for l := range rows {
						rows[l] += d.At[i] * low[k*len(across)+l]
					}
				}
				for j := range w {
					sum := 0.0
					for l, a := range across {
						sum += rows[l] * a.At[j]
					}
					out[i*w+j] = T(float64(in[i*w+j]) - sum)
				}
			}
		}
	})
}

// Wave is a cosine or a sine of length 1 over the pixels of a line.
type Wave struct {
	Cycles float64
	At     []float64
}

// Waves returns those of fewer cycles than the radius on n pixels: if it is great, an orthonormal basis of all lines.
func (s HighPass) Waves(n int) (list []Wave) {
	for f := 0; 2*f <= n && float64(f) < s.Radius; f++ {
		scale := math.Sqrt(2 / float64(n))
		if f == 0 || 2*f == n {
			scale = math.Sqrt(1 / float64(n))
		}
		cosine, sine := Wave{float64(f), make([]float64, n)}, Wave{float64(f), make([]float64, n)}
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(f*i%n) / float64(n))
			cosine.At[i], sine.At[i] = scale*cos, scale*sin
		}
		list = append(list, cosine)
		if f > 0 && 2*f < n {
			list = append(list, sine)
		}
	}
	return list
}

// Removes reports whether the product of two waves, one down and one across a picture, is taken out.
func (s HighPass) Removes(down, across Wave) bool {
	return down.Cycles*down.Cycles+across.Cycles*across.Cycles < s.Radius*s.Radius
}

// inPictures is parallel for n pictures, of so many pixels, unless they are few.
func inPictures(n, pixels int, f func(from, to int)) {
	if n*pixels < 1<<12 {
		f(0, n)
		return
	}
	parallel(n, f)
}
