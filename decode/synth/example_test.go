package synth_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"vidcsl/decode/synth"
)

func Example() {
	dir, err := os.MkdirTemp("", "synth")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = 4, 2, 0.5, 64
	videos, err := synth.Render(context.Background(), dir, o, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range videos {
		fmt.Println(v.Label, v.Path)
	}
	// Output:
	// 0 square-up/video-000.mp4
	// 0 square-up/video-001.mp4
	// 1 square-down/video-000.mp4
	// 1 square-down/video-001.mp4
	// 2 disc-up/video-000.mp4
	// 2 disc-up/video-001.mp4
	// 3 disc-down/video-000.mp4
	// 3 disc-down/video-001.mp4
}

func ExampleFrame() {
	rgb, err := synth.Frame(synth.DefaultOptions(), 0, 0, 99) // the last frame of square-up/video-000.mp4, before encoding
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(rgb) == 128*128*3)
	_, err = synth.Frame(synth.DefaultOptions(), 0, 0, 100)
	fmt.Println(err)
	// Output:
	// true
	// synth: no frame 100 of video 0 of class 0: want a class below 40 and a frame below 100
}
