package decode

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

const benchClip = "../../shared/data/clips/torchcodec/nasa_13013.mp4"

// BenchmarkOpen is the cost of opening a file and reading all its packets.
func BenchmarkOpen(b *testing.B) {
	sharedClips(b)
	for b.Loop() {
		v, err := Open(context.Background(), benchClip)
		if err != nil {
			b.Fatal(err)
		}
		v.Close()
	}
}

// BenchmarkClip is the cost from path to one clip of 16 frames of 112x112, stride 2.
func BenchmarkClip(b *testing.B) {
	sharedClips(b)
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		v, err := Open(context.Background(), benchClip)
		if err != nil {
			b.Fatal(err)
		}
		draw, err := clip.RandomClips{Frames: 16, Stride: 2}.Sample(v.Meta(), 0, 1, rng)
		if err != nil {
			b.Fatal(err)
		}
		view := clip.CenterSquare(v.Meta(), 112)
		view.PTS = draw.PTS
		clips, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
		if err != nil {
			b.Fatal(err)
		}
		clips[0].Release()
		v.Close()
	}
}
