// Package decode reads video and image files through FFmpeg and executes plans: exactly the frames, region and size that a
// [clip.Plan] names, as RGB in Arrow memory. It makes no choices of its own and draws nothing at random.
//
// The blocks are [Demuxer] (open, probe, index, seek), [Decoder] (packets to frames) and [Converter] (frames to pixels);
// [Video] is the three together. Time is integer pts in the stream's time base. A frame that the decoder marks as damaged,
// or never gives, is not handed on: the clip fails with a [Reason].
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"log"
//
//		"github.com/apache/arrow/go/v15/arrow/memory"
//
//		"vidcsl/decode"
//		"vidcsl/decode/clip"
//	)
//
//	func main() {
//		ctx := context.Background()
//		v, err := decode.Open(ctx, "video.mp4")
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer v.Close()
//		view := clip.CenterSquare(v.Meta(), 112)
//		view.PTS = v.Meta().Frames.PTS[:1] // the first frame
//		clips, err := v.Execute(ctx, &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer clips[0].Release()
//		fmt.Println(clips[0].Shape(), clips[0].PTS)
//	}
package decode
