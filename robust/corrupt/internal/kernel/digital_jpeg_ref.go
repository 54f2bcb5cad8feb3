package kernel

func refJPEG(frame []byte, h, w int, q *QuantTables, luma, chroma []byte, strip []int16) {
	wide := (w + 15) &^ 15
	refSplit(frame, h, w, luma, chroma, wide)
	refCode(luma, wide, &q.Luma)
	refCode(chroma[:len(luma)/2], wide, &q.Chroma)
	ch, cw := (h+1)/2, (w+1)/2
	for y := range h {
		near := min(max(y/2-1+y%2*2, 0), ch-1)
		for x := range w {
			var uv [2]int
			for k := range uv {
				uv[k] = smooth(chroma[y/2*wide+k*wide/2:][:cw], chroma[near*wide+k*wide/2:][:cw], x) - 128
			}
			l, u, v := int(luma[y*wide+x]), uv[0], uv[1]
			p := frame[(y*w+x)*3:]
			p[0] = byteOf(l + (91881*v+32768)>>16)
			p[1] = byteOf(l + (-22554*u-46802*v+32768)>>16)
			p[2] = byteOf(l + (116130*u+32768)>>16)
		}
	}
}

func byteOf(v int) byte { return byte(min(max(v, 0), 255)) }

// smooth is the chroma at column x: 3/4 of its own sample and 1/4 of the near one, down and across; in two columns or fewer the sample itself.
func smooth(own, near []byte, x int) int {
	i := x / 2
	if len(own) <= 2 {
		return int(own[i])
	}
	sum := func(i int) int { return int(own[i])*3 + int(near[i]) }
	if x%2 == 0 {
		return (sum(i)*3 + sum(max(i-1, 0)) + 8) >> 4
	}
	return (sum(i)*3 + sum(min(i+1, len(own)-1)) + 7) >> 4
}

// refSplit makes planes of full blocks, repeating the last column and row of pixels in luma, and of samples in chroma.
func refSplit(frame []byte, h, w int, luma, chroma []byte, wide int) {
	high := len(luma) / wide
	ycc := func(y, x int) (l, u, v int) {
		p := frame[(min(y, h-1)*w+min(x, w-1))*3:]
		r, g, b := int(p[0]), int(p[1]), int(p[2])
		return (19595*r + 38470*g + 7471*b + 32768) >> 16, (-11059*r - 21709*g + 32768*b + 128<<16 + 32767) >> 16,
			(32768*r - 27439*g - 5329*b + 128<<16 + 32767) >> 16
	}
	for y := range high {
		for x := range wide {
			l, _, _ := ycc(y, x)
			luma[y*wide+x] = byte(l)
		}
	}
	for y := range high / 2 {
		for x := range wide / 2 {
			from := min(y, (h-1)/2) * 2
			u, v := 1+x%2, 1+x%2
			for k := range 4 {
				_, cb, cr := ycc(from+k/2, x*2+k%2)
				u, v = u+cb, v+cr
			}
			chroma[y*wide+x], chroma[y*wide+wide/2+x] = byte(u>>2), byte(v>>2)
		}
	}
}

// refCode transforms, quantises and transforms back each 8x8 block of a plane.
func refCode(plane []byte, wide int, quant *[64]int16) {
	for y := 0; y < len(plane)/wide; y += 8 {
		for x := 0; x < wide; x += 8 {
			var b [64]int
			for i := range b {
				b[i] = int(plane[(y+i/8)*wide+x+i%8]) - 128
			}
			forwardDCT(&b)
			for i, v := range b {
				q := int(quant[i])
				n := (max(v, -v) + 4*q) / (8 * q) * q
				if v < 0 {
					n = -n
				}
				b[i] = n
			}
			inverseDCT(&b)
			for i, v := range b {
				plane[(y+i/8)*wide+x+i%8] = byteOf(v + 128)
			}
		}
	}
}

// round is v / 2^n, rounded.
func round(v, n int) int { return (v + 1<<(n-1)) >> n }

func forwardDCT(b *[64]int) {
	for r := range 8 { // rows, whose results keep two bits
		d := forward8([8]int(b[r*8:]))
		for k, v := range d {
			if k%4 == 0 {
				b[r*8+k] = v * 4
			} else {
				b[r*8+k] = round(v, 11)
			}
		}
	}
	for c := range 8 {
		d := forward8(column(b, c))
		for k, v := range d {
			if k%4 == 0 {
				b[k*8+c] = round(v, 2)
			} else {
				b[k*8+c] = round(v, 15)
			}
		}
	}
}

func inverseDCT(b *[64]int) {
	for c := range 8 {
		d := inverse8(column(b, c))
		for k, v := range d {
			b[k*8+c] = min(max(round(v, 11), -32768), 32767)
		}
	}
	for r := range 8 {
		d := inverse8([8]int(b[r*8:]))
		for k, v := range d {
			b[r*8+k] = round(v, 18)
		}
	}
}

func column(b *[64]int, c int) (d [8]int) {
	for k := range d {
		d[k] = b[k*8+c]
	}
	return d
}

// forward8 is the DCT of Loeffler, Ligtenberg and Moschytz, times sqrt(8) 2^13 but for outputs 0 and 4, which are times sqrt(8).
func forward8(d [8]int) [8]int {
	s0, s1, s2, s3 := d[0]+d[7], d[1]+d[6], d[2]+d[5], d[3]+d[4]
	a, b, c, e := d[3]-d[4], d[2]-d[5], d[1]-d[6], d[0]-d[7]
	even, odd := s0-s3, s1-s2
	z, z1, z2, z5 := (even+odd)*4433, (a+e)*-7373, (b+c)*-20995, (a+b+c+e)*9633
	z3, z4 := (a+c)*-16069+z5, (b+e)*-3196+z5
	return [8]int{s0 + s3 + s1 + s2, e*12299 + z1 + z4, z + even*6270, c*25172 + z2 + z3,
		s0 + s3 - s1 - s2, b*16819 + z2 + z4, z - odd*15137, a*2446 + z1 + z3}
}

// inverse8 is its inverse, times sqrt(8) 2^13.
func inverse8(d [8]int) [8]int {
	z := (d[2] + d[6]) * 4433
	t2, t3 := z-d[6]*15137, z+d[2]*6270
	sum, diff := (d[0]+d[4])*8192, (d[0]-d[4])*8192
	e := [4]int{sum + t3, diff + t2, diff - t2, sum - t3}
	z5, z1, z2 := (d[7]+d[3]+d[5]+d[1])*9633, (d[7]+d[1])*-7373, (d[5]+d[3])*-20995
	z3, z4 := (d[7]+d[3])*-16069+z5, (d[5]+d[1])*-3196+z5
	o := [4]int{d[1]*12299 + z1 + z4, d[3]*25172 + z2 + z3, d[5]*16819 + z2 + z4, d[7]*2446 + z1 + z3}
	var out [8]int
	for k := range 4 {
		out[k], out[7-k] = e[k]+o[k], e[k]-o[k]
	}
	return out
}
