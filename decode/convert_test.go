package decode

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
	"vidcsl/decode/synth"
)

// synthVideo renders one small video.
func synthVideo(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "v")
	o := synth.Options{Classes: 1, VideosPerClass: 1, Seconds: 2, Size: 96, Seed: 3}
	videos, err := synth.Render(context.Background(), dir, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, videos[0].Path)
}

// A crop that is scaled equals the ffmpeg program's crop and scale filters.
func TestCropAndScaleEqualFFmpeg(t *testing.T) {
	path := synthVideo(t)
	v := open(t, path)
	for _, r := range []struct {
		crop       clip.Rect
		outW, outH int
	}{
		{clip.Rect{X: 0, Y: 0, W: 96, H: 96}, 48, 48},
		{clip.Rect{X: 10, Y: 20, W: 60, H: 50}, 32, 32},
		{clip.Rect{X: 10, Y: 20, W: 60, H: 50}, 112, 112},
		{clip.Rect{X: 2, Y: 4, W: 64, H: 64}, 37, 29},
	} {
		view := clip.View{PTS: v.Meta().Frames.PTS, Crop: r.crop, Width: r.outW, Height: r.outH}
		got := execute(t, v, view)
		want := tool(t, "ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-vf",
			fmt.Sprintf("crop=%d:%d:%d:%d,scale=%d:%d:flags=bilinear", r.crop.W, r.crop.H, r.crop.X, r.crop.Y, r.outW, r.outH), "-")
		if i := difference(got.Bytes(), want); i >= 0 {
			t.Errorf("%v to %dx%d differs from ffmpeg at byte %d", r.crop, r.outW, r.outH, i)
		}
	}
}

// At its own size, any region equals that part of the full frame, also one that begins or ends inside a chroma sample.
func TestAnyRegionIsPartOfTheFrame(t *testing.T) {
	v := open(t, synthVideo(t))
	pts := v.Meta().Frames.PTS[5:6]
	full := clip.Native(v.Meta())
	full.PTS = pts
	whole := execute(t, v, full)
	for _, r := range []clip.Rect{{X: 1, Y: 0, W: 50, H: 50}, {X: 0, Y: 3, W: 51, H: 40}, {X: 31, Y: 33, W: 17, H: 13}, {X: 95, Y: 95, W: 1, H: 1}} {
		got := execute(t, v, clip.View{PTS: pts, Crop: r})
		for y := range r.H {
			from := ((r.Y+y)*96 + r.X) * 3
			if !bytes.Equal(got.Bytes()[y*r.W*3:(y+1)*r.W*3], whole.Bytes()[from:from+r.W*3]) {
				t.Errorf("row %d of %v differs from the full frame", y, r)
				break
			}
		}
	}
}

func TestFlipMirrors(t *testing.T) {
	v := open(t, synthVideo(t))
	view := clip.Native(v.Meta())
	view.PTS = v.Meta().Frames.PTS[:1]
	plain := execute(t, v, view)
	view.Flip = true
	flipped := execute(t, v, view)
	for y := range plain.Height {
		for x := range plain.Width {
			a, b := (y*96+x)*3, (y*96+95-x)*3
			if !bytes.Equal(plain.Bytes()[a:a+3], flipped.Bytes()[b:b+3]) {
				t.Fatalf("pixel (%d,%d) is not mirrored", x, y)
			}
		}
	}
}

// guarded is an allocator that puts a pattern behind every buffer.
type guarded struct{ bufs [][]byte }

const guard = 4096

func (g *guarded) Allocate(n int) []byte {
	b := make([]byte, n+guard+64)
	for i := range b {
		b[i] = 0xA5
	}
	off := 0
	for uintptr(addr(b[off:]))%64 != 0 {
		off++
	}
	b = b[off : off+n+guard]
	g.bufs = append(g.bufs, b)
	return b[:n:n]
}

func (g *guarded) Reallocate(n int, old []byte) []byte {
	b := g.Allocate(n)
	copy(b, old)
	return b
}
func (g *guarded) Free([]byte) {}

