package synth

import (
	"fmt"
	"math"
)

// Frame renders frame t of a video as it is before encoding: RGB, 3 bytes per pixel, Size*Size*3 bytes, row by row.
// label indexes Classes(), index counts from 0 within the class; neither has to be below the counts in o. The result is the
// caller's. Frame draws the whole video each time (about a millisecond): it is there to check decoded pixels against.
func Frame(o Options, label, index, t int) ([]byte, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	if label < 0 || label >= MaxClasses || index < 0 || t < 0 || t >= o.Frames() {
		return nil, fmt.Errorf("synth: no frame %d of video %d of class %d: want a class below %d and a frame below %d",
			t, index, label, MaxClasses, o.Frames())
	}
	rgb := make([]byte, o.Size*o.Size*3)
	drawScene(o, classTable[label], index).frame(t, rgb)
	return rgb, nil
}

// frame renders frame t into rgb, which holds size*size*3 bytes.
func (s *scene) frame(t int, rgb []byte) {
	s.background(t, rgb)
	s.foreground(t, func(i int, cover float64, mix uint8) {
		ink, w := s.frontInk[mix], int(cover*256+0.5)
		for ch, v := range ink {
			old := int(rgb[3*i+ch])
			rgb[3*i+ch] = uint8(old + (int(v)-old)*w>>8)
		}
	})
	s.grain(t, rgb)
}

// mask renders the shape alone: its cover of each pixel, 0 to 255.
func (s *scene) mask(t int, m []byte) {
	clear(m)
	s.foreground(t, func(i int, cover float64, _ uint8) { m[i] = uint8(cover*255 + 0.5) })
}

func (s *scene) background(t int, rgb []byte) {
	sec, n := float64(t)/s.fps, float64(s.back.n)
	step := s.back.n << 8 << 8 / s.size // per pixel, in 1/65536ths of a texel
	x0 := int(math.Floor(s.driftX * sec * n * 65536))
	y0 := int(math.Floor(s.driftY * sec * n * 65536))
	i := 0
	for y := range s.size {
		ty := (y0 + y*step) >> 8
		for x := range s.size {
			ink := &s.backInk[s.back.at((x0+x*step)>>8, ty)]
			rgb[i], rgb[i+1], rgb[i+2] = ink[0], ink[1], ink[2]
			i += 3
		}
	}
}

// foreground calls put for every pixel the shape covers, with the share covered and the shape's texture there.
// The frame is a torus: what leaves on one side comes back on the other.
func (s *scene) foreground(t int, put func(i int, cover float64, mix uint8)) {
	px, py, pr, angle := s.pose(t)
	size := float64(s.size)
	px, py, pr = px*size, py*size, pr*size
	cos, sin := math.Cos(angle)/pr, math.Sin(angle)/pr
	texels := float64(s.front.n) / 2 * 256
	lim := int(pr*shapeBound) + 2
	for dy := -lim; dy <= lim; dy++ {
		y := int(py) + dy
		row := (y + s.size) % s.size * s.size
		for dx := -lim; dx <= lim; dx++ {
			x := int(px) + dx
			ex, ey := float64(x)+0.5-px, float64(y)+0.5-py
			u, v := ex*cos+ey*sin, ey*cos-ex*sin
			cover := min(1, 0.5-s.shape.distance(u, v)*pr)
			if cover <= 0 {
				continue
			}
			put(row+(x+s.size)%s.size, cover, s.front.at(int((u+2)*texels), int((v+2)*texels)))
		}
	}
}

// shapeBound is the largest distance from the centre any shape reaches, in radii.
const shapeBound = 1.15

const sin36, cos36 = 0.587785252292, 0.809016994375

// distance is how far (u, v) is outside the shape, negative inside, in radii; good near the edge, where it matters.
func (s shape) distance(u, v float64) float64 {
	switch s {
	case square:
		return max(math.Abs(u), math.Abs(v)) - 0.8
	case disc:
		return math.Sqrt(u*u+v*v) - 0.92
	case triangle:
		return max(v, 0.866025403784*math.Abs(u)-0.5*v) - 0.55
	case star: // fold five times, then one edge
		u = math.Abs(u)
		if d := cos36*u - sin36*v; d > 0 {
			u, v = u-2*d*cos36, v+2*d*sin36
		}
		if d := -cos36*u - sin36*v; d > 0 {
			u, v = u+2*d*cos36, v+2*d*sin36
		}
		u, v = math.Abs(u), v-1.1
		const bx, by = 0.5 * sin36, 0.5*cos36 - 1.1
		return (u*-by + v*bx) / 0.756
	default: // ring
		return math.Abs(math.Sqrt(u*u+v*v)-0.7) - 0.26
	}
}

// grain adds the sensor's noise, the same to all three channels, from a table entered at a new place for each row.
func (s *scene) grain(t int, rgb []byte) {
	i := 0
	for y := range s.size {
		at := int(hash64(s.noiseKey + uint64(t)<<20 + uint64(y)))
		for x := range s.size {
			n := int(s.noise[(at+x)&(noiseLen-1)])
			for ch := range 3 {
				rgb[i+ch] = uint8(min(255, max(0, int(rgb[i+ch])+n)))
			}
			i += 3
		}
	}
}

// hash64 is the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
func hash64(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
