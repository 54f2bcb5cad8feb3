// Package synth renders small labelled videos: a textured shape moves over a textured, drifting background, and the class is
// shape and motion together ("square-up", "disc-down", "star-orbit"); or the items of a sprite sheet move, and the class is what
// they are. It is the data of the demo, the tests and small studies.
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"vidcsl/decode/synth"
//	)
//
//	func main() {
//		o := synth.DefaultOptions()
//		o.Classes, o.VideosPerClass, o.Seconds = 4, 2, 1
//		videos, err := synth.Render(context.Background(), "videos", o, nil)
//		if err != nil {
//			log.Fatal(err)
//		}
//		for _, v := range videos {
//			fmt.Println(v.Label, v.Path)
//		}
//	}
//
// On disk there is a folder per class with video-000.mp4 and so on, and a labels.csv with the columns path and label, where the
// label is the class name.
//
// # What the data is good for
//
// Colours, textures, sizes, angles, start positions, speeds, background drift and sensor noise are drawn for each video from
// the same distributions whatever its class, so none of them tells the class. The frame is a torus: a shape that leaves on
// one side comes back on the other. For every motion, the shape's position, size and angle in any single frame are uniformly
// distributed, so a frame alone tells the shape but not the motion: with the first ten classes, the best guess from one frame
// is right half the time.
//
// The first ten classes are also distinct under a left-right mirror. With more, left and right, and orbit and orbit-back,
// trade places when a video is flipped: switch that augmentation off.
//
// # Sprites
//
// [RenderSprites] makes the videos of studies of false negatives: many items of few classes, several videos of each item. An item of
// a sheet that [ReadSheet] reads (that of Fashion-MNIST has 10 classes of 90) moves, turns and changes size in front of a smooth
// background that drifts; greys, with sensor noise. Items are dealt out to train, val and test, class by class, so that no item
// is seen in two of them. Place, size, angle, speeds, brightness and background are drawn for each video from the same
// distributions whatever its class. [SpriteFrames] gives the pixels without a file.
//
// # Reproducible bytes
//
// The same Options give the same files, byte for byte, at any number of workers, on one architecture with one version of
// FFmpeg and x264. A video depends on Seed, Seconds, Size, FPS, GOP, its class and its index: a set with more classes or
// more videos per class contains the smaller one. The random numbers of a video come from a generator keyed by
// (seed, "synth", class/video). A sprite video depends on Seed, Difficulty, Frames, Size, Background, its item's pixels, and its
// split, class number, item and index, by which its generator is keyed: (seed, "sprites", split/class/item/index).
//
// The files are H.264 High, yuv420p, BT.601 limited range, a closed GOP with B-frames, moov box in front, no version or date;
// sprites are coded nearly without loss, the others at a rate factor of 20.
package synth
