// Package scanlines is a transform of one's own: the dark rows of an old screen.
package scanlines

import (
	"math/rand/v2"

	"vidcsl/augment"
)

// Config is what a user may set, with its name in YAML, what is legal, and a word for the help.
type Config struct {
	Spacing  [2]int     `yaml:"spacing" legal:"2..64,ascending" doc:"rows from one dark row to the next, drawn uniformly"`
	Strength [2]float64 `yaml:"strength" legal:"0..1,ascending" doc:"light that a dark row loses, drawn uniformly; 1 is black"`
}

// Params is what is drawn for one view. It is stored with the view, so that the view can be made again.
type Params struct {
	Spacing  int     `json:"spacing"`
	First    int     `json:"first"`
	Strength float64 `json:"strength"`
}

// Transform darkens every n-th row of all frames alike.
var Transform = augment.Spec[Config, Params]{
	Name:    "scanlines",
	Summary: "darken every n-th row",
	Doc:     "c' = c (1 - strength) in the rows first + k spacing.",
	Default: Config{Spacing: [2]int{2, 6}, Strength: [2]float64{0.2, 0.8}},
	Draw:    draw,
	Apply:   apply,
}

// draw makes every random choice for one view, from rng alone. It sees no pixels.
func draw(c Config, rng *rand.Rand, _ *augment.Draft) (Params, error) {
	n := c.Spacing[0] + rng.IntN(c.Spacing[1]-c.Spacing[0]+1)
	return Params{
		Spacing:  n,
		First:    rng.IntN(n),
		Strength: c.Strength[0] + rng.Float64()*(c.Strength[1]-c.Strength[0]),
	}, nil
}

// apply changes the pixels of one view in place, from what was drawn alone.
func apply(p Params, f *augment.Frames) error {
	keep := int(256 * (1 - p.Strength))
	for t := range f.T {
		frame := f.Frame(t)
		for y := p.First; y < f.H; y += p.Spacing {
			row := frame[y*f.W*3 : (y+1)*f.W*3]
			for i, v := range row {
				row[i] = byte(int(v) * keep >> 8)
			}
		}
	}
	return nil
}