// Conversion writes every pixel of a clip and not a byte behind it, at any width.
func TestConversionStaysInside(t *testing.T) {
	v := open(t, synthVideo(t))
	for w := 1; w <= 130; w++ {
		for _, crop := range []clip.Rect{{W: 96, H: 96}, {X: 2, Y: 2, W: min(w, 94), H: 20}} {
			g := &guarded{}
			h := 20
			clips, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{{PTS: v.Meta().Frames.PTS[3:5], Crop: crop, Width: w, Height: h}}}, g)
			if err != nil {
				t.Fatal(err)
			}
			n := len(clips[0].Bytes())
			if n != 2*w*h*3 {
				t.Fatalf("%d bytes, want %d", n, 2*w*h*3)
			}
			size := clips[0].Buf.Cap()
			for i, x := range g.bufs[len(g.bufs)-1][size:] {
				if x != 0xA5 {
					t.Fatalf("width %d: a byte was written %d behind the buffer", w, i)
				}
			}
			for i, x := range clips[0].Buf.Buf()[n:size] {
				if x != 0 && x != 0xA5 {
					t.Fatalf("width %d: a byte was written %d behind the pixels", w, i)
				}
			}
			clips[0].Release()
		}
	}
}

// Without a frame table, frames are found by time and are those on display then.
func TestByTimeEqualsTable(t *testing.T) {
	for _, path := range append(sharedClips(t), synthVideo(t)) {
		base := filepath.Base(path)
		if base == "corrupted.mp4" || filepath.Ext(path) == ".gif" || base == "testsrc2_mpeg4.mp4" {
			continue
		}
		t.Run(base, func(t *testing.T) {
			table := open(t, path)
			d, err := openDemuxer(context.Background(), path, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			timed := &Video{d: d}
			defer timed.Close()
			if timed.Meta().Frames.Len() != 0 {
				t.Fatal("the demuxer has a frame table")
			}
			pts := table.Meta().Frames.PTS
			var times []int64
			for i := 0; i < len(pts); i += 1 + len(pts)/9 {
				times = append(times, pts[i]) // exactly at a frame
				if i+1 < len(pts) {
					times = append(times, pts[i]+(pts[i+1]-pts[i])/2) // between two
				}
			}
			view := clip.CenterSquare(table.Meta(), 32)
			view.PTS = times
			a, b := execute(t, table, view), execute(t, timed, view)
			if fmt.Sprint(a.PTS) != fmt.Sprint(b.PTS) || !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("asked for %v\n table gave %v\n  time gave %v, pixels equal: %v", times, a.PTS, b.PTS, bytes.Equal(a.Bytes(), b.Bytes()))
			}
		})
	}
}

// Clips of one source in one pass equal clips one by one.
func TestOnePassEqualsMany(t *testing.T) {
	path := synthVideo(t)
	v := open(t, path)
	pts := v.Meta().Frames.PTS
	var plans []*clip.Plan
	for i := range 5 {
		view := clip.CenterSquare(v.Meta(), 32)
		view.PTS = []int64{pts[i*7], pts[i*3], pts[49-i], pts[i*7]}
		plans = append(plans, &clip.Plan{Views: []clip.View{view, clip.Native(v.Meta())}})
		plans[i].Views[1].PTS = pts[i : i+2]
	}
	for i, r := range v.ExecuteAll(context.Background(), plans, memory.DefaultAllocator) {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		for k, c := range r.Clips {
			if alone := execute(t, open(t, path), plans[i].Views[k]); !bytes.Equal(alone.Bytes(), c.Bytes()) {
				t.Errorf("plan %d, view %d differs from a pass of its own", i, k)
			}
			c.Release()
		}
	}
}

// An image is a clip of one frame, however it is named, and can be read again.
func TestImageIsOneFrame(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	path := filepath.Join(t.TempDir(), "100%03d.png") // a pattern, if it were taken for one
	tool(t, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=60x40", "-frames:v", "1", "-update", "1", "-y", filepath.Join(t.TempDir(), "x.png"))
	made := filepath.Join(t.TempDir(), "made.png")
	tool(t, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=60x40", "-frames:v", "1", made)
	if err := os.Rename(made, path); err != nil {
		t.Fatal(err)
	}
	v := open(t, path)
	if n := v.Meta().Frames.Len(); n != 1 {
		t.Fatalf("%d frames, want 1", n)
	}
	a := execute(t, v, clip.View{PTS: []int64{0, 0, 0}})
	b := execute(t, v, clip.View{PTS: []int64{0}})
	for k := range 3 {
		if !bytes.Equal(a.Frame(k), b.Frame(0)) {
			t.Errorf("repeat %d differs", k)
		}
	}
}
