package cmd

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/decode/synth"
	"vidcsl/pipeline/shard"
)

// pipelineFile writes a configuration of some transforms.
func pipelineFile(t *testing.T, transforms string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "corrupt.yaml")
	if err := os.WriteFile(file, []byte("frames: 8\nstride: 1\nsize: 48\nsampler: regular\nseed: 4\naugment: ["+transforms+"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// copied makes clips of videos through some transforms, and returns where they are and how many rows there are.
func copied(t *testing.T, input, transforms string, more ...string) (dir string, rows int64) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "clips")
	mustRun(t, append([]string{"preprocess", "--input", input, "--output", dir, "--config", pipelineFile(t, transforms), "--max-failures", "100%", "--log-level", "error"}, more...)...)
	m, err := shard.ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range m.Entries {
		rows += e.Rows
	}
	return dir, rows
}

// A corrupted copy of a data set has its keys, other pixels, the same bytes at any number of workers, and rows that can be made again.
func TestCorruptedCopy(t *testing.T) {
	input := videos(t)
	clean, n := copied(t, input, "")
	for _, transforms := range []string{"corrupt_packet_loss: {severity: 5}", "corrupt_h264_crf: {severity: 4}", "corrupt_bit_error: {severity: 5}, corrupt_mpeg2: {severity: 2}"} {
		dir, rows := copied(t, input, transforms, "--workers", "1")
		again, _ := copied(t, input, transforms, "--workers", "4")
		sameFiles(t, transforms, digest(t, dir), digest(t, again))
		if rows != n {
			t.Errorf("%s: %d rows, want %d", transforms, rows, n)
		}
		changed := false
		was := digest(t, clean)
		for name, sum := range digest(t, dir) {
			changed = changed || strings.HasPrefix(filepath.Base(name), "part-") && was[name] != sum
		}
		if !changed {
			t.Errorf("%s: nothing is changed", transforms)
		}
		if out := mustRun(t, "replay", dir, "--key", someKey, "--input", input); !strings.Contains(out, "identical") || strings.Contains(out, "differ") {
			t.Errorf("%s: made again it is another:\n%s", transforms, out)
		}
	}
}

// What cannot be corrupted or decoded is a row of the failures with its reason; the rest is delivered.
func TestCorruptedBeyondDecoding(t *testing.T) {
	const clips = 80
	dir := filepath.Join(t.TempDir(), "videos")
	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = 1, 1, 0.04, 64 // one frame, one packet
	if _, err := synth.Render(context.Background(), dir, o, nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "still.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	out, rows := copied(t, dir, "corrupt_packet_loss: {severity: 5}", "--clips-per-video", fmt.Sprint(clips))
	failed, err := shard.ReadFailures(filepath.Join(out, "failures.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]int{}
	for _, f := range failed {
		reasons[f.Stage+" "+f.Reason]++
		if f.Reason == "undecodable" && f.Message != "no frame of the damaged stream can be decoded" || f.Reason == "bad_plan" && !strings.Contains(f.Message, "picture") {
			t.Errorf("%+v", f)
		}
	}
	if n := reasons["decode undecodable"]; n < 1 || n > clips/4 || reasons["decode bad_plan"] != clips || len(reasons) != 2 || rows != int64(clips-n) {
		t.Errorf("%d rows, failures %v", rows, reasons)
	}
}

// A damaged stream is drawn of a video, and refused for the built-in picture, which has none.
func TestStagesOfStream(t *testing.T) {
	file := filepath.Join(t.TempDir(), "strip.png")
	if code, _, errs := run("stages", "corrupt_bit_error", "--png", file); code != Failed || !strings.Contains(errs, "needs the video") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	mustRun(t, "stages", "corrupt_bit_error", "--log-level", "error", "--png", file, "--input", filepath.Join(videos(t), "disc-up", "video-000.mp4"))
	mustRun(t, "stages", "corrupt_hevc_crf", "--log-level", "error", "--png", filepath.Join(t.TempDir(), "hevc.png"))
}
