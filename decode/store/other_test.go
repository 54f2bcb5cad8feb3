package store

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"

	"vidcsl/decode/internal/enc"
	"vidcsl/pipeline/shard"
)

// The ffmpeg program opens every file by itself and sees the same colours, size and number of frames.
func TestFFmpegReadsFiles(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	for _, s := range []enc.Shape{{T: 9, H: 48, W: 64}, {T: 1, H: 33, W: 47}} {
		p := smooth(s, 4)
		for _, o := range bothCodecs {
			t.Run(fmt.Sprintf("%s-%v/%v", o.Codec, o.FullChroma, s), func(t *testing.T) {
				h, w := s.H, s.W
				if o.Codec == H264 && !o.FullChroma {
					h, w = (h+1)&^1, (w+1)&^1
				}
				var seen []byte
				for _, f := range filesOf(t, p, o) {
					seen = append(seen, ffmpegPixels(t, f)...)
				}
				if len(seen) != s.T*h*w*3 {
					t.Fatalf("%d bytes, want %d frames of %dx%d", len(seen), s.T, w, h)
				}
				if o.Codec == JPEG && !o.FullChroma && w%2 == 1 {
					return // swscale moves the chroma of odd sizes
				}
				ours, _ := roundtrip(t, p, o)
				var mean [3]float64
				worst := 0.0
				for i, v := range ours {
					c, x, y := i%3, i/3%s.W, i/3/s.W%s.H
					d := float64(v) - float64(seen[((i/3/s.W/s.H*h+y)*w+x)*3+c])
					mean[c] += d / float64(len(ours)/3)
					worst = max(worst, math.Abs(d))
				}
				t.Logf("ours is %.2f brighter, at most %v", mean, worst)
				for c, d := range mean {
					if math.Abs(d) > .2 || worst > 3 {
						t.Errorf("channel %d differs by %.2f on average, at most %v", c, d, worst)
					}
				}
			})
		}
	}
}

func ffmpegPixels(t *testing.T, file []byte) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	cmd := exec.Command("ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-vf",
		"scale=flags=neighbor+accurate_rnd+full_chroma_int+full_chroma_inp", "-f", "rawvideo", "-pix_fmt", "rgb24", "-") // its fast path is a level too dark
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("ffmpeg: %v: %s", err, &stderr)
	}
	return out
}

// writeShard writes one record as the only shard of a run in dir and returns its path.
func writeShard(t *testing.T, dir string, rec arrow.Record) string {
	t.Helper()
	items := make([]shard.Item, rec.NumRows())
	for i := range items {
		items[i].Key = keyOf(rec, i)
	}
	plan, err := shard.NewPlan(items, len(items), "")
	if err != nil {
		t.Fatal(err)
	}
	run, err := shard.Open(dir, plan, shard.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	w, err := run.Begin(plan.Shards[0], rec.Schema())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if err := w.Write(rec); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, shard.PartName(0, 1))
}

// A shard comes back with its type, is decoded to the same pixels as before it was written, and verifies.
func TestShards(t *testing.T) {
	mem := checked(t)
	raw := batch(mem, pictures(3, enc.Shape{T: 3, H: 20, W: 24})...)
	defer raw.Release()
	for _, o := range bothCodecs[:2] {
		coded, err := Encode(context.Background(), mem, raw, o)
		if err != nil {
			t.Fatal(err)
		}
		defer coded.Release()
		want, err := Decode(context.Background(), mem, coded, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer want.Release()
		r, err := shard.OpenFile(writeShard(t, t.TempDir(), coded), shard.WithAllocator(mem))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if !r.Schema().Equal(coded.Schema()) {
			t.Errorf("schema %v, want %v", r.Schema(), coded.Schema())
		}
		for rec, err := range r.Records() {
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(context.Background(), mem, rec, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, column := range []int{1, 3} {
				for i := range int(got.NumRows()) {
					if !bytes.Equal(got.Column(column).(*shard.TensorArray).Row(i), want.Column(column).(*shard.TensorArray).Row(i)) {
						t.Errorf("%s: column %d, row %d differs", o.Codec, column, i)
					}
				}
			}
			got.Release()
		}
	}
}

// pyarrow reads the storage of a type it does not know, and a program may teach it the type.
func TestPyarrowReadsShards(t *testing.T) {
	python := os.Getenv("VIDCSL_PYTHON")
	if python == "" {
		t.Skip("set VIDCSL_PYTHON to a Python with pyarrow and numpy to run this test")
	}
	mem := checked(t)
	raw := batch(mem, pictures(3, enc.Shape{T: 3, H: 20, W: 24})...)
	defer raw.Release()
	for _, o := range bothCodecs[:2] {
		coded, err := Encode(context.Background(), mem, raw, o)
		if err != nil {
			t.Fatal(err)
		}
		defer coded.Release()
		dir := t.TempDir()
		path := writeShard(t, filepath.Join(dir, "run"), coded)
		for i := range 3 {
			for k, f := range coded.Column(3).(*ClipArray).Files(i) {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d-%d", i, k)), f, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		out, err := exec.Command(python, filepath.Join("testdata", "check_store.py"), path, dir, string(o.Codec)).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("%s", out)
	}
}
