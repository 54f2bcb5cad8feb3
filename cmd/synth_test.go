package cmd

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// spriteSheet draws a sheet of 2 classes of 4 items of 16x16 in a folder of its own.
func spriteSheet(t *testing.T) string {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 32))
	for i := range img.Pix {
		if x, y := i%64%16, i/64%16; x > 2 && x < 13 && y > 2 && y < 13 {
			img.Pix[i] = uint8(100 + 2*x*y/(1+i/1024))
		}
	}
	path := filepath.Join(t.TempDir(), "sheet.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return path
}

// Sprites are rendered, and preprocess makes shards of a split with the labels of its folders.
func TestSynthSprites(t *testing.T) {
	sheet, dir := spriteSheet(t), filepath.Join(t.TempDir(), "videos")
	args := []string{"synth", "--sprites", sheet, "--classes", "2", "--cell", "16", "--items", "2,0,1", "--videos-per-item", "3,1,1", "--frames", "4"}
	out := mustRun(t, append(args, "--output", dir)...)
	if want := "14 videos of 2 classes in " + dir + "\n"; out != want {
		t.Errorf("said %q, want %q", out, want)
	}
	sums := digest(t, dir)
	if len(sums) != 14+2 || sums["train/labels.csv"] == "" || sums["test/labels.csv"] == "" {
		t.Errorf("files are %v", sums)
	}
	shards := filepath.Join(t.TempDir(), "shards")
	mustRun(t, "preprocess", "--input", filepath.Join(dir, "train"), "--output", shards, "--frames", "4", "--stride", "1",
		"--size", "native", "--sampler", "regular", "--store", "raw", "--log-level", "error")
	text := mustRun(t, "inspect", shards)
	for _, want := range []string{"12 of 12 items, 0 failures", `"labels":["class-0","class-1"]`} {
		if !strings.Contains(text, want) {
			t.Errorf("inspect says no %s:\n%s", want, text)
		}
	}
	again, easy, large := t.TempDir(), t.TempDir(), t.TempDir()
	mustRun(t, append(args, "--output", again, "--size", "32", "--difficulty", "hard", "--seed", "1")...)
	sameFiles(t, "with defaults in full", sums, digest(t, again))
	mustRun(t, append(args, "--output", easy, "--difficulty", "easy")...)
	mustRun(t, append(args, "--output", large, "--size", "64")...)
	for _, dir := range []string{easy, large} {
		for name, sum := range digest(t, dir) {
			if strings.HasSuffix(name, ".mp4") && sum == sums[name] {
				t.Errorf("%s: %s has the bytes of a hard one of 32x32", dir, name)
			}
		}
	}
}

// What synth cannot use is a usage error that names it, and nothing is written.
func TestSynthUsage(t *testing.T) {
	sheet := spriteSheet(t)
	notImage := filepath.Join(t.TempDir(), "notes.png")
	if err := os.WriteFile(notImage, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	sprites := []string{"--sprites", sheet, "--classes", "2", "--cell", "16", "--items", "2,1,1"}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"--frames needs --sprites", []string{"--frames", "12"}},
		{`option Difficulty is "medium": want easy or hard`, []string{"--difficulty", "medium"}},
		{"--seconds does not go with --sprites", append(sprites, "--seconds", "2")},
		{"--videos-per-class does not go with --sprites", append(sprites, "--videos-per-class", "2")},
		{"want 3 each, for train, val and test", append(sprites, "--videos-per-item", "4,4")},
		{`option Difficulty is "medium": want easy or hard`, append(sprites, "--difficulty", "medium")},
		{"option Train.Items + Val.Items + Test.Items is 6: want 1 to 4", []string{"--sprites", sheet, "--classes", "2", "--cell", "16", "--items", "2,3,1"}},
		{"option Size is 31", append(sprites, "--size", "31")},
		{"64x32 pixels: want a multiple of its cells, which are 28x28", []string{"--sprites", sheet, "--classes", "2"}},
		{"2 rows of cells: want a multiple of the number of classes, which is 10", []string{"--sprites", sheet, "--cell", "16"}},
		{"not a PNG image", []string{"--sprites", notImage}},
		{"no such file", []string{"--sprites", ""}},
	} {
		dir := filepath.Join(t.TempDir(), "videos")
		code, out, errs := run(append([]string{"synth", "--output", dir}, c.args...)...)
		if code != Usage || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit code %d, said %s%s, want %q", c.args, code, out, errs, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v: the folder was made", c.args)
		}
	}
	code, _, errs := run(append([]string{"synth", "--output", filepath.Dir(notImage)}, sprites...)...)
	if code != Usage || !strings.Contains(errs, "directory is not empty (it has notes.png)") {
		t.Errorf("a folder with something in it: exit code %d, said %s", code, errs)
	}
}
