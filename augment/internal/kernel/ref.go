package kernel

// The references say what each kernel computes, one pixel at a time. Without cgo they are the kernels.

func clamp8(v int32) byte { return byte(min(max(v, 0), 255)) }

func refColor(dst, src []byte, m *ColorMatrix) {
	for i := 0; i+3 <= len(src); i += 3 {
		r, g, b := int32(src[i]), int32(src[i+1]), int32(src[i+2])
		for c := range 3 {
			k := &m.coef[c]
			dst[i+c] = clamp8((k[0]*r + k[1]*g + k[2]*b + m.bias[c]) >> m.shift)
		}
	}
}

func refSums(src []byte) (r, g, b uint64) {
	for i := 0; i+3 <= len(src); i += 3 {
		r += uint64(src[i])
		g += uint64(src[i+1])
		b += uint64(src[i+2])
	}
	return r, g, b
}

func refLookup(dst, src []byte, lut *[256]byte) {
	for i, v := range src {
		dst[i] = lut[v]
	}
}

func refLookupRGB(dst, src []byte, lut *[3][256]byte) {
	for i := 0; i+3 <= len(src); i += 3 {
		dst[i], dst[i+1], dst[i+2] = lut[0][src[i]], lut[1][src[i+1]], lut[2][src[i+2]]
	}
}

func refHistogram(hist *[3][256]uint64, src []byte) {
	for i := 0; i+3 <= len(src); i += 3 {
		hist[0][src[i]]++
		hist[1][src[i+1]]++
		hist[2][src[i+2]]++
	}
}

// mulHigh is round(a·b/2^15), what pmulhrsw and sqrdmulh compute.
func mulHigh(a, b int32) int32 { return (a*b + 1<<14) >> 15 }

func refBlur(dst, src []byte, p *blurPlan, kx, ky *Taps) {
	rx, ry, n := int(kx.radius), int(ky.radius), p.w*3
	for f := range p.t {
		frame := src[f*p.h*n : (f+1)*p.h*n]
		for y := range p.h {
			for x, col := range p.col {
				for c := range 3 {
					p.row[x*3+c] = int16(frame[y*n+int(col)*3+c]) << 6
				}
			}
			out := p.plane[y*p.stride : y*p.stride+n]
			for x := range out {
				var v int32
				for i := 0; i <= rx; i++ {
					v += mulHigh(int32(p.row[x+(rx-i)*3])+int32(p.row[x+(rx+i)*3]), int32(kx.half[i]))
				}
				out[x] = int16(v)
			}
		}
		frame = dst[f*p.h*n : (f+1)*p.h*n]
		for y := range p.h {
			for x := range n {
				v := int32(32)
				for i := 0; i <= ry; i++ {
					a := p.plane[int(p.line[y+ry-i])*p.stride+x]
					b := p.plane[int(p.line[y+ry+i])*p.stride+x]
					v += mulHigh(int32(a)+int32(b), int32(ky.half[i]))
				}
				frame[y*n+x] = clamp8(v >> 6)
			}
		}
	}
}

func refSharpness(dst, src []byte, t, h, w int, a int16, shift int) {
	copy(dst, src)
	n, half := w*3, int32(1)<<shift>>1
	for f := range t {
		in, out := src[f*h*n:(f+1)*h*n], dst[f*h*n:(f+1)*h*n]
		for y := 1; y < h-1; y++ {
			for x := 3; x < n-3; x++ {
				i := y*n + x
				p := int32(in[i])
				sum := 4*p + 6
				for _, row := range [3]int{i - n, i, i + n} {
					sum += int32(in[row-3]) + int32(in[row]) + int32(in[row+3])
				}
				d := sum / 13
				out[i] = clamp8((p<<shift + mulHigh((d-p)<<6, int32(a)) + half) >> shift)
			}
		}
	}
}

func refResample(dst, src []byte, p *resamplePlan) {
	n := p.dw * 3
	for f := range p.t {
		in := src[((f*p.sh+p.r.Y)*p.sw+p.r.X)*3:]
		step := p.sw * 3
		out := dst[f*p.dh*n : (f+1)*p.dh*n]
		if p.horizontal {
			to, toStep := p.tmp, p.stride
			if !p.vertical {
				to, toStep = out, n
			}
			for y := range p.r.H {
				row := in[y*step : y*step+p.r.W*3]
				for x := range p.dw {
					weight := p.x.weight[x*p.x.stride:]
					for c := range 3 {
						at := int(p.x.first[x])*3 + c
						v := int32(8192)
						for i := range p.x.taps {
							if k := weight[i]; k != 0 {
								v += int32(k) * int32(row[at+i*3])
							}
						}
						to[y*toStep+x*3+c] = byte(v >> 14)
					}
				}
			}
			in, step = to, toStep
		}
		if !p.vertical {
			if !p.horizontal {
				for y := range p.dh {
					copy(out[y*n:(y+1)*n], in[y*step:])
				}
			}
			continue
		}
		for y := range p.dh {
			weight := p.y.weight[y*p.y.stride:]
			for x := range n {
				v := int32(8192)
				for i := range p.y.taps {
					if k := weight[i]; k != 0 {
						v += int32(k) * int32(in[(int(p.y.first[y])+i)*step+x])
					}
				}
				out[y*n+x] = byte(v >> 14)
			}
		}
	}
}

func refAffine(dst, src []byte, p *affinePlan) {
	w, h := int64(p.w), int64(p.h)
	for y := range h {
		for x := range w {
			x0, fx := position(p.inv[0]*x+p.inv[1]*y+p.inv[2], w)
			y0, fy := position(p.inv[3]*x+p.inv[4]*y+p.inv[5], h)
			both := (fx*fy + 8192) >> 14
			i := y*w + x
			p.off[i] = int32(y0+1)*int32(p.stride) + int32(x0+1)*3
			k := p.weight[i*4 : i*4+4]
			k[0], k[1], k[2], k[3] = int16(16384-fx-fy+both), int16(fx-both), int16(fy-both), int16(both)
		}
	}
	n := p.w * 3
	for i := 0; i < p.stride; i += 3 {
		copy(p.pad[i:], p.fill[:])
		copy(p.pad[(p.h+1)*p.stride+i:], p.fill[:])
	}
	for y := 1; y <= p.h; y++ {
		copy(p.pad[y*p.stride:], p.fill[:])
		copy(p.pad[y*p.stride+3+n:], p.fill[:])
	}
	for f := range p.t {
		for y := range p.h {
			copy(p.pad[(y+1)*p.stride+3:], src[(f*p.h+y)*n:(f*p.h+y+1)*n])
		}
		out := dst[f*p.h*n : (f+1)*p.h*n]
		for i, off := range p.off {
			k, up, down := p.weight[i*4:i*4+4], p.pad[off:], p.pad[int(off)+p.stride:]
			for c := range 3 {
				v := int32(k[0])*int32(up[c]) + int32(k[1])*int32(up[c+3]) +
					int32(k[2])*int32(down[c]) + int32(k[3])*int32(down[c+3])
				out[i*3+c] = byte((v + 8192) >> 14)
			}
		}
	}
}

// position splits a Q24 position into pixel and 14-bit fraction, so that both neighbours are in -1..n: the frame and a border.
func position(s, n int64) (int64, int64) {
	s += 1 << 9
	i, frac := s>>24, s>>10&16383
	if i < -1 {
		return -1, 0
	}
	if i > n-1 {
		return n - 1, 16384
	}
	return i, frac
}
