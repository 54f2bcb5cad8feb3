// Package store codes the pixels of record batches with loss, as a JPEG per frame or an H.264 clip per row, and decodes them
// into the columns they were made from. Everything else of a batch passes through as it is.
//
// [EncodedSchema] says what [Encode] will make of batches of a schema, before there is one; [Decode] takes any batch and
// gives back arrow.fixed_shape_tensor<uint8>[T,H,W,3] columns, whatever they were stored as, so that a reader need not know.
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
//		"vidcsl/augment"
//		"vidcsl/decode/clip"
//		"vidcsl/decode/store"
//		"vidcsl/pipeline/shard"
//	)
//
//	func main() {
//		ctx, mem := context.Background(), memory.DefaultAllocator
//		b := augment.NewBuilder(mem, []augment.Shape{{T: 2, H: 32, W: 32}}, nil)
//		defer b.Release()
//		view := clip.View{PTS: []int64{0, 1}, Width: 32, Height: 32}
//		c := clip.New(mem, view)
//		defer c.Release()
//		plan := &clip.Plan{Key: "a", Source: "a.mp4", Views: []clip.View{view}}
//		if err := b.Append(&clip.Sample{Plan: plan, Clips: []*clip.Clip{c}}); err != nil {
//			log.Fatal(err)
//		}
//		raw := b.NewRecord()
//		defer raw.Release()
//
//		coded, err := store.Encode(ctx, mem, raw, store.Options{Codec: store.JPEG})
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer coded.Release()
//		back, err := store.Decode(ctx, mem, coded, 0)
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer back.Release()
//		fmt.Println(coded.Column(3).DataType(), len(back.Column(3).(*shard.TensorArray).Row(0)))
//	}
//
// # The column
//
// An encoded column is the extension type vidcsl.encoded_clip. Its metadata is JSON, such as
//
//	{"codec":"jpeg","shape":[16,112,112,3],"chroma":"4:2:0","quality":90}
//	{"codec":"h264","shape":[16,112,112,3],"chroma":"4:2:0","crf":18,"gop":8}
//
// of which codec and shape make the type, and the rest only tells how it was made. A program that does not know the name sees the storage:
//
//	jpeg   list<binary>, one complete JFIF file per frame
//	h264   binary, an MP4 file per row with T frames at 25 a second (real times are in pts_k)
//
// A list needs no format of our own: in Python, column[i].as_py() is the list of a row's files, and each opens with PIL, cv2,
// torchvision or nvJPEG; offsets are Arrow's, read without copying. An MP4 opens from bytes with PyAV and torchcodec
// (a bare H.264 stream has no timestamps, which torchcodec needs); it costs 900 bytes a row.
//
// # Pixels
//
// Colours are BT.601, full range in JPEG, as JFIF has it, and limited in H.264, tagged so; decoders that read no tags assume the same at these
// sizes. Chroma is 4:2:0 by default: a chroma sample is the mean of two by two pixels, and decoding gives it to all
// four. With FullChroma it is 4:4:4: sharper colour edges, and a profile of H.264 that hardware often does not decode.
//
// H.264 in 4:2:0 needs even sizes: an odd height or width is extended by repeating the last row or column, and cut off again by
// Decode. Other readers cut to the shape of the metadata. JPEG keeps odd sizes.
//
// The same record gives the same bytes at any number of workers, with one build of FFmpeg and x264.
package store
