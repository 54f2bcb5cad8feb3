package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/cmd/internal/robustness"
)

// tested trains a run and returns its folder, with arguments that test it quickly.
func tested(t *testing.T) (trained string, args []string) {
	t.Helper()
	trained = filepath.Join(t.TempDir(), "run")
	mustRun(t, training(t, trained, "cluster, clusters: [4], warmup: 0.3, refresh: 3", "none")...)
	return trained, []string{"robust", trained, "--data", videos(t), "--threads", "2", "--log-level", "warn", "--corruptions", "gaussian_noise",
		"--suite", "all", "--epsilon", "1/255, 0.1", "--steps", "2", "--clips", "8"}
}

// cells returns the files of a run's cells, and what they hold but for the time that they took.
func cells(t *testing.T, trained string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(trained, "robust", "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, p := range paths {
		text := string(readFile(t, p))
		before, after, ok := strings.Cut(text, `"seconds":`)
		_, after, ok2 := strings.Cut(after, ",")
		if !ok || !ok2 {
			t.Fatalf("%s has no time: %.200s", p, text)
		}
		files[filepath.Base(p)] = before + after
	}
	return files
}

// The cells of a run: their table, the same numbers in a file and on stdout; one that is missing is made again, and no other.
func TestRobust(t *testing.T) {
	trained, args := tested(t)
	file, page := filepath.Join(t.TempDir(), "report.json"), filepath.Join(t.TempDir(), "report.html")
	table := mustRun(t, with(args, "--output", file, "--output", page)...)
	if html := string(readFile(t, page)); !strings.HasPrefix(html, "<!doctype html>") || !strings.Contains(html, "Robustness of one way of training") {
		t.Errorf("the page is %.300s", html)
	}
	for _, want := range []string{
		trained + ": moco, removal none; tested on " + videos(t) + " by linear, C 1", ", n 24), calibration error 0.", "mPC ", "rPC ",
		"corruption      1 ", "gaussian_noise  ", "pgd linf  1/255  ", "pgd linf  0.1 ", ", n 8)",
	} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	var stored, printed robustness.Report
	for text, r := range map[string]*robustness.Report{string(readFile(t, file)): &stored, mustRun(t, with(args, "--json")...): &printed} {
		if err := json.Unmarshal([]byte(text), r); err != nil {
			t.Fatal(err)
		}
	}
	if s := stored.Runs[0].Summary; s.Clean.Accuracy.N != 24 || len(s.Corruptions[0].Severities) != 5 || len(s.Attacks) != 2 || s.MPC != printed.Runs[0].Summary.MPC {
		t.Errorf("%+v in the file, %+v printed", s, printed.Runs[0].Summary)
	}
	if want := with([]string{"vidcsl"}, with(args, "--output", file, "--output", page)...); !slices.Equal(stored.Command, want) || stored.Version != Version() {
		t.Errorf("the command is %q, want %q; version %s", stored.Command, want, stored.Version)
	}
	want := cells(t, trained)
	if len(want) != 1+5+2 {
		t.Fatalf("%d cells", len(want))
	}
	t.Run("goes on", func(t *testing.T) {
		times := map[string]os.FileInfo{}
		paths, _ := filepath.Glob(filepath.Join(trained, "robust", "*", "*.json"))
		for _, p := range paths {
			st, err := os.Stat(p)
			if err != nil {
				t.Fatal(err)
			}
			times[p] = st
		}
		gone := filepath.Join(filepath.Dir(paths[0]), "corrupt-gaussian_noise-3.json")
		if err := os.Remove(gone); err != nil {
			t.Fatal(err)
		}
		if again := mustRun(t, args...); again != table {
			t.Errorf("the table was\n%s\nand is\n%s", table, again)
		}
		sameFiles(t, "made again", want, cells(t, trained))
		for p, was := range times {
			st, err := os.Stat(p)
			if err != nil {
				t.Fatal(err)
			}
			if p != gone && !os.SameFile(was, st) {
				t.Errorf("%s is another file", p)
			}
		}
	})
	t.Run("tasks", func(t *testing.T) {
		if err := os.RemoveAll(filepath.Join(trained, "robust")); err != nil {
			t.Fatal(err)
		}
		first := mustRun(t, with(args, "--task", "1/2")...)
		if !strings.Contains(first, "this task is done; 4 cells of others are missing:\n") || !strings.Contains(first, "/clean.json\n") || len(cells(t, trained)) != 4 {
			t.Errorf("%d cells, it says\n%s", len(cells(t, trained)), first)
		}
		if last := mustRun(t, with(args, "--task", "0/2")...); last != table {
			t.Errorf("one process said\n%s\ntwo say\n%s", table, last)
		}
		sameFiles(t, "made by two", want, cells(t, trained))
	})
	t.Run("refuses", func(t *testing.T) { robustRefuses(t, trained) })
}

