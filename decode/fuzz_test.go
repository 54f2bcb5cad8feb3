package decode

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/decode/synth"
)

// FuzzDecode opens and decodes damaged files: whatever the bytes, it returns in time, with clips of the asked size or an
// *Error, and gives all memory back.
func FuzzDecode(f *testing.F) {
	dir := filepath.Join(f.TempDir(), "v")
	videos, err := synth.Render(context.Background(), dir, synth.Options{Classes: 1, VideosPerClass: 1, Seconds: 0.5, Size: 32, Seed: 1}, nil)
	if err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(filepath.Join(dir, videos[0].Path))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed, uint16(0))
	for _, name := range []string{"decord/unordered.mov", "torchcodec/animated.gif", "torchcodec/testsrc2_mpeg4.mp4", "torchcodec/discard_first_keyframe.mp4"} {
		if b, err := os.ReadFile("../../shared/data/clips/" + name); err == nil {
			f.Add(b, uint16(3))
		}
	}
	f.Fuzz(func(t *testing.T, file []byte, at uint16) {
		path := filepath.Join(t.TempDir(), "f.mp4")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
		defer mem.AssertSize(t, 0)
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		start := time.Now()
		v, err := Open(ctx, path)
		if err != nil {
			if reason(err) == "" {
				t.Fatalf("not an *Error: %v", err)
			}
			return
		}
		defer v.Close()
		d, err := clip.RegularClips{Frames: 3, Stride: 2}.Sample(v.Meta(), int(at%8), 8, nil)
		if err != nil {
			return
		}
		view := clip.CenterSquare(v.Meta(), 24)
		view.PTS = d.PTS
		clips, err := v.Execute(ctx, &clip.Plan{Views: []clip.View{view}}, mem)
		if err == nil {
			if n := len(clips[0].Bytes()); n != 3*24*24*3 {
				t.Errorf("%d bytes", n)
			}
			clips[0].Release()
		} else if reason(err) == "" {
			t.Fatalf("not an *Error: %v", err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}
