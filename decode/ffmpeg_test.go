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

// ffmpegPixels returns all frames of a stream as the ffmpeg program converts them.
func ffmpegPixels(t testing.TB, path string, stream int) []byte {
	t.Helper()
	return tool(t, "ffmpeg", "-v", "error", "-threads", "1", "-i", path, "-map", fmt.Sprintf("0:%d", stream), "-fps_mode", "passthrough",
		"-vf", "scale=flags=bilinear", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
}

// The frame table equals the timestamps of `ffprobe -show_frames`, and the pixels of every frame at full size equal the
// ffmpeg program's, byte for byte, in every pixel format of the data.
func TestEqualsFFmpeg(t *testing.T) {
	for _, path := range sharedClips(t) {
		if filepath.Base(path) == "corrupted.mp4" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			compareWithFFmpeg(t, path)
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
