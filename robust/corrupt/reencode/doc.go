// Package reencode has the corruptions that code a clip with a video codec and decode it again: what is left of a video after a poor
// connection or an old file. They change pixels, so they work on stored clips too, and they need FFmpeg, so they are not in
// package corrupt: [Register] adds them to its table.
//
//	package main
//
//	import (
//		"fmt"
//
//		"vidcsl/robust/corrupt"
//		"vidcsl/robust/corrupt/reencode"
//	)
//
//	func main() {
//		reencode.Register() // before corrupt.Register
//		corrupt.Register()
//		for _, c := range corrupt.List(corrupt.Video) {
//			fmt.Println(c.Name)
//		}
//	}
//
// A severity is a rate factor, a scale of quantisation, or what a bit rate is divided by; the plan holds that number. Rate factors and scales do not depend on
// the size of the frames; a bit rate is so many bits per pixel. Nothing is drawn: the same clip gives the same pixels, with any number of workers, as
// long as the libraries are the same versions. The frames of a clip are coded together, so what happens to one depends on those before it, and
// with some codecs after it.
package reencode
