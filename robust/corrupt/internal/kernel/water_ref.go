package kernel

func refWater(dst []byte, liquid []float32, h, w int, o *Water, k *Work) {
	n := h * w
	wet, lit, relief := k.bytes[:n], k.bytes[n:2*n], k.bytes[2*n:3*n]
	for i, v := range liquid {
		wet[i] = 0
		if v >= o.Least {
			wet[i] = byte(min(v, 1) * 255)
		}
	}
	dist, smooth := k.floats[:n], k.floats[n:2*n]
	distances(dist, k.floats[n:], edges(wet, h, w, 50, 150), h, w)
	for i, v := range dist { // a distance of 20 pixels of 224 is the most
		dist[i] = min(v/o.Scale, 20)
	}
	square3(smooth, dist, h, w)
	for i, v := range smooth {
		lit[i] = byte(v)
	}
	equalize(lit)
	emboss(relief, lit, h, w)
	square3(smooth, relief, h, w)
	most := float32(0)
	for i, v := range smooth {
		liquid[i] = float32(wet[i]) * float32(int(v+0.5))
		most = max(most, liquid[i])
	}
	part := float32(0)
	if most > 0 {
		part = o.Strength / most
	}
	for i, v := range liquid {
		v *= part
		for c, colour := range o.Colour {
			dst[i*3+c] = byte(int(float32(min(v*colour, 255)*128)+0.5) >> 7)
		}
	}
}

// square3 sets dst to the means of 3 x 3 values, mirrored at the edges.
func square3[T byte | float32](dst []float32, v []T, h, w int) {
	for y := range h {
		up, row, down := v[mirrored(y-1, h)*w:][:w], v[y*w:][:w], v[mirrored(y+1, h)*w:][:w]
		column := func(x int) float32 { return float32(up[x]) + float32(row[x]) + float32(down[x]) }
		left, here := column(mirrored(-1, w)), column(0)
		for x := range w - 1 {
			right := column(x + 1)
			dst[y*w+x] = (left + here + right) * (1.0 / 9)
			left, here = here, right
		}
		dst[y*w+w-1] = (left + here + column(mirrored(w, w))) * (1.0 / 9)
	}
}

// distances gives each pixel its distance to the nearest edge: Borgefors' chamfer of 5 x 5 (CVGIP 1986) with OpenCV's steps. It works on a plane with two
// more on each side, which are far from all edges.
func distances(d, plane []float32, edge []bool, h, w int) {
	const straight, diagonal, knight, far = 1, 1.4, 2.1969, 1 << 20
	wide := w + 4
	for i := range plane {
		plane[i] = far
	}
	for y := range h {
		row := plane[(y+2)*wide+2:][:w]
		for x, e := range edge[y*w:][:w] {
			if e {
				row[x] = 0
			}
		}
	}
	for y := 2; y < h+2; y++ {
		row, up, far := plane[y*wide:][:wide], plane[(y-1)*wide:][:wide], plane[(y-2)*wide:][:wide]
		left := row[1]
		for x := 2; x < len(row)-2 && x+2 < len(up) && x+1 < len(far); x++ {
			near := min(left, up[x])
			left = min(row[x], near+straight, min(up[x-1], up[x+1])+diagonal, min(up[x-2], up[x+2], far[x-1], far[x+1])+knight)
			row[x] = left
		}
	}
	for y := h + 1; y >= 2; y-- {
		row, down, far, out := plane[y*wide:][:wide], plane[(y+1)*wide:][:wide], plane[(y+2)*wide:][:wide], d[(y-2)*w:][:w]
		right := row[w+2]
		for x := w + 1; x >= 2; x-- {
			near := min(right, down[x])
			right = min(row[x], near+straight, min(down[x-1], down[x+1])+diagonal, min(down[x-2], down[x+2], far[x-1], far[x+1])+knight)
			row[x], out[x-2] = right, right
		}
	}
}

// equalize spreads values so that as many are below each, as OpenCV does.
func equalize(v []byte) {
	var count [256]int
	for _, x := range v {
		count[x]++
	}
	first := 0
	for count[first] == 0 {
		first++
	}
	rest := len(v) - count[first]
	if rest == 0 {
		return
	}
	var table [256]byte
	sum := 0
	for i := first + 1; i < 256; i++ {
		sum += count[i]
		table[i] = byte(float32(float32(sum)*(255/float32(rest))) + 0.5)
	}
	for i, x := range v {
		v[i] = table[x]
	}
}

// emboss lights v from the upper left: [-2 -1 0; -1 1 1; 0 1 2], cut to a byte.
func emboss(dst, v []byte, h, w int) {
	for y := range h {
		up, row, down := v[mirrored(y-1, h)*w:][:w], v[y*w:][:w], v[mirrored(y+1, h)*w:][:w]
		for x := range w {
			left, right := x-1, x+1
			if left < 0 || right >= w {
				left, right = mirrored(left, w), mirrored(right, w)
			}
			sum := int(row[x]) + int(row[right]) + int(down[x]) + 2*int(down[right]) - int(row[left]) - int(up[x]) - 2*int(up[left])
			dst[y*w+x] = byte(min(max(sum, 0), 255))
		}
	}
}
