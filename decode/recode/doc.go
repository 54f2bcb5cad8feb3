// Package recode loses what a video codec loses: it codes the frames of a clip with FFmpeg and puts what is decoded of them in their
// place, in memory.
//
//	package main
//
//	import (
//		"context"
//		"log"
//
//		"vidcsl/decode/recode"
//	)
//
//	func main() {
//		const t, h, w, fps = 16, 112, 112, 25
//		pix := make([]byte, t*h*w*3) // RGB
//		if err := recode.Recode(context.Background(), recode.H264, recode.CRF(37), pix, t, h, w, fps); err != nil {
//			log.Fatal(err)
//		}
//	}
//
// Colours go through 4:2:0, BT.601 of limited range, by integer arithmetic of our own, which alone loses little where colours change
// slowly: a smooth clip at CRF 0 comes back at more than 38 dB. The same pixels give the same bytes with one build of FFmpeg and its encoders: each codec has one thread,
// and what is known to depend on more than pixels is off.
package recode
