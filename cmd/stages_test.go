package cmd

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/augment"
)

// listed is what stages --json prints.
type listed struct {
	Transforms, Groups, Recipes []struct{ Name, Kind, Summary string }
}

// Every transform and recipe is listed and described, and its example can be pasted into a configuration.
func TestStages(t *testing.T) {
	var l listed
	if err := json.Unmarshal([]byte(mustRun(t, "stages", "--json")), &l); err != nil {
		t.Fatal(err)
	}
	text := mustRun(t, "stages")
	var names []string
	for _, e := range slices.Concat(l.Transforms, l.Groups, l.Recipes) {
		names = append(names, e.Name)
		if !strings.Contains(text, "  "+e.Name+" ") || !strings.Contains(text, e.Summary) || e.Summary == "" || e.Kind == "" {
			t.Errorf("%+v is not in the list:\n%s", e, text)
		}
	}
	for _, want := range slices.Concat(augment.Default().Names(), augment.Recipes(), []string{"compose", "one_of", "sometimes", "recipe"}) {
		if !slices.Contains(names, want) {
			t.Errorf("%s is not listed", want)
		}
	}
	for _, name := range names {
		var e struct {
			Name, Doc, Example string
			Settings           []struct {
				Name, Type, Doc string
				Default         any
			}
			Drawn []string
		}
		if err := json.Unmarshal([]byte(mustRun(t, "stages", name, "--json")), &e); err != nil {
			t.Fatal(err)
		}
		text := mustRun(t, "stages", name)
		for _, s := range e.Settings {
			if !strings.Contains(text, "\n  "+s.Name+" ") || !strings.Contains(text, s.Doc) || s.Doc == "" || s.Type == "" || s.Default == nil && s.Name != "apply" {
				t.Errorf("%s: the setting %+v is not described:\n%s", name, s, text)
			}
		}
		file := filepath.Join(t.TempDir(), name+".yaml")
		if err := os.WriteFile(file, []byte(e.Example), 0o644); err != nil {
			t.Fatal(err)
		}
		mustRun(t, "config", "check", file)
		for line := range strings.Lines(e.Example) {
			if !strings.Contains(text, "\n  "+line) {
				t.Errorf("%s: %q of the example is not in the text", name, line)
			}
		}
	}
}

// A wrong name says which one is near; flags that make no sense together are refused.
func TestStagesMisuse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.png")
	for says, args := range map[string][]string{
		"(did you mean color_jitter?)":                       {"stages", "colour_jitter"},
		"is \"mixup\", want a name that vidcsl stages lists": {"stages", "mixup"},
		"--png needs the NAME":                               {"stages", "--png", file},
		"give both":                                          {"stages", "reverse", "--input", file},
		"no such file":                                       {"stages", "reverse", "--png", file, "--input", filepath.Join(t.TempDir(), "none.mp4")},
		"accepts at most 1 arg":                              {"stages", "reverse", "speed"},
		"is the file to inspect":                             {"stages", "reverse", "--png", filepath.Join(videos(t), "disc-up", "video-000.mp4"), "--input", filepath.Join(videos(t), "disc-up", "video-000.mp4")},
	} {
		if code, _, errs := run(args...); code != Usage || !strings.Contains(errs, says) {
			t.Errorf("%v: exit code %d, want %q in %s", args, code, says, errs)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a picture was written")
	}
}

// The strip of a transform on a video has a line before and three after, and is written whole.
func TestStagesPicture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "strip.png")
	mustRun(t, "stages", "random_resized_crop", "--log-level", "error", "--png", file, "--input", filepath.Join(videos(t), "square-up", "video-000.mp4"))
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if want := 6 + 4*(64+15+6); m.Bounds().Dy() != want || m.Bounds().Dx() != 6+8*(64+6) {
		t.Errorf("the strip is %v, want 8 frames of 64 pixels in 4 lines", m.Bounds())
	}
}
