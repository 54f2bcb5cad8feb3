package synth

import (
	"math"
	"math/rand/v2"

	"vidcsl/pipeline"
)

const (
	minRadius = 0.12 // of the frame's side
	maxRadius = 0.26
)

// scene is everything drawn for one video. Rendering a frame of it uses no dice, so frames can be made in any order.
type scene struct {
	class
	size int
	fps  float64

	back, front         *texture
	backInk, frontInk   *palette
	driftX, driftY      float64 // of the background, sides per second
	x, y, radius, angle float64 // at time 0; sides, sides, sides, radians
	grow                float64 // +1 or -1: the sign of what has no direction of its own (pulse, spin)
	speed               float64 // sides per second (up, down, left, right)
	tilt                float64 // radians off the exact direction
	turn                float64 // turns per second (orbit, spin)
	reach               float64 // radius of the orbit, sides
	phase               float64 // of the orbit, radians
	pulses              float64 // per second
	noise               [noiseLen]int8
	noiseKey            uint64
}

const noiseLen = 4096 // a power of two

// drawScene draws the same values in the same order for every class: appearance is independent of the label by construction.
func drawScene(o Options, c class, index int) *scene {
	r := pipeline.Rand(o.Seed, "synth", videoKey(c, index))
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	s := &scene{class: c, size: o.Size, fps: float64(o.FPS)}
	s.x, s.y, s.radius = r.Float64(), r.Float64(), between(minRadius, maxRadius)
	s.angle, s.phase = between(0, 2*math.Pi), between(0, 2*math.Pi)
	s.grow = float64(r.IntN(2)*2 - 1)
	s.speed, s.tilt = between(0.25, 0.7), between(-0.2, 0.2)
	s.turn, s.reach = between(0.35, 0.8), between(0.14, 0.26)
	s.pulses = between(0.35, 0.8)
	drift, heading := between(0, 0.12), between(0, 2*math.Pi)
	s.driftX, s.driftY = drift*math.Cos(heading), drift*math.Sin(heading)

	side := 64
	for side < o.Size && side < 512 {
		side *= 2
	}
	s.back, s.front = drawTexture(r, side, 1), drawTexture(r, side/2, 2)
	s.drawInks(r)
	if o.Difficulty == Easy {
		s.backInk.calm(10, 70)
		s.frontInk.calm(150, 240)
	}

	level := between(0, 3)
	for i := range s.noise {
		s.noise[i] = int8(math.Round(level * max(-3, min(3, r.NormFloat64()))))
	}
	s.noiseKey = r.Uint64()
	return s
}

// drawInks draws two colours for the background and two for the shape, the pairs far enough apart for the shape to be seen.
func (s *scene) drawInks(r *rand.Rand) {
	const apart, within = 110.0, 70.0
	rgb := func() (c [3]float64) {
		for i := range c {
			c[i] = 20 + 215*r.Float64()
		}
		return c
	}
	near := func(c [3]float64) [3]float64 {
		for {
			d := rgb()
			if l := distance(c, d); l > 0.6*within && l < within*1.4 {
				return d
			}
		}
	}
	for {
		a := rgb()
		b := near(a)
		c := rgb()
		d := near(c)
		if min(distance(a, c), distance(a, d), distance(b, c), distance(b, d)) > apart {
			s.backInk, s.frontInk = newPalette(a, b), newPalette(c, d)
			return
		}
	}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

// pose is where the shape is in frame t: centre and radius in sides (the centre wraps around at 1), angle in radians.
// Angles grow clockwise, because y points down.
func (s *scene) pose(t int) (x, y, radius, angle float64) {
	sec := float64(t) / s.fps
	x, y, radius, angle = s.x, s.y, s.radius, s.angle
	switch s.motion {
	case up, down, left, right:
		dir := s.tilt + [motions]float64{right: 0, down: 0.5, left: 1, up: 1.5}[s.motion]*math.Pi
		x += s.speed * sec * math.Cos(dir)
		y += s.speed * sec * math.Sin(dir)
	case orbitCW, orbitCCW:
		a := s.phase
		if s.motion == orbitCW {
			a += 2 * math.Pi * s.turn * sec
		} else {
			a -= 2 * math.Pi * s.turn * sec
		}
		x += s.reach * math.Cos(a)
		y += s.reach * math.Sin(a)
	case pulse:
		radius = s.pulsed(sec)
	case spin:
		angle += s.grow * 2 * math.Pi * s.turn * sec
	}
	return x - math.Floor(x), y - math.Floor(y), radius, angle
}

// pulsed moves the radius up and down between its limits at constant speed, starting at the drawn radius in the drawn
// direction: at any time it is as uniformly distributed as the radius of the classes that keep theirs.
func (s *scene) pulsed(sec float64) float64 {
	p := (s.radius - minRadius) / (maxRadius - minRadius) / 2 // in 0..0.5, the rising half of the wave
	if s.grow < 0 {
		p = 1 - p
	}
	p += s.pulses * sec
	p -= math.Floor(p)
	return minRadius + (maxRadius-minRadius)*2*min(p, 1-p)
}
