package synth

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func renderSprites(t *testing.T, o Sprites) (map[string][]byte, []SpriteVideo, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "set")
	videos, err := RenderSprites(context.Background(), dir, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tree(t, dir), videos, dir
}

func TestSpritesSameBytesAtAnyWorkerCount(t *testing.T) {
	o := fewSprites(t)
	o.Workers = 1
	want, _, _ := renderSprites(t, o)
	if len(want) != 3*(4*2+2+3)+3 {
		t.Fatalf("%d files, want 39 videos and three times labels.csv", len(want))
	}
	for _, workers := range []int{8, 0} {
		o.Workers = workers
		got, _, _ := renderSprites(t, o)
		for name, data := range want {
			if !bytes.Equal(got[name], data) {
				t.Errorf("%d workers: %s differs", workers, name)
			}
		}
	}
	o.Seed++
	got, _, _ := renderSprites(t, o)
	for name, data := range want {
		if strings.HasSuffix(name, ".mp4") && bytes.Equal(got[name], data) {
			t.Errorf("%s is the same with another seed", name)
		}
	}
}

func TestSpriteLayout(t *testing.T) {
	o := fewSprites(t)
	o.Val.Items = 0
	files, videos, _ := renderSprites(t, o)
	var paths []string
	rows := map[string][][]string{}
	for _, v := range videos {
		paths = append(paths, path.Join(v.Split, v.Path))
		rows[v.Split] = append(rows[v.Split], []string{v.Path, v.Class})
		if path.Dir(v.Path) != v.Class || o.Sheet.Classes()[v.Label] != v.Class {
			t.Errorf("%+v does not agree with itself", v)
		}
	}
	for _, split := range []string{"train", "test"} {
		paths = append(paths, split+"/labels.csv")
		got, err := csv.NewReader(bytes.NewReader(files[split+"/labels.csv"])).ReadAll()
		if err != nil || !slices.EqualFunc(got, append([][]string{{"path", "label"}}, rows[split]...), slices.Equal) {
			t.Errorf("%s/labels.csv has %v, error %v", split, got, err)
		}
	}
	for _, p := range paths {
		if files[p] == nil {
			t.Errorf("%s is missing", p)
		}
	}
	if len(files) != len(paths) {
		t.Errorf("%d files, want %d: something temporary is left", len(files), len(paths))
	}
}

// splitItems lists the items of class 0 in each split.
func splitItems(t *testing.T, o Sprites) map[string][]int {
	t.Helper()
	videos, err := SpriteVideos(o)
	if err != nil {
		t.Fatal(err)
	}
	items := map[string][]int{}
	for _, v := range videos {
		if v.Label == 0 && v.Index == 0 {
			items[v.Split] = append(items[v.Split], v.Item)
		}
	}
	return items
}

func TestSplitsShareNoItem(t *testing.T) {
	o := fewSprites(t)
	o.Train.Items, o.Val.Items, o.Test.Items = 5, 2, 3
	whole := splitItems(t, o)
	all := slices.Concat(whole["train"], whole["val"], whole["test"])
	slices.Sort(all)
	if !slices.Equal(all, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) {
		t.Errorf("ten items are dealt out as %v", whole)
	}
	o.Train.Items = 2
	fewer := splitItems(t, o)
	if !slices.Equal(fewer["val"], whole["val"]) || !slices.Equal(fewer["test"], whole["test"]) {
		t.Errorf("with 2 items to train %v, with 5 %v", fewer, whole)
	}
	for _, item := range fewer["train"] {
		if !slices.Contains(whole["train"], item) {
			t.Errorf("item %d trains in a set of 2, not in one of 5", item)
		}
	}
	other := 0
	for o.Seed = 2; o.Seed < 12; o.Seed++ {
		if !slices.Equal(splitItems(t, o)["test"], whole["test"]) {
			other++
		}
	}
	if other < 8 {
		t.Errorf("of 10 other seeds, %d test other items", other)
	}
}

// TestDecodedSpritesAreTheRenderedOnes compares decoded greys with SpriteFrames.
func TestDecodedSpritesAreTheRenderedOnes(t *testing.T) {
	o := fewSprites(t)
	o.Frames = 12
	o.Train, o.Val.Items, o.Test.Items = Part{2, 1}, 0, 0
	_, videos, dir := renderSprites(t, o)
	sum, n := 0.0, 0
	for _, v := range videos {
		out := tool(t, "ffmpeg", "-v", "error", "-i", filepath.Join(dir, v.Split, v.Path), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
		grey := spriteFrames(t, o, v)
		size := o.Size * o.Size
		if len(out) != o.Frames*size*3/2 {
			t.Fatalf("%s: %d bytes, want %d frames", v.Path, len(out), o.Frames)
		}
		for i, want := range grey {
			frame := out[i/size*size*3/2:]
			sum += math.Abs((float64(frame[i%size])-16)*255/219 - float64(want))
			n++
			if c := frame[size+i%size/2]; c != 128 {
				t.Fatalf("%s: chroma %d", v.Path, c)
			}
		}
	}
	t.Logf("mean error %.2f levels", sum/float64(n))
	if mean := sum / float64(n); mean > 1 {
		t.Errorf("decoded greys are off by %.2f levels on average, want less than 1", mean)
	}
}

func TestCancelledSpritesLeaveNothing(t *testing.T) {
	o := fewSprites(t)
	o.Workers = 2 // so that most are to come
	cause := errors.New("enough")
	parent := t.TempDir()
	ctx, cancel := context.WithCancelCause(context.Background())
	_, err := RenderSprites(ctx, filepath.Join(parent, "set"), o, func(done, total int) {
		if done == 5 {
			cancel(cause)
		}
		if total != 39 {
			t.Errorf("%d videos in all, want 39", total)
		}
	})
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if _, err := RenderSprites(context.Background(), filepath.Dir(sheet(t, 1, 2, 12)), o, nil); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("a folder with a file in it: got %v", err)
	}
}

