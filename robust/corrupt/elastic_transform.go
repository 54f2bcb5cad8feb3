package corrupt

import (
	"math"
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/robust/corrupt/internal/kernel"
)

// ElasticParams is one draw of an elastic transform.
type ElasticParams struct {
	Severity int        `json:"severity"`
	Seed     uint64     `json:"seed"`
	Shift    [6]float64 `json:"shift"` // x and y of three points of the frame, of the most that they may move
}

// CheckParams implements [augment.ParamsChecker].
func (p ElasticParams) CheckParams() error {
	for _, v := range p.Shift {
		if err := checkRange("shift", v, -1, 1); err != nil {
			return err
		}
	}
	return checkLevel(p.Severity)
}

const unevenElastic = "severities 1 and 2 move the frame as a whole, 3 to 5 crumple it"

var elasticLevels = [5]struct{ reach, sigma, shift float64 }{
	{244 * 2, 244 * 0.7, 244 * 0.1}, {244 * 2, 244 * 0.08, 244 * 0.2}, {244 * 0.05, 244 * 0.01, 244 * 0.02},
	{244 * 0.07, 244 * 0.01, 244 * 0.02}, {244 * 0.12, 244 * 0.01, 244 * 0.02},
}

// elasticTransform moves all frames by one field. Where the original interpolates twice, for the affine map and for the field, it does so
// once, which leaves the picture a little sharper. The noise under the field has the strength that it has at 224 pixels in each of their number, so that the field's shape
// does not depend on the size.
var elasticTransform = augment.Spec[Config, ElasticParams]{
	Summary: "crumple the frame, the same way throughout the clip",
	Doc: "An affine map that moves three points by up to m pixels, and a field of uniform noise of -1 to 1, blurred with sigma s, times a; bilinear, mirrored at the borders. " +
		"(a, s, m) / 244 = (2, 0.7, 0.1), (2, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02).\nSource: ImageNet-C, arXiv 1903.12261, after Simard, Steinkraus and Platt, ICDAR 2003.",
	Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (ElasticParams, error) {
		p := ElasticParams{Severity: c.Severity, Seed: rng.Uint64()}
		for i := range p.Shift {
			p.Shift[i] = 2*rng.Float64() - 1
		}
		return p, nil
	},
	Apply: func(p ElasticParams, f *augment.Frames) error {
		l, stride := augment.Local[elastic](f), (f.W+1)*3
		l.plan(p, f.H, f.W)
		padded := room(&l.bytes[0], (f.H+1)*stride+kernel.WarpSlack)
		clear(padded[len(padded)-kernel.WarpSlack:])
		for t := range f.T {
			pix := f.Frame(t)
			for y := range f.H + 1 { // the last row and column once more, for the pixels beside and below
				from := pix[min(y, f.H-1)*f.W*3:][:f.W*3]
				row := padded[y*stride:][:stride]
				copy(row, from)
				copy(row[f.W*3:], from[f.W*3-3:])
			}
			kernel.Warp(pix, padded, stride, l.at, l.shares)
		}
		return nil
	},
}

// elastic is the memory of one worker: where each pixel comes from.
type elastic struct {
	layer
	dx, dy []float32
}

// plan fills l.at and l.shares.
func (l *elastic) plan(p ElasticParams, h, w int) {
	c, s := elasticLevels[p.Severity-1], scale(h, w)
	l.dx = l.field(l.dx, p.Seed, h, w, c.sigma*s, c.reach*s*s)
	l.dy = l.field(l.dy, ^p.Seed, h, w, c.sigma*s, c.reach*s*s)
	bend := kernel.Bend{H: h, W: w, M: affineBack(p.Shift, h, w, c.shift*s)}
	bend.Places(room(&l.at, h*w), room(&l.shares, h*w), l.dx, l.dy)
}

// field keeps in dst what moves each pixel along one axis.
func (l *elastic) field(dst []float32, seed uint64, h, w int, sigma, reach float64) []float32 {
	noise := room(&l.a, h*w)
	kernel.Uniform(noise, seed, float32(reach))
	return append(dst[:0], l.blurField(noise, h, w, max(sigma, 1e-3), 3, mirrored)...)
}

// affineBack returns the map from a place in the result to its source, where three points of the source have moved by up to reach.
func affineBack(shift [6]float64, h, w int, reach float64) [6]float64 {
	cx, cy, side := float64(w/2), float64(h/2), float64(min(h, w)/3)
	from := [3][2]float64{{cx + side, cy + side}, {cx + side, cy - side}, {cx - side, cy - side}}
	var to [3][2]float64
	for i, p := range from {
		to[i] = [2]float64{p[0] + reach*shift[2*i], p[1] + reach*shift[2*i+1]}
	}
	ax, ay := to[1][0]-to[0][0], to[1][1]-to[0][1]
	bx, by := to[2][0]-to[0][0], to[2][1]-to[0][1]
	det := ax*by - ay*bx
	if math.Abs(det) < 1e-6 { // frames of a few pixels, of which no triangle is left
		return [6]float64{0: 1, 4: 1}
	}
	var m [6]float64
	for k := range 2 {
		u, v := from[1][k]-from[0][k], from[2][k]-from[0][k]
		m[3*k], m[3*k+1] = (u*by-v*ay)/det, (v*ax-u*bx)/det
		m[3*k+2] = from[0][k] - m[3*k]*to[0][0] - m[3*k+1]*to[0][1]
	}
	return m
}
