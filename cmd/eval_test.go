package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
	"vidcsl/model/eval"
)

// The tests of a run: their table, the same numbers in a file and on stdout, the same accuracy as while training.
func TestEval(t *testing.T) {
	dir := t.TempDir()
	trained, file, embeddings := filepath.Join(dir, "run"), filepath.Join(dir, "report.json"), filepath.Join(dir, "test.arrow")
	mustRun(t, with(training(t, trained), "--val", videos(t))...)
	args := []string{"eval", trained, "--data", videos(t), "--threads", "2", "--log-level", "warn"}
	table := mustRun(t, with(args, "--probe", "knn,linear,retrieval,finetune", "--finetune-epochs", "1", "--output", file, "--embeddings", embeddings)...)
	for _, want := range []string{"tiny3d, 32 dimensions, clips of 4 frames of 32x32", "step 12", "kNN, k 3", "linear, C 1", "fine-tuned, 3 steps", "retrieval    R@1", "within test  R@1"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	var stored, printed eval.Report
	for text, r := range map[string]*eval.Report{string(readFile(t, file)): &stored, mustRun(t, with(args, "--json")...): &printed} {
		if err := json.Unmarshal([]byte(text), r); err != nil {
			t.Fatal(err)
		}
	}
	r, err := runs.ReadRecord(trained)
	if err != nil {
		t.Fatal(err)
	}
	if stored.KNN.Top1 != *r.Result.KNN || printed.KNN.Top1 != *r.Result.KNN || stored.KNN.Top1.N != 24 {
		t.Errorf("%v in the file, %v printed, %v while training", stored.KNN.Top1, printed.KNN.Top1, *r.Result.KNN)
	}
	if len(readFile(t, embeddings)) < 24*32*4 {
		t.Error("the embeddings are too short")
	}
	// without a probe, no labels are needed
	if out := mustRun(t, "eval", trained, "--data", withoutLabels(t), "--probe", "", "--embeddings", embeddings); !strings.Contains(out, "24 samples, 0 with a label") {
		t.Errorf("it says\n%s", out)
	}
	// several runs are compared
	other := filepath.Join(dir, "oracle")
	mustRun(t, training(t, other, "cluster, clusters: [4], warmup: 0.3, refresh: 3", "oracle")...)
	both := mustRun(t, "eval", trained, other, "--data", videos(t), "--output", file)
	for _, want := range []string{"oracle, eliminate", "1.00 (0.", stored.KNN.Top1.String()} {
		if !strings.Contains(both, want) {
			t.Errorf("%q is not in\n%s", want, both)
		}
	}
	var list []runs.Compared
	if err := json.Unmarshal([]byte(readFile(t, file)), &list); err != nil || len(list) != 2 || list[1].Run != other || list[1].Removal.Recall != 1 {
		t.Errorf("%v in the file: %+v", err, list)
	}
	t.Run("refuses", func(t *testing.T) { evalRefuses(t, trained) })
}

func evalRefuses(t *testing.T, trained string) {
	dir, csv := t.TempDir(), withoutLabels(t)
	unfinished, hurt := filepath.Join(dir, "unfinished"), filepath.Join(dir, "hurt")
	for _, d := range []string{unfinished, hurt} {
		if err := os.CopyFS(d, os.DirFS(trained)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(filepath.Join(unfinished, "encoder.safetensors")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(hurt, "encoder.safetensors"), 5000); err != nil {
		t.Fatal(err)
	}
	few := filepath.Join(dir, "few")
	if err := os.CopyFS(filepath.Join(few, "disc-up"), os.DirFS(filepath.Join(videos(t), "disc-up"))); err != nil {
		t.Fatal(err)
	}
	data := []string{"--data", videos(t)}
	for want, args := range map[string][]string{
		"--data DIR is missing":                                     {trained},
		"requires at least 1 arg(s), only received 0":               data,
		"--embeddings is of one run, not of 2":                      with(data, trained, trained, "--embeddings", dir+"/x"),
		few + " is no run of vidcsl train: ":                        with(data, few),
		dir + "/none is no run of vidcsl train: ":                   with(data, dir+"/none"),
		"the training is not done: go on with it by vidcsl train":   with(data, unfinished),
		"encoder.safetensors":                                       with(data, hurt),
		"--probe is \"svm\", want of knn, linear":                   with(data, trained, "--probe", "svm"),
		csv + ": no clip has a label":                               {trained, "--data", csv},
		few + `: its classes are ["disc-up"], but those of `:        {trained, "--data", few},
		few + ": 6 clips, want at least a batch, 8, for the probe":  {trained, "--data", few, "--train", few, "--probe", "finetune"},
		"input " + dir + "/none: no such file":                      with(data, trained, "--train", dir+"/none"),
		"--output is " + dir + "/none/x, want a file in a folder":   with(data, trained, "--output", dir+"/none/x"),
		"--embeddings is " + csv + "/x, want a file in a folder":    with(data, trained, "--embeddings", csv+"/x"),
		"--finetune-epochs is 0 and --finetune-lr 0.01, want both":  with(data, trained, "--finetune-epochs", "0"),
		"--threads is 5000, want 1 to 1024, or 0 for one per proce": with(data, trained, "--threads", "5000"),
	} {
		if code, out, errs := run(with([]string{"eval"}, args...)...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %d and %s", code, out+errs, Usage, want)
		}
	}
}
