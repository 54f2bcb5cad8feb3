package kernel

func refMix(dst, src []float32, at []int32, weight []float32) {
	clear(dst)
	for j, a := range at {
		w := weight[j]
		for i, v := range src[a:][:len(dst)] {
			dst[i] += float32(w * v)
		}
	}
}

func refPeak(src []byte) (m int) {
	for _, v := range src {
		m = max(m, int(v))
	}
	return m
}

// between is a + (b-a) f/2^15, rounded.
func between(a, b int16, f int) int16 { return a + int16((int(b-a)*f+1<<14)>>15) }

func refDrift(frame []byte, layer []int16, o *Torus, fy, fx, gain int) {
	stride := (o.SizeX + 1) * 3
	for y := range o.H {
		a, b := layer[(o.Y+y)%o.SizeY*stride:], layer[(o.Y+y+1)%o.SizeY*stride:]
		for i := range o.W * 3 {
			k := (o.X+i/3)%o.SizeX*3 + i%3
			l := between(between(a[k], a[k+3], fx), between(b[k], b[k+3], fx), fy)
			p := &frame[y*o.W*3+i]
			*p = byte(min((int(*p)<<8*gain>>16+int(l))>>7, 255))
		}
	}
}

func refOverlay(pix []byte, frames int, gain, add []uint16) {
	for t := range frames {
		frame := pix[t*len(gain):]
		for i, g := range gain {
			frame[i] = byte(min((int(frame[i])<<8*int(g)>>16+int(add[i]))>>7, 255))
		}
	}
}

func refGlaze(pix []byte, frames, gain int, add []uint16) {
	for t := range frames {
		frame := pix[t*len(add):]
		for i, a := range add {
			frame[i] = byte(min((int(frame[i])<<8*gain>>16+int(a))>>7, 255))
		}
	}
}

func refBrighten(pix []byte, frames int, add []byte) {
	for t := range frames {
		frame := pix[t*len(add):]
		for i, a := range add {
			frame[i] = byte(min(int(frame[i])+int(a), 255))
		}
	}
}

func refPane(dst, a, b []uint16, col []int32, fy int, shades [][4]uint16) {
	for x, c := range col {
		i, fx, down := c>>8, uint32(c&255), uint32(fy)
		j := (i + 1) % PaneWidth
		p, q := uint32(a[i])*(256-fx)+uint32(a[j])*fx, uint32(b[i])*(256-fx)+uint32(b[j])*fx
		copy(dst[x*3:x*3+3], shades[(p*(256-down)+q*down)>>16][:])
	}
}

func refSnow(frame []byte, layer []uint16, o *Torus, keep, whiten int) {
	for y := range o.H {
		row := layer[(o.Y+y)%o.SizeY*o.SizeX:]
		for x := range o.W {
			p := frame[(y*o.W+x)*3:][:3]
			lum := 77*int(p[0]) + 150*int(p[1]) + 29*int(p[2])
			grey, s := lum>>1+lum>>2+255<<6, int(row[(o.X+x)%o.SizeX])
			for c, v := range p {
				l := int(v)<<8*keep>>16 + max(int(v)<<7, grey)*whiten>>16
				p[c] = byte(min((min(l, 255<<7)+s)>>7, 255))
			}
		}
	}
}
