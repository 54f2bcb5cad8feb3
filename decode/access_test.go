package decode

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

// execute runs one view and returns its clip.
func execute(t testing.TB, v *Video, view clip.View) *clip.Clip {
	t.Helper()
	clips, err := v.Execute(context.Background(), &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(clips[0].Release)
	return clips[0]
}

func open(t testing.TB, path string) *Video {
	t.Helper()
	v, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// openUnkept opens a file as one too large for its packets to be kept.
func openUnkept(t testing.TB, path string) *Video {
	t.Helper()
	d, err := openDemuxer(context.Background(), path, maxScan, 0)
	if err != nil {
		t.Fatal(err)
	}
	v := &Video{d: d}
	t.Cleanup(v.Close)
	return v
}

// checkRandomAccess compares frames reached by seeking, and without the frames nobody refers to, with those of a decode
// from start to end.
func checkRandomAccess(t *testing.T, path string) {
	t.Helper()
	whole := wholeVideo(t, path)
	defer whole.Release()
	index := map[int64]int{}
	for i, pts := range whole.PTS {
		if _, twice := index[pts]; !twice {
			index[pts] = i
		}
	}
	v := open(t, path)
	table := v.Meta().Frames.PTS
	rng := rand.New(rand.NewPCG(7, uint64(len(table))))
	for round := range 16 {
		switch round % 4 { // a fresh file as well as one that has been used; packets kept, and read again by seeking
		case 1:
			v = open(t, path)
		case 3:
			v = openUnkept(t, path)
		}
		views := make([]clip.View, 1+round%3)
		for i := range views {
			views[i] = clip.Native(v.Meta())
			for range 1 + rng.IntN(5) {
				views[i].PTS = append(views[i].PTS, table[rng.IntN(len(table))])
			}
		}
		clips, err := v.Execute(context.Background(), &clip.Plan{Views: views}, memory.DefaultAllocator)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for i, c := range clips {
			for k, pts := range views[i].PTS {
				if c.PTS[k] != pts {
					t.Errorf("round %d: asked for pts %d, got %d", round, pts, c.PTS[k])
				}
				if !bytes.Equal(c.Frame(k), whole.Frame(index[pts])) {
					t.Errorf("round %d, view %d: frame %d at pts %d differs from the one of a sequential decode", round, i, k, pts)
				}
			}
			c.Release()
		}
	}
}

func TestRandomAccessEqualsSequential(t *testing.T) {
	for _, path := range sharedClips(t) {
		if filepath.Base(path) == "corrupted.mp4" {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) { t.Parallel(); checkRandomAccess(t, path) })
	}
}

// made are streams that the shared data lacks, encoded with the ffmpeg program.
var made = map[string][]string{
	"interlaced.mp4":    {"-c:v", "libx264", "-g", "20", "-flags", "+ilme+ildct"},
	"paff.ts":           {"-c:v", "libx264", "-g", "20", "-x264-params", "interlaced=1"},
	"opengop.mp4":       {"-c:v", "libx264", "-g", "15", "-bf", "3", "-x264-params", "open-gop=1:b-pyramid=normal"},
	"onekey.mp4":        {"-c:v", "libx264", "-g", "1000", "-bf", "3"},
	"intra.mp4":         {"-c:v", "libx264", "-g", "1"},
	"variable.mkv":      {"-c:v", "libx264", "-g", "10", "-vf", "select='not(mod(n\\,3))+not(mod(n\\,7))'", "-fps_mode", "vfr"},
	"edit.mp4":          {"-c:v", "libx264", "-g", "12", "-ss", "0.5", "-t", "1"},
	"offset.mp4":        {"-c:v", "libx264", "-g", "12", "-output_ts_offset", "3.21"},
	"fragmented.mp4":    {"-c:v", "libx264", "-g", "12", "-movflags", "frag_keyframe+empty_moov"},
	"hevc.mkv":          {"-c:v", "libx265", "-x265-params", "log-level=none:keyint=16"},
	"hevc.ts":           {"-c:v", "libx265", "-x265-params", "log-level=none:keyint=16"},
	"mpeg4.ts":          {"-c:v", "mpeg4", "-g", "12", "-bf", "2", "-q:v", "4"},
	"stream.ts":         {"-c:v", "libx264", "-g", "12"},
	"stream.flv":        {"-c:v", "libx264", "-g", "12"},
	"mpeg2.mpg":         {"-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-q:v", "4"},
	"mpeg2.ts":          {"-c:v", "mpeg2video", "-g", "12", "-bf", "2", "-q:v", "4"},
	"mpeg4.avi":         {"-c:v", "mpeg4", "-g", "12", "-q:v", "4"},
	"bframes.avi":       {"-c:v", "mpeg4", "-g", "12", "-bf", "2", "-q:v", "4"},
	"bframes.mp4":       {"-c:v", "mpeg4", "-g", "12", "-bf", "2", "-q:v", "4"},
	"packed.avi":        {"-c:v", "libxvid", "-g", "24", "-bf", "2", "-q:v", "4", "-vtag", "XVID"},
	"h264.avi":          {"-c:v", "libx264", "-g", "12", "-bf", "0"},
	"h264bframes.avi":   {"-c:v", "libx264", "-g", "12", "-bf", "2"},
	"altref.webm":       {"-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "24", "-b:v", "200k"},
	"altref9.webm":      {"-c:v", "libvpx-vp9", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-g", "24", "-b:v", "200k", "-deadline", "realtime", "-cpu-used", "8"},
	"theora.ogv":        {"-c:v", "libtheora", "-g", "12"},
	"mjpeg.avi":         {"-c:v", "mjpeg", "-q:v", "4"},
	"grey.mp4":          {"-c:v", "libx264", "-g", "12", "-pix_fmt", "gray"},
	"yuv422.mp4":        {"-c:v", "libx264", "-g", "12", "-pix_fmt", "yuv422p"},
	"rgb.mkv":           {"-c:v", "ffv1", "-pix_fmt", "bgr0"},
	"still.png":         {"-frames:v", "1"},
	"still.jpg":         {"-frames:v", "1"},
	"odd.mkv":           {"-c:v", "ffv1", "-vf", "scale=97:61", "-pix_fmt", "yuv420p"},
	"alpha.mkv":         {"-c:v", "ffv1", "-pix_fmt", "yuva420p"},
	"palette.gif":       {},
	"wmv.wmv":           {"-c:v", "wmv2", "-g", "12", "-q:v", "4"},
	"refresh.mp4":       {"-c:v", "libx264", "-g", "20", "-x264-params", "intra-refresh=1"},
	"longgop-sparse.ts": {"-c:v", "libx264", "-g", "1000", "-bf", "3"},
}

// makeClip encodes one of made; it skips where this ffmpeg lacks the encoder.
func makeClip(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args := append([]string{"-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x96:r=25,noise=alls=8:allf=t:all_seed=1", "-t", "2.4"}, made[name]...)
	if filepath.Ext(name) == ".mp4" && name != "grey.mp4" && name != "yuv422.mp4" || filepath.Ext(name) == ".ts" {
		args = append(args, "-pix_fmt", "yuv420p")
	}
	if out, err := exec.Command("ffmpeg", append(args, "-y", path)...).CombinedOutput(); err != nil {
		t.Skipf("ffmpeg cannot make %s here: %v\n%s", name, err, out)
	}
	return path
}

func TestMadeStreams(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	for name := range made {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := makeClip(t, name)
			compareWithFFmpeg(t, path)
			checkRandomAccess(t, path)
		})
	}
}

// compareWithFFmpeg checks timestamps and pixels of the whole stream.
func compareWithFFmpeg(t *testing.T, path string) {
	t.Helper()
	v := open(t, path)
	want, without := ffprobePTS(t, path, v.Meta().Stream)
	got := v.Meta().Frames.PTS
	if without > 0 && len(got) == len(want)+without {
		got = got[:len(want)]
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("frame table differs from ffprobe's: %d frames, want %d\n got %v\nwant %v", len(got), len(want), got, want)
	}
	c := wholeVideo(t, path)
	defer c.Release()
	if i := difference(c.Bytes(), ffmpegPixels(t, path, v.Meta().Stream)); i >= 0 {
		n := c.Width * c.Height * 3
		t.Errorf("pixels differ from ffmpeg's first in frame %d, row %d", i/n, i%n/(3*c.Width))
	}
}

// A stream that was cut in the middle of a GOP begins, as in ffprobe, with its first keyframe.
func TestStreamCutInsideGOP(t *testing.T) {
	tool(t, "ffmpeg", "-version")
	for _, name := range []string{"stream.ts", "mpeg2.ts"} {
		b, err := os.ReadFile(makeClip(t, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b[len(b)/3/188*188:], 0o644); err != nil {
			t.Fatal(err)
		}
		v := open(t, path)
		want, _ := ffprobePTS(t, path, v.Meta().Stream)
		if got := v.Meta().Frames.PTS; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %d frames, want %d\n got %v\nwant %v", name, len(got), len(want), got, want)
		}
		checkRandomAccess(t, path)
	}
}
