package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
	"vidcsl/decode/dataset"
	"vidcsl/pipeline/config"
)

// ucf101 lays rendered videos out as UCF101 does, two of each class for test, and returns the file of the data set. One video is listed and not
// there.
func ucf101(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lists := map[string]string{"trainlist01.txt": "disc-up/v_gone_g07_c01.avi 1\n"}
	for i, class := range []string{"disc-up", "square-up", "disc-down", "square-down"} {
		lists["classInd.txt"] += fmt.Sprintf("%d %s\n", i+1, class)
		paths, err := filepath.Glob(filepath.Join(videos(t), class, "*.mp4"))
		must(err)
		for k, path := range paths {
			name := fmt.Sprintf("%s/v_%s_g%02d_c01.avi", class, class, k+1)
			to := filepath.Join(root, "UCF-101", name)
			must(os.MkdirAll(filepath.Dir(to), 0o755))
			must(os.Symlink(path, to))
			if k < 2 {
				lists["testlist01.txt"] += name + "\n"
			} else {
				lists["trainlist01.txt"] += fmt.Sprintf("%s %d\n", name, i+1)
			}
		}
	}
	must(os.Mkdir(filepath.Join(root, "ucfTrainTestlist"), 0o755))
	for name, text := range lists {
		must(os.WriteFile(filepath.Join(root, "ucfTrainTestlist", name), []byte(text), 0o644))
	}
	file := filepath.Join(root, "ucf101.yaml")
	must(os.WriteFile(file, []byte("layout: ucf101\nholdout: 0.25\n"), 0o644))
	return file
}

// The parts of a data set are taken by every verb that takes videos, with the classes in the order of classInd.txt.
func TestDataSet(t *testing.T) {
	file, dir := ucf101(t), t.TempDir()
	output := filepath.Join(dir, "run")
	args := with(training(t, output), "--data", file+":train", "--val", file+":val", "--log-level", "warn")
	code, _, errs := run(args...)
	if code != Done || !strings.Contains(errs, "videos are missing and left out") || !strings.Contains(errs, "missing=1 there=12 first=disc-up/v_gone_g07_c01.avi") {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	r, err := runs.ReadRecord(output)
	if err != nil || r.Data != file+":train" || r.Val != file+":val" || r.Result.KNN == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	if out := mustRun(t, "eval", output, "--data", file+":test", "--log-level", "error"); !strings.Contains(out, "ucf101.yaml:test") {
		t.Errorf("eval says\n%s", out)
	}
	shards := filepath.Join(dir, "shards")
	mustRun(t, "preprocess", "--input", file+":trainval", "--output", shards, "--frames", "4", "--size", "32", "--log-level", "error")
	if m := string(readFile(t, shards, "manifest.json")); !strings.Contains(strings.Join(strings.Fields(m), ""), `"labels":["disc-up","square-up","disc-down","square-down"]`) {
		t.Errorf("the manifest is\n%s", m)
	}
	if out := mustRun(t, "replay", shards, "--input", file+":trainval", "--key", "square-up/v_square-up_g03_c01.avi#0"); !strings.Contains(out, "identical") {
		t.Errorf("replay says\n%s", out)
	}
	for want, args := range map[string][]string{
		file + ": no part is named, want " + file + ":PART with one of train, val, test": with(training(t, dir+"/none"), "--data", file),
		file + `: part is "all", want`: {"preprocess", "--input", file + ":all", "--output", dir + "/none"},
	} {
		if code, out, errs := run(args...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %s", code, out+errs, want)
		}
	}
}

// The ready configurations pass, and so do the descriptions of the data sets beside them; what is commented out in them does, too.
func TestReadyDataSets(t *testing.T) {
	dir := filepath.Join("..", "examples", "datasets")
	layouts := map[string]string{"ucf101": "ucf101", "hmdb51": "hmdb51", "kinetics400": "kinetics"}
	for name, layout := range layouts {
		path := filepath.Join(dir, name+".yaml")
		c := runs.Default()
		if err := c.Read(path); err != nil {
			t.Error(err)
		}
		if c.Objective != "moco" || c.Data.Frames != 16 || c.Data.Size != 112 || c.Data.Augment.Len() == 0 || c.Removal.Detector != "none" {
			t.Errorf("%s: %+v", path, c)
		}
		before, removal, ok := strings.Cut(string(readFile(t, path)), "# removal:\n")
		if !ok {
			t.Fatalf("%s says nothing of removal", path)
		}
		on := filepath.Join(t.TempDir(), "on.yaml")
		if err := os.WriteFile(on, []byte(before+"removal:\n"+strings.ReplaceAll("\n"+removal, "\n# ", "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
		if c = runs.Default(); c.Read(on) != nil || c.Removal.Detector == "none" {
			t.Errorf("%s with removal: %v", path, c.Read(on))
		}
		d, err := dataset.Read(filepath.Join(dir, name+".data.yaml"))
		if err != nil || d.Layout != layout {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
	if all, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(all) != 2*len(layouts) {
		t.Errorf("%v (%v): each file has to be tested", all, err)
	}
}

// The page on data sets names every field, layout and part, and its description of one is sound.
func TestDataSetsPage(t *testing.T) {
	page := string(readFile(t, "..", "docs", "datasets.md"))
	for _, f := range config.Fields(dataset.Default()) {
		name, _, _ := strings.Cut(f.Name, ".")
		if !strings.Contains(page, "`"+name) {
			t.Errorf("the field %s is not on the page", name)
		}
	}
	for _, name := range append([]string{"ucf101", "hmdb51", "kinetics", "list"}, dataset.Parts...) {
		if !strings.Contains(page, "| `"+name+"` |") {
			t.Errorf("%s is not on the page", name)
		}
	}
	for _, block := range pageBlock.FindAllStringSubmatch(page, -1) {
		if block[1] != "yaml" {
			continue
		}
		file := filepath.Join(t.TempDir(), "d.yaml")
		if err := os.WriteFile(file, []byte(block[2]), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := dataset.Read(file); err != nil {
			t.Error(err)
		}
	}
}