func robustRefuses(t *testing.T, trained string) {
	dir, csv := t.TempDir(), withoutLabels(t)
	unfinished := filepath.Join(dir, "unfinished")
	if err := os.CopyFS(unfinished, os.DirFS(trained)); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(unfinished, "encoder.safetensors")); err != nil {
		t.Fatal(err)
	}
	few := filepath.Join(dir, "few")
	if err := os.CopyFS(filepath.Join(few, "disc-up"), os.DirFS(filepath.Join(videos(t), "disc-up"))); err != nil {
		t.Fatal(err)
	}
	data := []string{"--data", videos(t)}
	before := cells(t, trained)
	for want, more := range map[string][]string{
		"--data DIR is missing":                                       {trained},
		"requires at least 1 arg(s), only received 0":                 data,
		dir + "/none is no run of vidcsl train: ":                     with(data, dir+"/none"),
		"the training is not done: go on with it by vidcsl train":     with(data, unfinished),
		csv + ": no clip has a label":                                 {trained, "--data", csv},
		few + `: its classes are ["disc-up"], but those of `:          {trained, "--data", few},
		"input " + dir + "/none: no such file":                        with(data, trained, "--train", dir+"/none"),
		"--severities has 9, want 1 to 5":                             with(data, trained, "--severities", "1,9"),
		"--severities has 1 twice":                                    with(data, trained, "--severities", "1,1"),
		`--corruptions has "smog", want of imagenet-c`:                with(data, trained, "--corruptions", "smog"),
		"--corruptions is given, but --suite attacks has no ":         with(data, trained, "--corruptions", "gaussian_noise", "--suite", "attacks"),
		"--severities is given, but --suite attacks has no ":          with(data, trained, "--severities", "1", "--suite", "attacks"),
		"--attacks is given, but --suite corruptions has no attacks":  with(data, trained, "--attacks", "fgsm"),
		"--epsilon is given, but --suite corruptions has no attacks":  with(data, trained, "--epsilon", "8/255"),
		"--steps is -3, want at least 1":                              with(data, trained, "--suite", "attacks", "--attacks", "fgsm", "--steps", "-3"),
		"vidcsl: see vidcsl robust --help":                            with(data, trained, "--suite", "none"),
		`--suite is "both", want corruptions, attacks, all`:           with(data, trained, "--suite", "both"),
		`--head is "svm", want linear, knn, finetune`:                 with(data, trained, "--head", "svm"),
		`there is no attack "hope", want one of `:                     with(data, trained, "--suite", "attacks", "--attacks", "hope"),
		"--attacks has pgd twice":                                     with(data, trained, "--suite", "attacks", "--attacks", "pgd,pgd"),
		"epsilon 2 in linf, want above 0 and up to 1":                 with(data, trained, "--suite", "attacks", "--epsilon", "2"),
		`--epsilon has "8/x", want numbers or fractions above 0`:      with(data, trained, "--suite", "attacks", "--epsilon", "8/x"),
		`--epsilon has "1/0", want numbers or fractions above 0`:      with(data, trained, "--suite", "attacks", "--epsilon", "1/0"),
		"--epsilon has 8/255 twice":                                   with(data, trained, "--suite", "attacks", "--epsilon", "8/255,8/255"),
		`"l3"`:                                                        with(data, trained, "--suite", "attacks", "--norm", "l3"),
		"--clips is -1, want at least 1":                              with(data, trained, "--suite", "attacks", "--clips", "-1"),
		"--baseline is " + few + ", want one of the runs: " + trained: with(data, trained, "--baseline", few),
		"--supervised needs --baseline":                               with(data, trained, "--supervised", trained),
		"--supervised and --baseline are both ":                       with(data, trained, "--supervised", trained, "--baseline", trained),
		"the run " + trained + " is named twice":                      with(data, trained, trained),
		trained + " is named twice":                                   with(data, trained, trained+"/", "--baseline", trained+"/"),
		`task "2/2", want I/N with 0 <= I < N`:                        with(data, trained, "--task", "2/2"),
		"--output is /proc/x.html, want a file in a folder ":          with(data, trained, "--output", "/proc/x.html"),
		"--output is " + dir + "/none/x, want a file in a folder":     with(data, trained, "--output", dir+"/none/x"),
		"--output is " + dir + ", which is a folder, want a file":     with(data, trained, "--output", dir),
		"--finetune-epochs is 0 and --finetune-lr 0.01":               with(data, trained, "--finetune-epochs", "0"),
		"--threads is 5000, want 1 to 1024":                           with(data, trained, "--threads", "5000"),
	} {
		if code, out, errs := run(with([]string{"robust"}, more...)...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %d and %s", code, out+errs, Usage, want)
		}
	}
	sameFiles(t, "after commands that were refused", before, cells(t, trained))
}
