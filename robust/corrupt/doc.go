// Package corrupt spoils clips as the world does: noise, blur, weather, cameras, codecs, lost packets; each at a severity from 1 to 5. A corruption is
// a transform of package augment, called [Prefix] and its name, and stands in any pipeline:
//
//	package main
//
//	import (
//		"fmt"
//		"log"
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
//		fog, err := corrupt.New("fog", 4)
//		if err != nil {
//			log.Fatal(err)
//		}
//		pipeline, err := augment.NewPipeline(fog)
//		if err != nil {
//			log.Fatal(err)
//		}
//		meta := &clip.Meta{Source: "a", Width: 64, Height: 48, TimeBase: clip.Rational{Num: 1, Den: 25}, Frames: clip.FrameTable{PTS: []int64{0, 1, 2, 3}}, Duration: 4}
//		planner := augment.Planner{Seed: 1, Views: 1, Pipeline: pipeline, Sampler: clip.RegularClips{Frames: 4, Stride: 1}}
//		plan, err := planner.Draw(clip.Item{Source: "a", Clips: 1, Total: 1}, meta, 0)
//		if err != nil {
//			log.Fatal(err)
//		}
//		view := plan.Views[0]
//		fmt.Println(view.JSON()) // what is drawn: the fog and where it drifts
//
//		clean := clip.New(memory.DefaultAllocator, view) // black
//		defer clean.Release()
//		copy(clean.PTS, meta.Frames.PTS)
//		foggy, err := augment.Execute(augment.Options{}, clean, view, new(augment.Scratch))
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer foggy.Release()
//		fmt.Println(len(foggy.Bytes()), "bytes")
//	}
//
// # Severity
//
// The constants of a severity are the published ones where there are any; Doc of each transform has formula, constants and source. The distortion grows
// with the severity, on the mean over draws, unless [Info] says why it need not.
//
// # Size
//
// ImageNet-C's constants are for frames whose shorter side is 224. Those that are lengths in pixels are multiplied by shorter side / 224; shares,
// probabilities and levels stay.
//
// # Time
//
// Noise is new in each frame, as in sensors. What is between the camera and the scene is one state of the world for the clip, and drifts or falls;
// what is on the lens stays. [Info] says which of them differ from frame to frame, and the tests of the package hold each to it.
//
// # Determinism
//
// What is random is drawn into the plan: a seed, of which every value is a function together with the frame and its place, or a few numbers. Pixels
// depend on the plan and the clip alone: not on workers, the number of CPUs, what was done before, or whether the program was built with cgo.
//
// # Stored plans
//
// A plan holds severities and seeds as JSON; it is checked when it is executed, and values that no draw gives are errors. Damage of the compressed
// stream (Source in [Info]) stands in the view and is done by package decode. Codecs are in package reencode, which adds them to the table.
package corrupt
