package synth

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

func tool(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("%s is not installed", name)
	}
	var stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%s: %v: %s", name, err, &stderr)
	}
	return out
}

func TestFileAsFFprobeSeesIt(t *testing.T) {
	for _, c := range []struct{ fps, gop, size, frames int }{{25, 12, 128, 50}, {30, 5, 66, 60}, {24, 100, 64, 48}, {1, 1, 32, 2}} {
		o := tiny(1, 1)
		o.FPS, o.GOP, o.Size, o.Seconds = c.fps, c.gop, c.size, 2
		dir, videos := render(t, o)
		file := filepath.Join(dir, videos[0].Path)
		out := string(tool(t, "ffprobe", "-v", "error", "-count_frames", "-of", "default=nw=1", "-show_streams", file))
		for _, want := range []string{
			"codec_name=h264", "profile=High", "pix_fmt=yuv420p", "color_range=tv", "color_space=smpte170m", "chroma_location=left",
			"start_pts=0", "duration=2.000000", fmt.Sprint("width=", c.size), fmt.Sprint("height=", c.size),
			fmt.Sprintf("r_frame_rate=%d/1", c.fps), fmt.Sprintf("avg_frame_rate=%d/1", c.fps), fmt.Sprint("nb_read_frames=", c.frames),
		} {
			if !strings.Contains(out, want+"\n") {
				t.Errorf("%+v: no %s in\n%s", c, want, out)
			}
		}
		checkPackets(t, file, c.fps, c.gop)
	}
}

// checkPackets wants a keyframe at every GOP frames, timestamps one frame apart, and reordering where there is room for it.
func checkPackets(t *testing.T, file string, fps, gop int) {
	t.Helper()
	out := tool(t, "ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "packet=pts_time,dts_time,flags", file)
	reordered := false
	for _, line := range strings.Fields(string(out)) {
		f := strings.Split(strings.TrimRight(line, ","), ",")
		pts, err := strconv.ParseFloat(f[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		n := pts * float64(fps)
		if math.Abs(n-math.Round(n)) > 0.001 {
			t.Errorf("pts %v is not on a frame at %d/s", pts, fps)
		}
		if key := strings.HasPrefix(f[2], "K"); key != (int(math.Round(n))%gop == 0) {
			t.Errorf("GOP %d: frame %.0f has flags %s", gop, n, f[2])
		}
		reordered = reordered || f[0] != f[1]
	}
	if gop > 2 && !reordered {
		t.Errorf("GOP %d: no B-frames", gop)
	}
}

func TestFileTellsNoVersions(t *testing.T) {
	dir, videos := render(t, tiny(1, 1))
	data, err := os.ReadFile(filepath.Join(dir, videos[0].Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"x264", "Lavf", "Lavc", "options:"} {
		if bytes.Contains(data, []byte(word)) {
			t.Errorf("the file contains %q", word)
		}
	}
	if moov, mdat := bytes.Index(data, []byte("moov")), bytes.Index(data, []byte("mdat")); moov < 0 || mdat < moov {
		t.Errorf("moov at %d, mdat at %d: want moov first", moov, mdat)
	}
}

// TestDecodedPixelsAreTheRenderedOnes compares every frame of a file, as ffmpeg decodes it, with Frame.
func TestDecodedPixelsAreTheRenderedOnes(t *testing.T) {
	o := tiny(1, 1)
	o.Seconds, o.Size = 1, 128
	dir, videos := render(t, o)
	out := tool(t, "ffmpeg", "-v", "error", "-i", filepath.Join(dir, videos[0].Path), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
	frameSize := o.Size * o.Size * 3 / 2
	if len(out) != o.Frames()*frameSize {
		t.Fatalf("%d bytes, want %d frames", len(out), o.Frames())
	}
	yuv := make([]byte, frameSize)
	for n := range o.Frames() {
		rgb, err := Frame(o, 0, 0, n)
		if err != nil {
			t.Fatal(err)
		}
		toYUV420(rgb, yuv, o.Size)
		sum := 0.0
		for i, v := range yuv {
			d := float64(v) - float64(out[n*frameSize+i])
			sum += d * d
		}
		if psnr := 10 * math.Log10(255*255*float64(frameSize)/sum); psnr < 33 {
			t.Errorf("frame %d: %.1f dB", n, psnr)
		}
	}
}

// TestMemoryStaysFlat would grow by hundreds of MiB if one codec context per video were lost.
func TestMemoryStaysFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("renders 600 videos")
	}
	before := int64(0)
	for round := range 3 {
		dir := t.TempDir()
		if _, err := Render(context.Background(), dir, tiny(20, 10), nil); err != nil {
			t.Fatal(err)
		}
		for range 200 { // the way out of an error, after the codec is open
			if _, err := create(filepath.Join(dir, "missing", "x.mp4"), coding(32, 25, 12, 20)); err == nil {
				t.Fatal("no error for a missing directory")
			}
		}
		rss := residentBytes(t)
		t.Logf("after round %d: %d MiB", round, rss>>20)
		if round == 0 {
			before = rss
		} else if rss > before+(12<<20) {
			t.Errorf("grew from %d to %d MiB", before>>20, rss>>20)
		}
	}
}

func residentBytes(t *testing.T) int64 {
	t.Helper()
	debug.FreeOSMemory()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("no /proc")
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
