package clip_test

import (
	"fmt"
	"math/rand/v2"

	"vidcsl/decode/clip"
)

func ExampleRandomClips() {
	m := &clip.Meta{Width: 320, Height: 240, Frames: clip.FrameTable{PTS: []int64{0, 40, 80, 120, 160, 200, 240, 280}}}
	d, err := clip.RandomClips{Frames: 3, Stride: 2}.Sample(m, 0, 1, rand.New(rand.NewPCG(1, 2)))
	fmt.Println(len(d.PTS), d.PTS[1]-d.PTS[0], d.Padded, err)
	// Output: 3 80 false <nil>
}

func ExampleUniformFrames() {
	m := &clip.Meta{Frames: clip.FrameTable{PTS: []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}}
	d, _ := clip.UniformFrames{Frames: 4}.Sample(m, 0, 1, nil) // the middle of each of four segments
	fmt.Println(d.PTS)
	// Output: [1 4 7 10]
}

func ExampleCenterSquare() {
	v := clip.CenterSquare(&clip.Meta{Width: 340, Height: 256}, 112)
	v.PTS = []int64{0}
	fmt.Println(v.JSON())
	// Output: {"pts":[0],"time_base":{"num":0,"den":0},"crop":{"x":42,"y":0,"w":256,"h":256},"width":112,"height":112,"seed":0}
}
