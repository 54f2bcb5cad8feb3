package dataset_test

import (
	"path/filepath"
	"slices"
	"testing"

	"vidcsl/decode/dataset"
)

func smallLists() map[string]string {
	return map[string]string{
		"d.yaml":               "layout: list\nvideos: videos\nmax_missing: 0.5\nlists: {train: t.txt, val: v.txt}\n",
		"t.txt":                "a b/#1; x.mp4 2\r\n\r\nc.mp4\t0\r\n./c.mp4 0\nnolabel.mp4\ngone.mp4 1",
		"v.txt":                "c.mp4 3\n",
		"classes.txt":          "zero\none class\ntwo\nthree\n",
		"videos/a b/#1; x.mp4": "", "videos/c.mp4": "", "videos/nolabel.mp4": "",
	}
}

func TestLists(t *testing.T) {
	f := smallLists()
	l := list(t, tree(t, f), "train")
	wantItems(t, "numbered", l, "a b/#1; x.mp4=2", "c.mp4=0", "nolabel.mp4=none")
	if !slices.Equal(l.Labels, []string{"0", "1", "2", "3"}) || !slices.Equal(l.Missing, []string{"gone.mp4"}) {
		t.Errorf("classes %q, missing %q", l.Labels, l.Missing)
	}
	f["d.yaml"] = "layout: list\nvideos: videos\nmax_missing: 0.5\nlists: {train: t.txt, val: v.txt, classes: classes.txt}\n"
	wantItems(t, "named", list(t, tree(t, f), "val"), "c.mp4=three")
	root := tree(t, f)
	absolute := filepath.Join(root, "videos", "c.mp4")
	other := tree(t, map[string]string{"d.yaml": "layout: list\nlists: {test: t.txt}\n", "t.txt": absolute + " 1\n"})
	if l := list(t, other, "test"); len(l.Items) != 1 || l.Items[0].Path != absolute || l.Items[0].Label != 1 {
		t.Errorf("%+v", l.Items)
	}
}

func TestListsRefuse(t *testing.T) {
	f := smallLists()
	named := "layout: list\nvideos: videos\nlists: {train: t.txt, val: v.txt, classes: classes.txt}\n"
	wantError(t, f, "test", "lists.test is not given, want the file of part test")
	wantError(t, f, "trainval", `part is "trainval", want`)
	wantError(t, with(f, "d.yaml", "layout: list"), "train", "lists is missing, want a file for at least one of train, val and test")
	wantError(t, with(f, "v.txt", "c.mp4 -1\n"), "val", "ROOT/v.txt:1: class number -1 of c.mp4, want one from 0")
	wantError(t, with(f, "v.txt", "c.mp4 99999999\n"), "val", "ROOT/v.txt:1: class number 99999999")
	wantError(t, with(f, "v.txt", "c.mp4 1\nc.mp4 2\n"), "val", `ROOT/v.txt:2 lists c.mp4 with class "2", but ROOT/v.txt:1 with class "1"`)
	wantError(t, with(f, "v.txt", ""), "val", "ROOT/v.txt lists no videos")
	wantError(t, without(f, "v.txt"), "val", "there is no file ROOT/v.txt")
	wantError(t, with(f, "d.yaml", named, "v.txt", "c.mp4 4\n"), "val", "ROOT/v.txt:1: class number 4 of c.mp4, want less than 4", "ROOT/classes.txt")
	wantError(t, with(f, "d.yaml", named, "classes.txt", "a\na\n"), "val", `ROOT/classes.txt:2: class "a" is there twice`)
}

// Whatever is no data set is listed as ever, and what names one is known by its ending.
func TestListOthers(t *testing.T) {
	root := tree(t, map[string]string{"a/x.mp4": "", "b/y.mp4": ""})
	l, err := dataset.List(root)
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, "folder", l, "a/x.mp4=a", "b/y.mp4=b")
	for input, want := range map[string][2]string{
		"d.yaml:val": {"d.yaml", "val"}, "x/d.YML:": {"x/d.YML", ""}, "d.yaml": {"d.yaml", ""}, "c:/d.yaml:test": {"c:/d.yaml", "test"},
		"videos": {}, "d.yaml/videos": {}, "videos:train": {}, "d.yaml:x/videos": {}, "x.csv": {},
	} {
		file, part, ok := dataset.Names(input)
		if ok != (want[0] != "") || ok && (file != want[0] || part != want[1]) {
			t.Errorf("%s names %q, part %q: %v", input, file, part, ok)
		}
	}
}
