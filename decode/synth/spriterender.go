package synth

import (
	"context"
	"fmt"
	"path"
)

// Sprite videos are 25 frames/s with a keyframe every 12 frames. The rate factor is near to lossless: decoded greys are off by 0.8
// to 0.9 levels of 255 on average, a tenth of the sensor's noise; limited range alone (219 levels) costs 0.3.
const (
	spriteFPS = 25
	spriteGOP = 12
	spriteCRF = 4
)

// SpriteFrames renders a video as it is before encoding: Frames x Size x Size greys, a byte each, frame by frame and row by row.
// v comes from SpriteVideos; its Split, Label, Item and Index count, and Index may be larger than those of o. The result is the
// caller's. A video of more frames begins with those of one of fewer.
func SpriteFrames(o Sprites, v SpriteVideo) ([]byte, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	if n := len(o.Sheet.names); v.Label < 0 || v.Label >= n || v.Item < 0 || v.Item >= o.Sheet.Items() || v.Index < 0 {
		return nil, fmt.Errorf("synth: no video %d of item %d of class %d: want a class below %d and an item below %d",
			v.Index, v.Item, v.Label, n, o.Sheet.Items())
	}
	if v.Split != "train" && v.Split != "val" && v.Split != "test" {
		return nil, fmt.Errorf("synth: split is %q: want train, val or test", v.Split)
	}
	size := o.Size * o.Size
	grey := make([]byte, o.Frames*size)
	s := drawSprite(o, v)
	for t := range o.Frames {
		s.frame(t, grey[t*size:(t+1)*size])
	}
	return grey, nil
}

// RenderSprites renders videos of the sheet's items, which move, turn and change size over a smooth drifting background, into dir as
// H.264 MP4 files of greys, dir/train/class-0/item-017-video-2.mp4 and so on. train, val and test have a labels.csv each, written
// last. No item is in two splits. A split without items is left out.
//
// What is said of Render holds here too: same options, same bytes; all or nothing; dir, ctx and progress. A set of more videos per
// item contains the smaller one. A video of 12 frames of 32x32 takes about 5 ms of one core.
func RenderSprites(ctx context.Context, dir string, o Sprites, progress func(done, total int)) ([]SpriteVideo, error) {
	videos, err := SpriteVideos(o)
	if err != nil {
		return nil, err
	}
	s := &set{coding: coding(o.Size, spriteFPS, spriteGOP, spriteCRF), frames: o.Frames}
	for _, p := range o.splits() {
		if p.Items == 0 {
			continue
		}
		s.folders = append(s.folders, p.name)
		for _, class := range o.Sheet.names {
			s.folders = append(s.folders, path.Join(p.name, class))
		}
		labels := table{file: path.Join(p.name, LabelsFile)}
		for _, v := range videos {
			if v.Split == p.name {
				s.files = append(s.files, path.Join(v.Split, v.Path))
				labels.rows = append(labels.rows, []string{v.Path, v.Class})
			}
		}
		s.tables = append(s.tables, labels)
	}
	s.scene = func(i int) func(int, []byte) {
		scene, grey := drawSprite(o, videos[i]), make([]byte, o.Size*o.Size)
		return func(t int, rgb []byte) {
			scene.frame(t, grey)
			for k, v := range grey {
				rgb[3*k], rgb[3*k+1], rgb[3*k+2] = v, v, v
			}
		}
	}
	if err := s.render(ctx, dir, o.Workers, progress); err != nil {
		return nil, err
	}
	return videos, nil
}
