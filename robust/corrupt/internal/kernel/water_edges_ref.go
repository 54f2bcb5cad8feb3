package kernel

// edges finds the edges of v: Canny's detector (PAMI 1986) with Sobel's gradients of 3 x 3 and the sum of their sizes, as OpenCV computes it: the greatest across an edge of more than low are edges
// where they are joined to one of more than high.
func edges(v []byte, h, w, low, high int) []bool {
	strength, slope := sobel(v, h, w)
	out, todo := make([]bool, h*w), []int(nil)
	ridge := make([]bool, h*w)
	at := func(y, x int) int {
		if y < 0 || x < 0 || y >= h || x >= w {
			return 0
		}
		return int(strength[y*w+x])
	}
	for y := range h {
		for x := range w {
			i := y*w + x
			m := int(strength[i])
			if m <= low || !ridged(m, slope[i], y, x, at) {
				continue
			}
			if ridge[i] = true; m > high {
				out[i], todo = true, append(todo, i)
			}
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for y := max(i/w-1, 0); y <= min(i/w+1, h-1); y++ {
			for x := max(i%w-1, 0); x <= min(i%w+1, w-1); x++ {
				if j := y*w + x; ridge[j] && !out[j] {
					out[j], todo = true, append(todo, j)
				}
			}
		}
	}
	return out
}

// ridged reports whether a strength is the greatest across the edge.
func ridged(m int, slope [2]int16, y, x int, at func(y, x int) int) bool {
	const tan = 13573 // of 22.5 degrees, times 2^15
	gx, gy := int(slope[0]), int(slope[1])
	ax, ay := max(gx, -gx), max(gy, -gy)<<15
	switch {
	case ay < ax*tan:
		return m > at(y, x-1) && m >= at(y, x+1)
	case ay > ax*tan+ax<<16:
		return m > at(y-1, x) && m >= at(y+1, x)
	}
	s := 1
	if gx^gy < 0 {
		s = -1
	}
	return m > at(y-1, x-s) && m > at(y+1, x+s)
}

// sobel returns the sum of the sizes of the gradients in x and y, and the two, edges repeated.
func sobel(v []byte, h, w int) (strength []uint16, slope [][2]int16) {
	strength, slope = make([]uint16, h*w), make([][2]int16, h*w)
	for y := range h {
		up, row, down := v[max(y-1, 0)*w:][:w], v[y*w:][:w], v[min(y+1, h-1)*w:][:w]
		for x := range w {
			a, b := max(x-1, 0), min(x+1, w-1)
			if up[a]|up[x]|up[b]|row[a]|row[b]|down[a]|down[x]|down[b] == 0 {
				continue
			}
			gx := int(up[b]) + 2*int(row[b]) + int(down[b]) - int(up[a]) - 2*int(row[a]) - int(down[a])
			gy := int(down[a]) + 2*int(down[x]) + int(down[b]) - int(up[a]) - 2*int(up[x]) - int(up[b])
			strength[y*w+x], slope[y*w+x] = uint16(max(gx, -gx)+max(gy, -gy)), [2]int16{int16(gx), int16(gy)}
		}
	}
	return strength, slope
}
