// Package augment draws plans and puts the views of clips into Arrow record batches. It knows neither FFmpeg nor training,
// and builds without either.
//
// A [Planner] makes every random choice of a pipeline: which frames of a source, which region, which size. What comes after
// it is a deterministic function of the source's bytes and the plan. A [Builder] collects samples into record batches of
// one [Schema].
//
//	package main
//
//	import (
//		"fmt"
//
//		"vidcsl/augment"
//		"vidcsl/decode/clip"
//	)
//
//	func main() {
//		meta := &clip.Meta{Width: 320, Height: 240, TimeBase: clip.Rational{Num: 1, Den: 25},
//			Frames: clip.FrameTable{PTS: []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}}
//		p := augment.Planner{Seed: 1, Sampler: clip.RandomClips{Frames: 4, Stride: 2}, Views: 2, Size: 112}
//		plan, err := p.Draw(clip.Item{Source: "walk/a.mp4", Total: 1}, meta, 0)
//		if err != nil {
//			panic(err)
//		}
//		for _, v := range plan.Views {
//			fmt.Println(v.PTS, v.Crop, v.Width, v.Height)
//		}
//	}
package augment
