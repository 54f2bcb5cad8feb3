package augment

import (
	"fmt"

	"vidcsl/augment/internal/kernel"
	"vidcsl/decode/clip"
)

// Execute makes the view of a plan from a clip in memory, such as a row of a shard, instead of a video: its frames by their
// timestamps, its region, size and mirroring by the RGB resampler, and its ops. The caller owns the result. o.OnFailure is not used.
// A view whose stream is damaged is an error: that needs the video.
func Execute(o Options, src *clip.Clip, v clip.View, s *Scratch) (*clip.Clip, error) {
	if v.Damage != nil {
		return nil, fmt.Errorf("augment: the plan damages the compressed stream (%s), which needs the video and not its pixels in memory", v.Damage.Kind)
	}
	o = o.filled()
	m := &clip.Meta{Width: src.Width, Height: src.Height, TimeBase: src.TimeBase, Frames: clip.FrameTable{PTS: src.PTS}}
	v, err := v.Resolve(m)
	if err != nil {
		return nil, err
	}
	p, err := o.Registry.Compile(v.Ops, Shape{len(v.PTS), v.Height, v.Width})
	if err != nil {
		return nil, err
	}
	out := clip.New(o.Alloc, clip.View{PTS: v.PTS, TimeBase: v.TimeBase, Width: p.out.W, Height: p.out.H, Padded: v.Padded})
	out.Flags |= src.Flags
	if err := p.execute(out, src, v, s); err != nil {
		out.Release()
		return nil, err
	}
	return out, nil
}

// execute does the geometry, and then the ops in the same memory where no op changes the size.
func (p *Program) execute(out, src *clip.Clip, v clip.View, s *Scratch) error {
	pix := out.Bytes()
	if p.in != p.out {
		pix = s.buffer(p.in.Bytes(), nil)
	}
	size, from := int(p.in.Bytes())/p.in.T, make([]int, len(v.PTS))
	for k, pts := range v.PTS {
		from[k] = shown(src, pts)
		out.PTS[k] = src.PTS[from[k]]
	}
	region := kernel.Region{X: v.Crop.X, Y: v.Crop.Y, W: v.Crop.W, H: v.Crop.H}
	one := src.Height * src.Width * clip.Channels
	for k := 0; k < len(from); { // frames that lie one after the other go in one call
		n := 1
		for k+n < len(from) && from[k+n] == from[k]+n {
			n++
		}
		kernel.Resample(pix[k*size:(k+n)*size], p.in.W, p.in.H, src.Bytes()[from[k]*one:(from[k]+n)*one], n, src.Width, src.Height, region, v.Flip, &s.k)
		k += n
	}
	return p.Run(out.Bytes(), pix, s)
}

// shown returns the frame of c on display at pts: the one with the greatest timestamp not after it, else the first of all.
func shown(c *clip.Clip, pts int64) int {
	best := 0
	for i, at := range c.PTS {
		switch {
		case at <= pts && (c.PTS[best] > pts || at > c.PTS[best]):
			best = i
		case c.PTS[best] > pts && at < c.PTS[best]:
			best = i
		}
	}
	return best
}
