package sample

import (
	"context"
	"fmt"
	"image"
	"strconv"
	"strings"

	"vidcsl/augment"
	"vidcsl/cmd/internal/sheet"
	"vidcsl/decode/clip"
)

const (
	frames = 8 // in a view, and across the strip
	stride = 4
	draws  = 3
	side   = 160  // of a view in pixels, less for a smaller picture
	tries  = 1000 // draws to choose from
)

// Strip draws a line of frames as they are, and below it a line for each view of three draws. A draw that leaves the views as
// they are, as most do of a transform with a small probability, or does the same as one above, is passed over.
func Strip(ctx context.Context, s *Source, p augment.Pipeline, views int) (image.Image, error) {
	size := max(min(side, s.meta.Width, s.meta.Height)&^1, 2)
	before := augment.Planner{Sampler: clip.RegularClips{Frames: frames, Stride: stride}, Views: 1, Size: size}
	after := before
	after.Views, after.Pipeline = views, p
	if p.Sizes() {
		before.Size = 0 // the whole frame
	}
	plain, err := before.Draw(clip.Item{Source: s.name, Total: 1}, s.meta, 0)
	if err != nil {
		return nil, err
	}
	lines, err := choose(after, s.meta, plain)
	if err != nil {
		return nil, err
	}
	cells, err := s.line(ctx, nil, plain, func(int) string { return "before" })
	for _, l := range lines {
		if err != nil {
			break
		}
		cells, err = s.line(ctx, cells, l.plan, func(view int) string {
			if views == 1 {
				return fmt.Sprintf("draw %d", l.n)
			}
			return fmt.Sprintf("draw %d v%d", l.n, view)
		})
	}
	if err != nil {
		return nil, err
	}
	return sheet.Draw(cells, frames), nil
}

// drawn is the plan of draw n.
type drawn struct {
	n    int
	plan *clip.Plan
}

// choose draws until enough plans differ from plain and from each other, and takes the first one where none differs.
func choose(p augment.Planner, m *clip.Meta, plain *clip.Plan) ([]drawn, error) {
	var first *clip.Plan
	var chosen []drawn
	seen := map[string]bool{strings.Repeat(viewsOf(plain), p.Views): true}
	for n := 0; n < tries && len(chosen) < draws; n++ {
		plan, err := p.Draw(clip.Item{Source: strconv.Itoa(n), Total: 1}, m, 0)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			first = plan
		}
		if text := viewsOf(plan); !seen[text] {
			seen[text] = true
			chosen = append(chosen, drawn{n, plan})
		}
	}
	if len(chosen) == 0 {
		chosen = []drawn{{0, first}}
	}
	return chosen, nil
}

// viewsOf is what a plan makes, without the sample's name.
func viewsOf(p *clip.Plan) (text string) {
	for _, v := range p.Views {
		text += v.JSON()
	}
	return text
}

// line appends the frames of every view of a plan.
func (s *Source) line(ctx context.Context, cells []sheet.Cell, plan *clip.Plan, name func(view int) string) ([]sheet.Cell, error) {
	grid, err := clip.GridOf(s.meta)
	if err != nil {
		return nil, err
	}
	clips, err := s.run(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer release(clips)
	for k, c := range clips {
		for t := range c.Frames {
			caption := fmt.Sprintf("frame %d", grid.Find(plan.Views[k].PTS[t]))
			if t == 0 {
				caption = name(k) + ", " + caption
			}
			cells = append(cells, sheet.Cell{RGB: append([]byte(nil), c.Frame(t)...), W: c.Width, H: c.Height, Caption: caption})
		}
	}
	return cells, nil
}
