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
package reencode
