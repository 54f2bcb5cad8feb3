// Package clip holds the data that flows through a vidcsl pipeline: what a video is ([Meta]), which pixels of it are
// wanted ([Plan]), and the pixels themselves ([Clip]). It is pure Go and knows nothing of FFmpeg.
//
// All randomness of a pipeline is drawn into a Plan; what follows is a deterministic function of the source's bytes and
// the plan. A plan is small and serialisable and is stored beside every clip it made.
//
//	package main
//
//	import (
//		"fmt"
//		"math/rand/v2"
//
//		"vidcsl/decode/clip"
//	)
//
//	func main() {
//		table := clip.FrameTable{PTS: []int64{0, 512, 1024, 1536, 2048, 2560, 3072, 3584}}
//		meta := &clip.Meta{Width: 320, Height: 240, TimeBase: clip.Rational{Num: 1, Den: 12800}, Frames: table}
//		sampler := clip.RandomClips{Frames: 4, Stride: 2}
//		draw, err := sampler.Sample(meta, 0, 1, rand.New(rand.NewPCG(1, 2)))
//		if err != nil {
//			panic(err)
//		}
//		view := clip.CenterSquare(meta, 112)
//		view.PTS = draw.PTS
//		fmt.Println(view.PTS, view.Crop) // which frames, and which pixels of them
//	}
package clip