func TestBadSprites(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Sprites)
	}{
		{"option Sheet is empty: want one that ReadSheet returned", func(o *Sprites) { o.Sheet = nil }},
		{"option Sheet is empty: want one that ReadSheet returned", func(o *Sprites) { o.Sheet = &Sheet{} }},
		{`option Difficulty is "": want easy or hard`, func(o *Sprites) { o.Difficulty = "" }},
		{"option Train.Items is 11: want 0 to 10", func(o *Sprites) { o.Train.Items = 11 }},
		{"option Train.Items + Val.Items + Test.Items is 11: want 1 to 10, the items of a class in the sheet", func(o *Sprites) { o.Train.Items = 6 }},
		{"option Train.Items + Val.Items + Test.Items is 0: want", func(o *Sprites) { o.Train.Items, o.Val.Items, o.Test.Items = 0, 0, 0 }},
		{"option Test.Videos is 0: want 1 to 1000", func(o *Sprites) { o.Test.Videos = 0 }},
		{"option Frames is 65: want 1 to 64", func(o *Sprites) { o.Frames = 65 }},
		{"option Size is 33: want an even number", func(o *Sprites) { o.Size = 33 }},
		{"option Background is NaN: want 0 to 1", func(o *Sprites) { o.Background = math.NaN() }},
		{"option Workers is -1: want 0 to 1024", func(o *Sprites) { o.Workers = -1 }},
	} {
		o := fewSprites(t)
		c.change(&o)
		dir := filepath.Join(t.TempDir(), "set")
		_, err := RenderSprites(context.Background(), dir, o, nil)
		var bad *OptionError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%q: the directory was made", c.want)
		}
	}
	o := fewSprites(t)
	for want, v := range map[string]SpriteVideo{
		"no video 0 of item 10 of class 0: want a class below 3 and an item below 10": {Split: "val", Item: 10},
		"no video 0 of item 0 of class -1":                                            {Split: "val", Label: -1},
		`split is "valid": want train, val or test`:                                   {Split: "valid"},
	} {
		if _, err := SpriteFrames(o, v); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestBadSheets(t *testing.T) {
	good := sheet(t, 2, 3, 12) // 36x48
	text := filepath.Join(t.TempDir(), "text.png")
	cut := filepath.Join(t.TempDir(), "cut.png")
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(text, []byte("text"), 0o600), os.WriteFile(cut, data[:len(data)-30], 0o600)); err != nil {
		t.Fatal(err)
	}
	hole := fill(24, 12, 200)
	for i := range hole.Pix {
		if i%24 >= 12 {
			hole.Pix[i] = 0
		}
	}
	for _, c := range []struct {
		path          string
		classes, cell int
		want          string
	}{
		{filepath.Join(t.TempDir(), "missing.png"), 2, 12, "no such file"},
		{text, 2, 12, "not a PNG image"},
		{cut, 2, 12, "damaged PNG image"},
		{good, 2, 28, "36x48 pixels: want a multiple of its cells, which are 28x28"},
		{good, 3, 12, "4 rows of cells: want a multiple of the number of classes, which is 3"},
		{good, 0, 12, "0 classes of cells of 12 pixels: want at least 1 of each"},
		{good, 2, 0, "2 classes of cells of 0 pixels"},
		{writePNG(t, hole), 1, 12, "the cell in row 0, column 1 is all black"},
	} {
		_, err := ReadSheet(c.path, c.classes, c.cell)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.path) || !strings.HasPrefix(err.Error(), "synth: ") {
			t.Errorf("got %v, want %q and %s", err, c.want, c.path)
		}
	}
}

func TestNamesOfClasses(t *testing.T) {
	path := sheet(t, 2, 3, 12)
	names := filepath.Join(filepath.Dir(path), NamesFile)
	for text, want := range map[string]string{
		"T-shirt \r\nankle boot\n": "",
		"one\n":                    "1 lines: want a name for each of 2 classes",
		"one\ntwo\nthree":          "3 lines",
		"one\none":                 `line 2 is "one"`,
		"one\n../two":              `line 2 is "../two": want a name of a folder`,
		"one\n\n\n.":               "4 lines",
		".hidden\ntwo":             `line 1 is ".hidden"`,
	} {
		if err := os.WriteFile(names, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := ReadSheet(path, 2, 12)
		switch {
		case want == "" && (err != nil || !slices.Equal(s.Classes(), []string{"T-shirt", "ankle boot"})):
			t.Errorf("%q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), names)):
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
	s, err := ReadSheet(sheet(t, 11, 1, 12), 11, 12)
	if err != nil || s.Classes()[2] != "class-02" || s.Classes()[10] != "class-10" {
		t.Errorf("names of eleven classes: %v", err)
	}
}
