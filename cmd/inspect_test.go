package cmd

import (
	"encoding/json"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A changed shard of a run is found whether the run or the shard is verified; a result that cannot be written is a failure.
func TestVerify(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, preprocessArgs(t, dir)...)
	mustRun(t, "verify", dir)
	parts, _ := filepath.Glob(filepath.Join(dir, "part-*.arrow"))
	mustRun(t, "verify", parts[0])
	b, err := os.ReadFile(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(parts[0], b, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, parts[0]} {
		if code, out, errs := run("verify", path); code != Failed || !strings.Contains(out+errs, filepath.Base(parts[0])) {
			t.Errorf("verify %s: exit code %d\n%s%s", path, code, out, errs)
		}
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	defer full.Close()
	if code := Run(t.Context(), []string{"version"}, full, io.Discard); code != Failed {
		t.Errorf("exit code %d though nothing could be printed", code)
	}
}

// inspect describes each kind of thing, and does not write over its input.
func TestInspect(t *testing.T) {
	dir, video := t.TempDir(), filepath.Join(videos(t), "square-up", "video-000.mp4")
	mustRun(t, preprocessArgs(t, dir)...)
	parts, _ := filepath.Glob(filepath.Join(dir, "part-*.arrow"))
	for path, says := range map[string]string{video: "h264, 64x64", parts[0]: "fixed_shape_tensor<uint8>[4,32,32,3]", dir: "72 of 81 items, 9 failures", filepath.Join(dir, "failures.arrow"): "bytes_read"} {
		if out := mustRun(t, "inspect", path); !strings.Contains(out, says) {
			t.Errorf("inspect %s does not say %q:\n%s", path, says, out)
		}
		if out := mustRun(t, "inspect", "--json", path); !json.Valid([]byte(out)) {
			t.Errorf("inspect --json %s is not JSON:\n%s", path, out)
		}
		sheet := filepath.Join(t.TempDir(), "sheet.png")
		code, _, _ := run("inspect", path, "--png", sheet, "--log-level", "error")
		if strings.HasSuffix(path, "failures.arrow") {
			continue // has nothing to show
		}
		f, err := os.Open(sheet)
		if code != Done || err != nil {
			t.Errorf("inspect --png %s: exit code %d, %v", path, code, err)
			continue
		}
		if m, err := png.Decode(f); err != nil || m.Bounds().Dx() < 200 {
			t.Errorf("sheet of %s: %v", path, err)
		}
		f.Close()
	}
	if code, _, errs := run("inspect", video, "--png", video); code != Usage {
		t.Errorf("exit code %d, %s: the input was to be replaced", code, errs)
	}
	if code, _, _ := run("inspect", t.TempDir()); code != Usage {
		t.Errorf("exit code %d for an empty folder", code)
	}
}
