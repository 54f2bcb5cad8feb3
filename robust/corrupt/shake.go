package corrupt

import (
	"math"

	"vidcsl/augment"
)

// shaken is how far a hand moves the picture to either side: pixels of 224, and degrees about the line of sight.
var shaken = [5]struct{ pixels, degrees float64 }{{2, 0.25}, {4, 0.5}, {6, 0.75}, {9, 1.1}, {13, 1.6}}

// tremor is the waves of which the path of a hand consists, their periods in frames and their shares: at 25 frames per second 1, 2.4 and 5 Hz.
var tremor = [3]struct{ period, share float64 }{{25, 0.57}, {10.4, 0.29}, {5, 0.14}}

// shake moves and turns the picture along a smooth path, as a hand that holds the camera does.
var shake = augment.Spec[Config, SeedParams]{
	Summary: "move and turn the frames along the smooth path of a hand",
	Doc: "x, y and the angle follow a (0.57 sin(2 pi t/25 + p) + 0.29 sin(2 pi t/10.4 + q) + 0.14 sin(2 pi t/5 + r)), the phases drawn for each; " +
		"a = 2, 4, 6, 9, 13 pixels of 224 and 0.25, 0.5, 0.75, 1.1, 1.6 degrees. " +
		"The frames are enlarged just so much that nothing outside of them is seen.\n" +
		"Source: constants are our own; slow waves are the strongest, as in hand tremor.",
	Draw: drawSeed,
	Apply: func(p SeedParams, f *augment.Frames) error {
		path := p.shake(f.H, f.W)
		for t := range f.T {
			a, shift := path.at(t)
			f.Affine(t, t+1, a, shift, [3]byte{})
		}
		return nil
	},
}

// hand is the path of a camera in a hand.
type hand struct {
	phase           [3][3]float64 // of x, y and angle, of each wave
	pixels, degrees float64
	zoom            float64 // of the source, per pixel shown: at most 1
}

func (p SeedParams) shake(h, w int) hand {
	c, rng := shaken[p.Severity-1], p.at(-1)
	m := hand{pixels: c.pixels * scale(h, w), degrees: c.degrees}
	for i := range m.phase {
		for j := range m.phase[i] {
			m.phase[i][j] = 2 * math.Pi * rng.Float64()
		}
	}
	lost := m.pixels + math.Hypot(float64(h), float64(w))/2*math.Sin(m.degrees*math.Pi/180)
	m.zoom = max(1-2*lost/float64(min(h, w)), 0.1) // less only where a frame is a thin strip
	return m
}

// swing returns x, y and angle in frame t, each from -1 to 1.
func (m *hand) swing(t int) (v [3]float64) {
	for i := range v {
		for j, wave := range tremor {
			v[i] += float64(wave.share * math.Sin(2*math.Pi*float64(t)/wave.period+m.phase[i][j]))
		}
	}
	return v
}

// at returns the map of frame t for Affine.
func (m *hand) at(t int) (a [4]float64, shift [2]float64) {
	v := m.swing(t)
	a = rotation(m.degrees * v[2])
	for i := range a {
		a[i] *= m.zoom
	}
	return a, [2]float64{m.pixels * v[0] / m.zoom, m.pixels * v[1] / m.zoom}
}
