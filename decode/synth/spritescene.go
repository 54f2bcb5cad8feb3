package synth

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vidcsl/pipeline"
)

// The scene is measured in halves of the frame's side: the frame reaches from -1 to 1 both ways.
const (
	itemSide   = 28.0 / 32 // side of an item at scale 1, of the frame's
	fieldSide  = 1.5       // side of the background's field, of the frame's
	fieldKnots = 5         // of the background's field, both ways
	opacity    = 5         // an item covers the background where its grey is 1/opacity or more, in part below that
	sensor     = 0.03      // standard deviation of the sensor's noise
	restFrame  = 6         // when the background is in the middle
)

// spriteScene is everything drawn for one video. Times are in frames. Rendering a frame uses no dice but its own, so frames can
// be made in any order.
type spriteScene struct {
	size           int
	item           *field
	scale, grow    float64 // side of the item, of itemSide; and per frame
	angle, turn    float64 // radians; and per frame
	x, y, vx, vy   float64 // what wave makes the place of; and per frame
	gain           float64 // of the item's greys
	level          float64 // mean grey of the background
	back           *field  // added to level
	driftX, driftY float64 // of the background, halves of the field's side per frame
	grain          float64 // standard deviation of the sensor's noise
	grainKey       uint64
}

// drawSprite draws the same values in the same order whatever the class and the difficulty: two difficulties differ in the ranges only.
func drawSprite(o Sprites, v SpriteVideo) *spriteScene {
	r := pipeline.Rand(o.Seed, "sprites", fmt.Sprintf("%s/%d/%d/%d", v.Split, v.Label, v.Item, v.Index))
	off := func(width float64) float64 { return (r.Float64() - 0.5) * width }
	s := &spriteScene{size: o.Size, item: o.Sheet.field(v.Label, v.Item), grain: sensor}
	share := r.Float64()
	s.scale, s.grow = 0.75+0.35*share, off(0.016)
	s.angle, s.turn = off(0.5), off(0.05)
	s.x, s.y, s.vx, s.vy = off(0.5), off(0.5), off(0.12), off(0.12)
	s.gain = 0.6 + 0.4*r.Float64()
	light := r.Float64()
	s.level = 0.25 + 0.25*light
	s.driftX, s.driftY = off(2.0/48), off(2.0/48)
	if o.Difficulty == Easy {
		s.scale, s.level = 0.85+0.25*share, 0.05+0.1*light
		s.angle, s.turn = s.angle*0.5, s.turn*0.5
		s.x, s.y, s.vx, s.vy = s.x*0.5, s.y*0.5, s.vx*0.6, s.vy*0.6
	}
	knots := &field{fieldKnots, make([]float64, fieldKnots*fieldKnots)}
	for i := range knots.v {
		knots.v[i] = r.NormFloat64()
	}
	s.setBackground(knots, o.Background)
	s.grainKey = r.Uint64()
	return s
}

// field returns an item with values from 0 to 1.
func (s *Sheet) field(label, item int) *field {
	f := &field{s.cell, make([]float64, s.cell*s.cell)}
	for i, v := range s.items[label*s.Items()+item] {
		f.v[i] = float64(v) / 255
	}
	return f
}

func (s *spriteScene) setBackground(knots *field, amplitude float64) {
	s.back = knots.upsample(int(fieldSide * float64(s.size)))
	s.back.normalise()
	for i := range s.back.v {
		s.back.v[i] *= amplitude / 2
	}
}

// frame renders frame t into grey, which holds size * size bytes.
func (s *spriteScene) frame(t int, grey []byte) {
	dice := rand.New(rand.NewPCG(s.grainKey, hash64(uint64(t))))
	scale := (s.scale + s.grow*float64(t)) * itemSide
	x0, y0 := wave(s.x+s.vx*float64(t)), wave(s.y+s.vy*float64(t))
	sin, cos := math.Sincos(s.angle + s.turn*float64(t))
	sin, cos = sin/scale, cos/scale
	driftX, driftY := s.driftX*float64(t-restFrame), s.driftY*float64(t-restFrame)
	texel := func(u float64, n int) float64 { return ((u+1)*float64(n) - 1) / 2 } // pixel of u in -1..1
	for j := range s.size {
		y := float64(2*j+1)/float64(s.size) - 1
		row := reflect(texel(y/fieldSide+driftY, s.back.n), s.back.n)
		for i := range s.size {
			x := float64(2*i+1)/float64(s.size) - 1
			u, v := cos*(x-x0)+sin*(y-y0), cos*(y-y0)-sin*(x-x0)
			ink := s.item.at(texel(u, s.item.n), texel(v, s.item.n))
			back := s.level + s.back.at(reflect(texel(x/fieldSide+driftX, s.back.n), s.back.n), row)
			cover := min(opacity*ink, 1)
			value := back + (ink*s.gain-back)*cover + s.grain*dice.NormFloat64()
			grey[j*s.size+i] = uint8(math.Round(255 * min(max(value, 0), 1)))
		}
	}
}
