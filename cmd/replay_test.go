package cmd

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// augmented is a finished run of two augmented views, and its input.
func augmented(t testing.TB, more ...string) (dir, input string) {
	t.Helper()
	dir, input = filepath.Join(t.TempDir(), "clips"), videos(t)
	mustRun(t, append([]string{"preprocess", "--input", input, "--output", dir, "--size", "48", "--frames", "4", "--views", "2", "--recipe", "simclr", "--seed", "3", "--max-failures", "100%",
		"--log-level", "error"}, more...)...)
	return dir, input
}

const someKey = "disc-up/video-001.mp4#0"

// Every row is made again, to the bit, however its pixels are stored.
func TestReplay(t *testing.T) {
	for _, store := range []string{"raw", "zstd", "jpeg", "h264"} {
		t.Run(store, func(t *testing.T) {
			dir, input := augmented(t, "--store", store)
			out := mustRun(t, "replay", dir, "--key", someKey, "--input", input)
			if strings.Count(out, "identical") != 2 {
				t.Errorf("not identical:\n%s", out)
			}
		})
	}
}

func TestReplayEdit(t *testing.T) {
	dir, input := augmented(t)
	sheet := filepath.Join(t.TempDir(), "sheet.png")
	out := mustRun(t, "replay", dir, "--key", someKey, "--input", input, "--edit", "view_0.crop.w=22", "--edit", "view_0.seed=4", "--png", sheet, "--json")
	if !strings.Contains(out, `"identical": false`) || !strings.Contains(out, `"identical": true`) || !strings.Contains(out, `\"w\":22`) {
		t.Errorf("want view 0 changed and view 1 not:\n%s", out)
	}
	f, err := os.Open(sheet)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := png.Decode(f); err != nil {
		t.Error(err)
	}
	// what is left out of a plan because it is false can be set, and back
	flipped := mustRun(t, "replay", dir, "--key", someKey, "--input", input, "--edit", "view_0.flip=true", "--edit", "view_1.flip=true")
	straight := mustRun(t, "replay", dir, "--key", someKey, "--input", input, "--edit", "view_0.flip=false", "--edit", "view_1.flip=false")
	if strings.Count(flipped, "identical")+strings.Count(straight, "identical") != 2 {
		t.Errorf("each view is mirrored or it is not:\n%s%s", flipped, straight)
	}
	// what does not decide pixels changes none
	if out := mustRun(t, "replay", dir, "--key", someKey, "--input", input, "--edit", "view_0.seed=4"); strings.Count(out, "identical") != 2 {
		t.Errorf("another seed in the plan changes pixels:\n%s", out)
	}
}

// A row that is not what its plan says is told, with exit code 1.
func TestReplayFindsAnotherSource(t *testing.T) {
	dir, shared := augmented(t)
	input := filepath.Join(t.TempDir(), "videos")
	if err := os.CopyFS(input, os.DirFS(shared)); err != nil {
		t.Fatal(err)
	}
	other := mustRead(t, filepath.Join(input, "disc-up", "video-000.mp4"))
	if err := os.WriteFile(filepath.Join(input, "disc-up", "video-001.mp4"), other, 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, said := run("replay", dir, "--key", someKey, "--input", input)
	if code != Failed || !strings.Contains(out, "differs in") || !strings.Contains(said, someKey) {
		t.Errorf("exit code %d\n%s%s", code, out, said)
	}
}

func TestReplayBadInput(t *testing.T) {
	dir, input := augmented(t)
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no key":          {[]string{dir, "--input", input}, "--key"},
		"unknown key":     {[]string{dir, "--input", input, "--key", "x"}, "disc-"},
		"no run":          {[]string{t.TempDir(), "--input", input, "--key", someKey}, "manifest"},
		"a video":         {[]string{filepath.Join(input, "disc-up", "video-000.mp4"), "--input", input, "--key", someKey}, "video-000.mp4"},
		"no such view":    {[]string{dir, "--input", input, "--key", someKey, "--edit", "view_2.seed=1"}, "view_0 to view_1"},
		"no such field":   {[]string{dir, "--input", input, "--key", someKey, "--edit", "view_0.size=1"}, "width"},
		"no value":        {[]string{dir, "--input", input, "--key", someKey, "--edit", "view_0.seed"}, "=VALUE"},
		"a text as width": {[]string{dir, "--input", input, "--key", someKey, "--edit", "view_0.width=wide"}, "width"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, said := run(append([]string{"replay"}, tc.args...)...)
			if code != Usage || !strings.Contains(said, tc.want) {
				t.Errorf("exit code %d, want %d; stderr, want %q in it:\n%s", code, Usage, tc.want, said)
			}
		})
	}
	for name, edit := range map[string]string{"a crop outside": "view_0.crop.x=4000", "no frames": "view_0.pts=[]", "a huge view": "view_0.width=100000"} {
		code, _, said := run("replay", dir, "--input", input, "--key", someKey, "--edit", edit)
		if code != Usage || !strings.Contains(said, edit) {
			t.Errorf("%s: exit code %d, %s", name, code, said)
		}
	}
	code, _, said := run("replay", dir, "--input", t.TempDir(), "--key", someKey)
	if code != Failed || said == "" {
		t.Errorf("another input: exit code %d, %s", code, said)
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A clip that was not delivered has no row; the reason is told.
func TestReplayOfAFailedClip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "clips")
	input := hurtVideos(t)
	mustRun(t, "preprocess", "--input", input, "--output", dir, "--size", "32", "--frames", "2", "--max-failures", "100%", "--log-level", "error")
	code, _, said := run("replay", dir, "--input", input, "--key", "disc-up/bad.mp4#0")
	if code != Usage || !strings.Contains(said, "not delivered") || !strings.Contains(said, "invalid") {
		t.Errorf("exit code %d, %s", code, said)
	}
}
