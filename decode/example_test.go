package decode_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/synth"
)

// rendered returns the path of a small video and a function that removes it.
func rendered() (path string, remove func()) {
	tmp, err := os.MkdirTemp("", "vidcsl-example-")
	if err != nil {
		log.Fatal(err)
	}
	o := synth.Options{Classes: 1, VideosPerClass: 1, Seconds: 2, Size: 64, Seed: 1}
	videos, err := synth.Render(context.Background(), filepath.Join(tmp, "v"), o, nil)
	if err != nil {
		log.Fatal(err)
	}
	return filepath.Join(tmp, "v", videos[0].Path), func() { os.RemoveAll(tmp) }
}

func Example() {
	path, remove := rendered()
	defer remove()
	ctx := context.Background()
	v, err := decode.Open(ctx, path)
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	m := v.Meta()
	fmt.Println(m.Codec, m.Width, m.Height, m.Frames.Len(), "frames")

	view := clip.CenterSquare(m, 32)
	view.PTS = m.Frames.PTS[10:14]
	clips, err := v.Execute(ctx, &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
	if err != nil {
		log.Fatal(err)
	}
	defer clips[0].Release()
	fmt.Println(clips[0].Shape(), clips[0].PTS, clips[0].TimeBase)
	// Output:
	// h264 64 64 50 frames
	// [4 32 32 3] [5120 5632 6144 6656] 1/12800
}

// What cannot be decoded says why, in a class that a program can act on.
func ExampleError() {
	_, err := decode.Open(context.Background(), "/dev/null")
	var e *decode.Error
	fmt.Println(errors.As(err, &e), e.Reason)
	fmt.Println(err)
	// Output:
	// true not_a_file
	// decode: /dev/null: not_a_file: a device, want a regular file
}
