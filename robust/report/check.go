package report

import (
	"fmt"
	"image"
	"math"
)

// check returns an error for a page that contradicts itself.
func (p *Page) check() error {
	if p.Baseline < -1 || p.Baseline >= len(p.Ways) {
		return fmt.Errorf("report: baseline is way %d of %d, expected -1 or a place from 0", p.Baseline, len(p.Ways))
	}
	if p.Supervised < -1 || p.Supervised >= len(p.Ways) {
		return fmt.Errorf("report: supervised is way %d of %d, expected -1 or a place from 0", p.Supervised, len(p.Ways))
	}
	for _, w := range p.Ways {
		if err := w.check(); err != nil {
			return fmt.Errorf("report: the way %q: %w", w.Name, err)
		}
	}
	if err := p.checkGaps(p.Gaps); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if m := p.Matched; m != nil {
		if len(m.Ways) != len(p.Ways) {
			return fmt.Errorf("report: matched accuracy has %d ways, expected all %d", len(m.Ways), len(p.Ways))
		}
		if err := p.checkGaps(m.Gaps); err != nil {
			return fmt.Errorf("report: at matched accuracy: %w", err)
		}
	}
	for _, s := range p.Spheres {
		for i, pair := range s.Pairs {
			if min(pair.A, pair.B) < 0 || max(pair.A, pair.B) >= len(s.Points) {
				return fmt.Errorf("report: the sphere of %q: pair %d joins points %d and %d of %d", s.Run, i, pair.A, pair.B, len(s.Points))
			}
		}
	}
	for _, b := range p.Broken {
		if err := b.check(); err != nil {
			return fmt.Errorf("report: the broken clip %q: %w", b.Key, err)
		}
	}
	return nil
}

func (w Way) check() error {
	for _, c := range w.Corruptions {
		if len(c.Severities) != len(c.Accuracy) {
			return fmt.Errorf("%s has %d severities and %d accuracies", c.Name, len(c.Severities), len(c.Accuracy))
		}
	}
	for _, c := range w.Curves {
		if len(c.Epsilons) != len(c.Accuracy) {
			return fmt.Errorf("%s %s has %d epsilons and %d accuracies", c.Attack, c.Norm, len(c.Epsilons), len(c.Accuracy))
		}
		for i, e := range c.Epsilons {
			if !finite(e) || i > 0 && !(e > c.Epsilons[i-1]) {
				return fmt.Errorf("%s %s has epsilons %v, expected finite and rising ones", c.Attack, c.Norm, c.Epsilons)
			}
		}
	}
	return nil
}

func (p *Page) checkGaps(gaps []Gap) error {
	if len(gaps) > 0 && (p.Baseline < 0 || p.Supervised < 0 || p.Baseline == p.Supervised) {
		return fmt.Errorf("%d gaps without a baseline and a supervised way, which are way %d and %d", len(gaps), p.Baseline, p.Supervised)
	}
	for _, g := range gaps {
		if len(g.Ways) != len(p.Ways) {
			return fmt.Errorf("the gap %q has %d ways, expected all %d", g.Measure, len(g.Ways), len(p.Ways))
		}
		if badges[g.Verdict] == "" {
			return fmt.Errorf("the gap %q has the verdict %q, expected %s, %s or %s", g.Measure, g.Verdict, Open, Reversed, None)
		}
	}
	return nil
}

// longest is how wide a picture may be: what PNG and JPEG encoders and browsers all take.
const longest = 1 << 15

func (b Broken) check() error {
	if len(b.Clean) == 0 || len(b.Clean) != len(b.Perturbed) {
		return fmt.Errorf("%d clean and %d perturbed frames, expected as many and at least one", len(b.Clean), len(b.Perturbed))
	}
	if math.IsNaN(b.Scale) || b.Scale < 0 || math.IsInf(b.Scale, 0) {
		return fmt.Errorf("the difference is to be %v times as large, expected 0 or more", b.Scale)
	}
	size := b.Clean[0].Bounds().Size()
	if size.X < 1 || size.Y < 1 || min(len(b.Clean), mostFrames)*size.X > longest || size.Y > longest {
		return fmt.Errorf("%d frames of %d by %d pixels, expected at most %d pixels side by side", len(b.Clean), size.X, size.Y, longest)
	}
	for _, frames := range [][]image.Image{b.Clean, b.Perturbed} {
		for i, f := range frames {
			if f.Bounds().Size() != size {
				return fmt.Errorf("frame %d is %v pixels, the first %v", i, f.Bounds().Size(), size)
			}
		}
	}
	return nil
}
