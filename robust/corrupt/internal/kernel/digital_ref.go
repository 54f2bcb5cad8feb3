package kernel

func refRGBSums(sum *[3]uint64, src []byte) {
	for i, v := range src {
		sum[i%3] += uint64(v)
	}
}

func refScale(pix []byte, gain int32, bias *[3]int32) {
	for i, v := range pix {
		pix[i] = byte((int32(v)*gain + bias[i%3]) >> 16)
	}
}

// nearly is added before rounding down: more than the error of the floats, less than the least fraction that can come out.
const nearly = float32(1) / 2048

// refValue computes V' / V times each channel. The conversions keep the compiler from fusing.
func refValue(pix []byte, add float32) {
	for i := 0; i < len(pix); i += 3 {
		p := pix[i : i+3]
		v := float32(max(p[0], p[1], p[2]))
		up := min(v+add, 255)
		k, floor := up/max(v, 1), nearly
		if v == 0 {
			floor = up + nearly
		}
		for c, x := range p {
			p[c] = byte(int32(float32(float32(x)*k) + floor))
		}
	}
}

// refSaturation computes V - (V - c) S'/S for each channel.
func refSaturation(pix []byte, gain, add float32) {
	for i := 0; i < len(pix); i += 3 {
		p := pix[i : i+3]
		hi, lo := max(p[0], p[1], p[2]), min(p[0], p[1], p[2])
		v := float32(hi)
		most := v / max(float32(hi-lo), 1)
		k := min(gain+float32(add*most), most)
		from := [3]float32{v + nearly/4, v + nearly/4, v + nearly/4}
		if hi == lo {
			from[1] -= float32(v * add)
			from[2] = from[1]
		}
		for c, x := range p {
			p[c] = byte(int32(from[c] - float32(float32(hi-x)*k)))
		}
	}
}

func refWarp(dst, src []byte, stride int, at []int32, weight []uint32) {
	for i, a := range at {
		w, p, q := weight[i], src[a:], src[int(a)+stride:]
		left, right, upper, lower := int(w&255), int(w>>8&255), int(w>>16&255), int(w>>24)
		for c := range 3 {
			dst[i*3+c] = byte(((int(p[c])*left+int(p[c+3])*right)*upper + (int(q[c])*left+int(q[c+3])*right)*lower) >> 12)
		}
	}
}

// mean is sum / n, rounded as Pillow does, with a reciprocal of 22 bits.
func mean(sum, n uint32) uint32 { return (sum*((1<<22+n/2)/n) + 1<<21) >> 22 }

func refPixelate(frame []byte, w int, cy, cx Cells, line []byte, sum []uint32) {
	y := 0
	for j := range len(cy.First) - 1 {
		clear(sum)
		for i := cy.First[j]; i < cy.First[j+1]; i++ {
			for k := range sum {
				a, b := cx.First[k/3], cx.First[k/3+1]
				total := uint32(0)
				for x := a; x < b; x++ {
					total += uint32(frame[(int(i)*w+int(x))*3+k%3])
				}
				sum[k] += mean(total, uint32(b-a))
			}
		}
		for k, v := range sum {
			line[k] = byte(mean(v, uint32(cy.First[j+1]-cy.First[j])))
		}
		for ; y < len(cy.From) && int(cy.From[y]) == j; y++ {
			for x, from := range cx.From {
				copy(frame[(y*w+x)*3:][:3], line[from*3:])
			}
		}
	}
}
