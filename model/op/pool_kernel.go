package op

// poolView is what every channel is pooled by.
type poolView struct {
	inSize, outSize, taps int   // of a channel of x, of the result, of a window
	index                 []int // [outSize,taps] place in a channel of x, or -1 in the padding
}

func viewOf(x, y []int, kernel, stride, pad [3]int) poolView {
	return poolView{
		x[2] * x[3] * x[4], y[2] * y[3] * y[4], kernel[0] * kernel[1] * kernel[2],
		windows(x[2:], y[2:], kernel[:], stride[:], pad[:], []int{1, 1, 1}),
	}
}

// window returns the places under a window.
func (v poolView) window(at int) []int { return v.index[at*v.taps : (at+1)*v.taps] }

// channels calls f for every channel of x and of the result, several at a time.
func channels[T float](v poolView, x, y []T, f func(x, y []T)) {
	parallel(len(y)/v.outSize, func(from, to int) {
		for c := from; c < to; c++ {
			f(x[c*v.inSize:(c+1)*v.inSize], y[c*v.outSize:(c+1)*v.outSize])
		}
	})
}

func maxPool[T float](v poolView, y, x []T) {
	channels(v, x, y, func(x, y []T) {
		for at := range y {
			y[at] = x[largest(x, v.window(at))]
		}
	})
}

func maxPoolGrad[T float](v poolView, gx, x, gy []T) {
	clear(gx)
	parallel(len(gy)/v.outSize, func(from, to int) {
		for c := from; c < to; c++ {
			for at, g := range gy[c*v.outSize : (c+1)*v.outSize] {
				gx[c*v.inSize+largest(x[c*v.inSize:(c+1)*v.inSize], v.window(at))] += g
			}
		}
	})
}

// largest returns the place under a window whose value is the largest, the first of equals; the last that is NaN, if any is.
func largest[T float](x []T, window []int) int {
	best := -1
	for _, k := range window {
		if k >= 0 && (best < 0 || x[k] > x[best] || x[k] != x[k]) {
			best = k
		}
	}
	return best
}

func avgPool[T float](v poolView, y, x []T, countPad bool) {
	channels(v, x, y, func(x, y []T) {
		for at := range y {
			sum := 0.0
			for _, k := range v.window(at) {
				if k >= 0 {
					sum += float64(x[k])
				}
			}
			y[at] = T(sum / v.share(at, countPad))
		}
	})
}

func avgPoolGrad[T float](v poolView, gx, gy []T, countPad bool) {
	clear(gx)
	channels(v, gx, gy, func(gx, gy []T) {
		for at, g := range gy {
			part := T(float64(g) / v.share(at, countPad))
			for _, k := range v.window(at) {
				if k >= 0 {
					gx[k] += part
				}
			}
		}
	})
}

// share returns the number that the sum under a window is divided by.
func (v poolView) share(at int, countPad bool) float64 {
	if countPad {
		return float64(v.taps)
	}
	n := 0
	for _, k := range v.window(at) {
		if k >= 0 {
			n++
		}
	}
	return float64(n)
}

func globalAvgPool[T float](y, x []T) {
	size := len(x) / len(y)
	for i := range y {
		sum := 0.0
		for _, v := range x[i*size : (i+1)*size] {
			sum += float64(v)
		}
		y[i] = T(sum / float64(size))
	}
}

func globalAvgPoolGrad[T float](gx, gy []T) {
	size := len(gx) / len(gy)
	for i := range gx {
		gx[i] = T(float64(gy[i/size]) / float64(size))
	}
}
