// Package corrupt spoils clips as the world does: noise, blur, weather, cameras, codecs, lost packets; each at a severity from 1 to 5.
//
// A corruption is a transform of package augment. What it draws depends on the seed of a Planner and the key of a clip, and stands in the plan;
// Execute then does it to a clip in memory, or package decode while it reads a video. On pixels of one's own:
//
//	package main
//
//	import (
//		"fmt"
//
//		"github.com/apache/arrow/go/v15/arrow/memory"
//
//		"vidcsl/augment"
//		"vidcsl/decode/clip"
//		"vidcsl/robust/corrupt"
//	)
//
//	func main() {
//		corrupt.Register()
//		fog, err := corrupt.New("fog", 3)
//		if err != nil {
//			panic(err)
//		}
//		p, err := augment.NewPipeline(fog)
//		if err != nil {
//			panic(err)
//		}
//		// eight grey frames of 64 x 64, as if of a video with 25 a second
//		const frames = 8
//		m := &clip.Meta{Source: "grey", Width: 64, Height: 64, TimeBase: clip.Rational{Num: 1, Den: 25}, FrameRate: clip.Rational{Num: 25, Den: 1}, Duration: frames}
//		for t := range int64(frames) {
//			m.Frames.PTS = append(m.Frames.PTS, t)
//		}
//		planner := augment.Planner{Seed: 1, Views: 1, Pipeline: p, Sampler: clip.RegularClips{Frames: frames, Stride: 1}}
//		plan, err := planner.Draw(clip.Item{Source: m.Source, Label: -1, Clips: 1, Total: 1}, m, 0)
//		if err != nil {
//			panic(err)
//		}
//		src := clip.New(memory.DefaultAllocator, clip.View{PTS: m.Frames.PTS, TimeBase: m.TimeBase, Width: m.Width, Height: m.Height})
//		for i := range src.Bytes() {
//			src.Bytes()[i] = 128
//		}
//		out, err := augment.Execute(augment.Options{}, src, plan.Views[0], &augment.Scratch{})
//		if err != nil {
//			panic(err)
//		}
//		fmt.Println(out.Shape(), "first values", out.Frame(0)[:6])
//	}
//
// Those that [Info.Source] is set for damage the stream of a video, and cannot be done to pixels. Those that code a clip again are added by
// package reencode.
package corrupt
