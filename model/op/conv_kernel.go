package op

// convPlan is a convolution as a product of matrices: per sample and group, a row of the taps under the kernel for each position of the
// result, times the kernels. Rows are made a few at a time.
type convPlan struct {
	n, groups       int
	c, o            int   // channels and kernels of a group
	taps            int   // of one kernel in one channel
	inSize, outSize int   // of one channel
	index           []int // [outSize, taps] place in a channel of x, or -1 in the padding
}

func (c Conv3D) plan(x, w, y []int) *convPlan {
	p := &convPlan{
		n: x[0], groups: c.Groups, c: w[1], o: w[0] / c.Groups,
		taps: w[2] * w[3] * w[4], inSize: x[2] * x[3] * x[4], outSize: y[2] * y[3] * y[4],
	}
	p.index = windows(x[2:], y[2:], w[2:], c.Stride[:], c.Pad[:], c.Dilation[:])
	return p
}

// windows returns for each position of the result (D, H, W) and each tap of the kernel the place in one channel of x, or -1 in the padding.
func windows(x, y, kernel, stride, pad, dilation []int) []int {
	index := make([]int, 0, y[0]*y[1]*y[2]*kernel[0]*kernel[1]*kernel[2])
	for out := range y[0] * y[1] * y[2] {
		od, oh, ow := out/(y[1]*y[2]), out/y[2]%y[1], out%y[2]
		for i := range kernel[0] {
			d := od*stride[0] - pad[0] + i*dilation[0]
			for j := range kernel[1] {
				h := oh*stride[1] - pad[1] + j*dilation[1]
				for k := range kernel[2] {
					w := ow*stride[2] - pad[2] + k*dilation[2]
					if d < 0 || d >= x[0] || h < 0 || h >= x[1] || w < 0 || w >= x[2] {
						index = append(index, -1)
					} else {
						index = append(index, (d*x[1]+h)*x[2]+w)
					}
				}
			}
		}
	}
	return index
}

// gather makes the rows [to-from, channels*taps] of some positions from consecutive channels of x.
func gather[T float](p *convPlan, rows, x []T, from, to int) {
	i := 0
	for at := from; at < to; at++ {
		index := p.index[at*p.taps : (at+1)*p.taps]
		for c := 0; c < len(x); c += p.inSize {
			for _, k := range index {
				rows[i] = 0
				if k >= 0 {
					rows[i] = x[c+k]
				}
				i++
			}
		}
	}
}

// convolve computes y = w * x.
func convolve[T float](p *convPlan, y, x, w []T) {
	const block = 32 // positions at a time
	blocks := (p.outSize + block - 1) / block
	k := p.c * p.taps
	parallel(p.n*p.groups*blocks, func(first, last int) {
		rows := make([]T, block*k)
		for task := first; task < last; task++ {
			ng, from := task/blocks, task%blocks*block // sample and group together
			to := min(from+block, p.outSize)
			kernels := w[ng%p.groups*p.o*k:][:p.o*k]
			gather(p, rows, x[ng*p.c*p.inSize:][:p.c*p.inSize], from, to)
			for at := from; at < to; at++ {
				dots(y[ng*p.o*p.outSize+at:], p.outSize, rows[(at-from)*k:][:k], kernels, p.o)
			}
		}
	})
}

// convSlice is about the number of taps in a slice of the channels, to which only one goroutine adds a gradient.
const convSlice = 256

// convolveInput computes gx from w and gy.
func convolveInput[T float](p *convPlan, gx, w, gy []T) {
	clear(gx)
	k, step := p.c*p.taps, max(1, convSlice/p.taps)
	parts := (p.c + step - 1) / step
	parallel(p.n*p.groups*parts, func(first, last int) {
		row := make([]T, step*p.taps)
		for task := first; task < last; task++ {
			ng, from := task/parts, task%parts*step
			to := min(from+step, p.c)
			kernels, grad := w[ng%p.groups*p.o*k:], gy[ng*p.o*p.outSize:]
			channels := gx[(ng*p.c+from)*p.inSize:][:(to-from)*p.inSize]
			row := row[:(to-from)*p.taps]
			for at := range p.outSize {
				clear(row)
				combine(row, p.o, func(o int) T { return grad[o*p.outSize+at] },
					func(o int) []T { return kernels[o*k+from*p.taps:] })
				scatter(p, channels, row, at)
			}
		}
	})
}

// scatter adds the row of a position to consecutive channels of gx.
func scatter[T float](p *convPlan, gx, row []T, at int) {
	index := p.index[at*p.taps : (at+1)*p.taps]
	i := 0
	for c := 0; c < len(gx); c += p.inSize {
		for _, k := range index {
			if k >= 0 {
				gx[c+k] += row[i]
			}
			i++
		}
	}
}

// convolveWeight computes gw from x and gy.
func convolveWeight[T float](p *convPlan, gw, x, gy []T) {
	clear(gw)
	const block = 32
	k, step := p.c*p.taps, max(1, convSlice/p.taps)
	parts := (p.c + step - 1) / step
	parallel(p.groups*parts, func(first, last int) {
		rows := make([]T, block*step*p.taps)
		for task := first; task < last; task++ {
			g, from := task/parts, task%parts*step
			to := min(from+step, p.c)
			width := (to - from) * p.taps
			for n := range p.n {
				ng := n*p.groups + g
				channels := x[(ng*p.c+from)*p.inSize:][:(to-from)*p.inSize]
				for start := 0; start < p.outSize; start += block {
					end := min(start+block, p.outSize)
					gather(p, rows, channels, start, end)
					for o := range p.o {
						grad := gy[(ng*p.o+o)*p.outSize+start:]
						combine(gw[(g*p.o+o)*k+from*p.taps:][:width], end-start, func(i int) T { return grad[i] },
							func(i int) []T { return rows[i*width:] })
					}
				}
			}
		}
	})
}
