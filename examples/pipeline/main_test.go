package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"vidcsl/decode/synth"
)

func Example() {
	dir, remove := videos()
	defer remove()
	if err := run(context.Background(), dir); err != nil {
		panic(err)
	}
	// Output:
	// 4 samples, view_0: type=fixed_shape_tensor<uint8>[16,64,64,3]
	// 4 samples, view_0: type=fixed_shape_tensor<uint8>[16,64,64,3]
	// 2 samples, view_0: type=fixed_shape_tensor<uint8>[16,64,64,3]
}

func TestFolderWithoutVideos(t *testing.T) {
	if err := run(context.Background(), filepath.Join(t.TempDir())); err == nil {
		t.Error("an empty folder is accepted")
	}
}

// videos renders ten small videos of five classes.
func videos() (dir string, remove func()) {
	tmp, err := os.MkdirTemp("", "vidcsl-example-")
	if err != nil {
		panic(err)
	}
	dir = filepath.Join(tmp, "videos")
	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = 5, 2, 2, 64
	if _, err := synth.Render(context.Background(), dir, o, nil); err != nil {
		panic(err)
	}
	return dir, func() { os.RemoveAll(tmp) }
}
