package corrupt

// waterDepth returns how much of water's colour is added to each pixel: the liquid's value times how it is lit, which ImageNet-C derives from the distance to the
// edges of drops with a few operations of OpenCV. It is liquid's memory.
func (l *layer) waterDepth(liquid []float32, h, w int, c spatterLevel, s float64) []float32 {
	wet := room(&l.bytes[0], h*w)
	for i, v := range liquid {
		wet[i] = 0
		if v >= float32(c.least) {
			wet[i] = byte(min(v, 1) * 255)
		}
	}
	dist := distances(room(&l.b, h*w), l.edges(wet, h, w, 50, 150), h, w)
	lit := room(&l.bytes[2], h*w)
	for i, v := range dist { // a distance of 20 pixels of 224 is the most
		dist[i] = min(v/float32(s), 20)
	}
	for i := range lit {
		lit[i] = byte(square3(dist, i, h, w))
	}
	equalize(lit)
	emboss(room(&l.bytes[3], h*w), lit, h, w)
	most := float32(0)
	for i := range liquid {
		sum := square3(l.bytes[3], i, h, w)
		liquid[i] = float32(wet[i]) * float32(int(sum+0.5))
		most = max(most, liquid[i])
	}
	for i := range liquid {
		if most > 0 {
			liquid[i] *= float32(c.strength) / most
		}
	}
	return liquid
}

// square3 is the mean of the 3 x 3 values around i, mirrored at the edges.
func square3[T byte | float32](v []T, i, h, w int) float32 {
	y, x, sum := i/w, i%w, float32(0)
	if y > 0 && y < h-1 && x > 0 && x < w-1 {
		for _, j := range [3]int{i - w, i, i + w} {
			sum += float32(v[j-1]) + float32(v[j]) + float32(v[j+1])
		}
		return sum / 9
	}
	for dy := -1; dy <= 1; dy++ {
		for dx := -1; dx <= 1; dx++ {
			sum += float32(v[mirroredOnce(y+dy, h)*w+mirroredOnce(x+dx, w)])
		}
	}
	return sum / 9
}

// distances gives each pixel its distance to the nearest edge: Borgefors' chamfer of 5 x 5 (CVGIP 1986) with OpenCV's steps.
func distances(d []float32, edge []bool, h, w int) []float32 {
	const straight, diagonal, knight, far = 1, 1.4, 2.1969, 1 << 20
	steps := [8]struct {
		dy, dx int
		cost   float32
	}{{0, -1, straight}, {-1, 0, straight}, {-1, -1, diagonal}, {-1, 1, diagonal}, {-1, -2, knight}, {-1, 2, knight}, {-2, -1, knight}, {-2, 1, knight}}
	for i := range d {
		d[i] = far
		if edge[i] {
			d[i] = 0
		}
	}
	for pass := range 2 { // from the upper left, then back
		sign := 1 - 2*pass
		for k := range d {
			i := k
			if pass == 1 {
				i = len(d) - 1 - k
			}
			y, x, best := i/w, i%w, d[i]
			for _, s := range steps {
				if ny, nx := y+sign*s.dy, x+sign*s.dx; ny >= 0 && nx >= 0 && ny < h && nx < w {
					best = min(best, d[ny*w+nx]+s.cost)
				}
			}
			d[i] = best
		}
	}
	return d
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
		table[i] = byte(float32(sum)*(255/float32(rest)) + 0.5)
	}
	for i, x := range v {
		v[i] = table[x]
	}
}

// emboss lights v from the upper left: [-2 -1 0; -1 1 1; 0 1 2], cut to a byte.
func emboss(dst, v []byte, h, w int) {
	for i := range v {
		y, x := i/w, i%w
		at := func(dy, dx int) int { return int(v[mirroredOnce(y+dy, h)*w+mirroredOnce(x+dx, w)]) }
		if y > 0 && y < h-1 && x > 0 && x < w-1 {
			at = func(dy, dx int) int { return int(v[i+dy*w+dx]) }
		}
		sum := at(0, 0) + at(0, 1) + at(1, 0) + 2*at(1, 1) - at(0, -1) - at(-1, 0) - 2*at(-1, -1)
		dst[i] = byte(min(max(sum, 0), 255))
	}
}
