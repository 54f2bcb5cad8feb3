package decode

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

// sharedClips returns the clips of the shared test data, or skips.
func sharedClips(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.mp4", "*.mov", "*.mkv", "*.webm", "*.avi", "*.gif", "*.mpg"} {
		m, err := filepath.Glob(filepath.Join("../../shared/data/clips/*", pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, m...)
	}
	if len(files) == 0 {
		t.Skip("no shared test data beside the checkout (../shared/data/clips)")
	}
	slices.Sort(files)
	return files
}

func tool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, stderr.Bytes())
	}
	return out
}

// ffprobePTS returns the timestamp of every frame as ffprobe decodes them; frames without one are left out and counted.
func ffprobePTS(t testing.TB, path string, stream int) (pts []int64, without int) {
	t.Helper()
	out := tool(t, "ffprobe", "-v", "quiet", "-threads", "1", "-select_streams", strconv.Itoa(stream), "-show_frames",
		"-show_entries", "frame=best_effort_timestamp", "-of", "json", path)
	var doc struct {
		Frames []struct {
			PTS *int64 `json:"best_effort_timestamp"`
		}
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	for _, f := range doc.Frames {
		if f.PTS == nil {
			without++
			continue
		}
		pts = append(pts, *f.PTS)
	}
	return pts, without
}

// The frame table equals the timestamps of `ffprobe -show_frames`, without any frame being decoded.
func TestFrameTableEqualsFFprobe(t *testing.T) {
	for _, path := range sharedClips(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			v, err := Open(context.Background(), path)
			if err != nil {
				t.Fatal(err)
			}
			defer v.Close()
			want, without := ffprobePTS(t, path, v.Meta().Stream)
			got := v.Meta().Frames.PTS
			if filepath.Base(path) == "corrupted.mp4" { // 50 frames in the container, of which one cannot be decoded
				if len(got) != 50 || len(want) != 49 {
					t.Fatalf("%d frames in the table, %d from ffprobe; want 50 and 49", len(got), len(want))
				}
				return
			}
			if without > 0 && len(got) == len(want)+without { // frames that leave the decoder unstamped at the end
				got = got[:len(want)]
			}
			if !slices.Equal(got, want) {
				t.Errorf("frame table differs from ffprobe's: %d frames, want %d\n got %v\nwant %v", len(got), len(want), got, want)
			}
		})
	}
}

// wholeVideo decodes every frame at full size.
func wholeVideo(t testing.TB, path string) *clip.Clip {
	t.Helper()
	ctx := context.Background()
	v, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	view := clip.Native(v.Meta())
	view.PTS = v.Meta().Frames.PTS
	clips, err := v.Execute(ctx, &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	return clips[0]
}

// The pixels of every frame at full size equal the ffmpeg program's, byte for byte, in every pixel format of the data.
func TestPixelsEqualFFmpeg(t *testing.T) {
	for _, path := range sharedClips(t) {
		if filepath.Base(path) == "corrupted.mp4" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			c := wholeVideo(t, path)
			defer c.Release()
			stream := 0
			if v, err := Open(context.Background(), path); err == nil {
				stream = v.Meta().Stream
				v.Close()
			}
			want := tool(t, "ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-map", fmt.Sprintf("0:%d", stream), "-fps_mode", "passthrough",
				"-sws_flags", "bilinear", "-vf", "scale=flags=bilinear", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
			if i := difference(c.Bytes(), want); i >= 0 {
				n := c.Width * c.Height * 3
				t.Errorf("%d bytes, want %d; first difference in frame %d, row %d, column %d", len(c.Bytes()), len(want), i/n, i%n/(3*c.Width), i%(3*c.Width)/3)
			}
		})
	}
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}
