package synth_test

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"log"
	"os"
	"path/filepath"

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

func ExampleRenderSprites() {
	dir, err := os.MkdirTemp("", "sprites")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	sheet, err := synth.ReadSheet(drawSheet(dir), 2, 16)
	if err != nil {
		log.Fatal(err)
	}
	o := synth.DefaultSprites(sheet)
	o.Train, o.Val, o.Test = synth.Part{Items: 2, Videos: 2}, synth.Part{Items: 0, Videos: 1}, synth.Part{Items: 1, Videos: 1}
	videos, err := synth.RenderSprites(context.Background(), filepath.Join(dir, "videos"), o, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, v := range videos {
		fmt.Println(v.Label, v.Split, v.Path)
	}
	grey, err := synth.SpriteFrames(o, videos[0]) // the same video before encoding
	fmt.Println(len(grey) == 12*32*32, err)
	// Output:
	// 0 train class-0/item-001-video-0.mp4
	// 0 train class-0/item-001-video-1.mp4
	// 0 train class-0/item-002-video-0.mp4
	// 0 train class-0/item-002-video-1.mp4
	// 1 train class-1/item-000-video-0.mp4
	// 1 train class-1/item-000-video-1.mp4
	// 1 train class-1/item-001-video-0.mp4
	// 1 train class-1/item-001-video-1.mp4
	// 0 test class-0/item-000-video-0.mp4
	// 1 test class-1/item-002-video-0.mp4
	// true <nil>
}

// drawSheet draws a sheet of two classes, dark and bright, of three items of 16x16 pixels.
func drawSheet(dir string) string {
	img := image.NewGray(image.Rect(0, 0, 48, 32))
	for i := range img.Pix {
		if x, y := i%48%16, i/48%16; x > 2 && x < 13 && y > 4 && y < 11 {
			img.Pix[i] = uint8(100 + i/768*120 + i%48)
		}
	}
	path := filepath.Join(dir, "sheet.png")
	f, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		log.Fatal(err)
	}
	return path
}
