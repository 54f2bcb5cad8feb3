package corrupt

import (
	"math"
	"math/rand/v2"
	"sync"

	"vidcsl/robust/corrupt/internal/kernel"
)

// frostSize is the side of the pattern, which repeats itself beyond its edges.
const frostSize = kernel.PaneWidth

// frostDepths is how many values the pattern has, which stand for -3 to 3.
const frostDepths = 1 << 10

// frostPattern is ice ferns on a pane, of mean 0 and deviation 1, made once.
var frostPattern = sync.OnceValue(func() []uint16 {
	var l layer
	clouds := append([]float32(nil), l.plasma(1, frostSize, 1.6)...)
	c := frostCanvas{pix: make([]float32, frostSize*frostSize), rng: rand.New(rand.NewPCG(7, 7))}
	standard(clouds)
	for range 1800 { // ferns grow along a grain that turns slowly over the pane, and over each other
		x, y := c.rng.Float64()*frostSize, c.rng.Float64()*frostSize
		grain := float64(clouds[int(y)*frostSize+int(x)])
		c.fern(x, y, 1.5*grain+0.9*c.rng.NormFloat64(), 14+50*c.rng.Float64()*c.rng.Float64(), 0.3+1.2*c.rng.Float64(), 1)
	}
	standard(c.pix)
	for i, v := range clouds {
		c.pix[i] += 0.6*v + 0.2*signedAt(2, i)
	}
	standard(c.pix)
	depths := make([]uint16, len(c.pix))
	for i, v := range c.pix {
		depths[i] = uint16((v+3)/6*(frostDepths-1) + 0.5)
	}
	return depths
})

// standard shifts and scales values to mean 0 and deviation 1, and cuts what is beyond 3.
func standard(v []float32) {
	for range 2 {
		sum, squares := 0.0, 0.0
		for _, x := range v {
			sum, squares = sum+float64(x), squares+float64(x)*float64(x)
		}
		mean := sum / float64(len(v))
		dev := math.Sqrt(squares/float64(len(v)) - mean*mean)
		for i, x := range v {
			v[i] = min(max(float32((float64(x)-mean)/dev), -3), 3)
		}
	}
}

type frostCanvas struct {
	pix []float32
	rng *rand.Rand
}

// fern draws a needle, bright on one side and dark on the other, and the needles that grow from it at 60 degrees.
func (c *frostCanvas) fern(x, y, angle, length, bright float64, depth int) {
	sin, cos := math.Sincos(angle)
	for s := 0.0; s < length; s += 0.7 {
		cover := 0.8 - 0.5*s/length
		c.paint(x+s*cos-1.3*sin, y+s*sin+1.3*cos, -0.7, cover*0.6)
		c.paint(x+s*cos, y+s*sin, bright, cover)
	}
	if depth == 0 {
		return
	}
	for s := 2.0; s < length; s += 3 + 2*c.rng.Float64() {
		for _, side := range [2]float64{-1, 1} {
			turn := angle + side*math.Pi/3 + 0.1*c.rng.NormFloat64()
			c.fern(x+s*cos, y+s*sin, turn, (length-s)*(0.35+0.2*c.rng.Float64()), 0.9*bright, depth-1)
		}
	}
}

// paint covers the four pixels around a place with a value.
func (c *frostCanvas) paint(x, y, v, cover float64) {
	fx, fy := math.Floor(x), math.Floor(y)
	x, y = x-fx, y-fy
	for k, share := range [4]float64{(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y} {
		i, j := around(int(fx)+k%2, frostSize), around(int(fy)+k/2, frostSize)
		p := &c.pix[j*frostSize+i]
		*p += (float32(v) - *p) * float32(share*cover)
	}
}
