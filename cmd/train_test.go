package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"vidcsl/cmd/internal/runs"
)

// tinyTraining is a configuration of 12 steps that take a moment.
const tinyTraining = `encoder: {arch: tiny3d, width: 0.25, stem: small}
head: {dim: 16}
queue: 32
removal: {detector: cluster, clusters: [4], warmup: 0.3, refresh: 3}
batch: 8
schedule: {epochs: 0, steps: 12}
checkpoint: {every: 2, keep: 2}
data: {frames: 4, stride: 2, size: 32, augment: [{recipe: mocov2}]}
knn: {every: 5, k: 3}
`

// training writes a configuration, tinyTraining with changes of pairs of old and new text, and returns the arguments of train with it.
func training(t testing.TB, output string, changes ...string) []string {
	t.Helper()
	text := tinyTraining
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("%q is not in\n%s", changes[i], text)
		}
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	file := filepath.Join(t.TempDir(), "train.yaml")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return []string{"train", "--data", videos(t), "--output", output, "--config", file, "--threads", "2", "--log-level", "warn"}
}

// with returns args and more.
func with(args []string, more ...string) []string { return append(args[:len(args):len(args)], more...) }

// withoutLabels lists videos in a CSV file that names no labels.
func withoutLabels(t testing.TB) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(videos(t), "*", "*.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "videos.csv")
	if err := os.WriteFile(file, []byte("path\n"+strings.Join(paths, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// metrics returns the lines of metrics.jsonl without times, and makes sure that they are of one step after the other.
func metrics(t testing.TB, run string) (lines []map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(run, "metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		values := map[string]any{}
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		delete(values, "seconds")
		delete(values, "waited")
		lines = append(lines, values)
	}
	for i, l := range lines {
		if l["step"] != float64(i+1) {
			t.Fatalf("line %d of metrics.jsonl is of step %v", i+1, l["step"])
		}
	}
	return lines
}

func readFile(t testing.TB, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What cannot be trained is an error of usage that says why, and nothing is written.
func TestTrainRefuses(t *testing.T) {
	dir := t.TempDir()
	output := filepath.Join(dir, "run")
	csv, few := withoutLabels(t), filepath.Join(dir, "few")
	if err := os.CopyFS(filepath.Join(few, "disc-up"), os.DirFS(filepath.Join(videos(t), "disc-up"))); err != nil {
		t.Fatal(err)
	}
	shards, file := filepath.Join(dir, "shards"), filepath.Join(dir, "file")
	mustRun(t, "preprocess", "--input", few, "--output", shards, "--frames", "4", "--size", "32", "--log-level", "error")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	usual := training(t, output)
	for want, args := range map[string][]string{
		"--data and --output are both needed":                                {"train", "--data", few},
		"input " + dir + "/none: no such file":                               with(usual, "--data", dir+"/none"),
		"no videos or images found":                                          with(usual, "--data", t.TempDir()),
		"a batch of 25 is more than the data set, which has 24 samples":      training(t, output, "batch: 8", "batch: 25"),
		"the stored clips have 4 frames, views of 4 at stride 2 need 7":      with(usual, "--data", shards),
		"24 of 24 samples have no label":                                     with(training(t, output, "removal: {detector: cluster", "objective: supervised\nremoval: {detector: none"), "--data", csv),
		"no sample has a label, want labels for objective moco and detector": with(training(t, output, "cluster,", "oracle,"), "--data", csv),
		csv + ": no clip has a label, want labels to test by":                with(usual, "--val", csv),
		few + `: its classes are ["disc-up"], but those of `:                 with(usual, "--val", few),
		"knn.k is 25, want at most 24, the labelled samples of ":             with(training(t, output, "k: 3", "k: 25"), "--val", videos(t)),
		"output: " + file + " is no folder":                                  with(usual, "--output", file),
		"output: " + file + "/run is no folder":                              with(usual, "--output", file+"/run"),
		"is a folder of data, want one of its own":                           with(usual, "--output", videos(t)),
		"--engine is \"gpu\", want cpu":                                      with(usual, "--engine", "gpu"),
		"--threads is -1, want 1 to 1024":                                    with(usual, "--threads", "-1"),
		"schedule.epochs is 7, want":                                         training(t, output, "epochs: 0", "epochs: 7"),
	} {
		if code, out, errs := run(args...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %d and %s", code, out+errs, Usage, want)
		}
		if _, err := os.Stat(output); err == nil {
			t.Fatalf("%s is written, in spite of %s", output, want)
		}
	}
}

// A run that is done says how it went; it is not begun again, and not as another.
func TestTrain(t *testing.T) {
	dir := t.TempDir()
	args := with(training(t, dir), "--val", videos(t))
	table := mustRun(t, args...)
	for _, want := range []string{"steps              12, ", "precision          ", "kNN                ", "output             " + dir} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in\n%s", want, table)
		}
	}
	for i, l := range metrics(t, dir) {
		if _, tested := l["knn"]; tested != (i+1 == 5 || i+1 == 10 || i+1 == 12) {
			t.Errorf("step %d: %v", i+1, l)
		}
	}
	r, err := runs.ReadRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	last := metrics(t, dir)[11]
	if r.Result == nil || r.Threads != 2 || r.Result.Steps != 12 || r.Result.KNN.Value != last["knn"] || r.Result.Metrics["loss"] != last["loss"] {
		t.Errorf("the record is %+v, the last step %v", r, last)
	}
	before := digest(t, dir)
	if again := mustRun(t, with(args, "--resume")...); again != table {
		t.Errorf("resumed, it says\n%s\nand before\n%s", again, table)
	}
	sameFiles(t, "resumed when done", before, digest(t, dir))
	for want, args := range map[string][]string{
		" holds a run: go on with it by --resume, or choose another folder":                                                     args,
		" holds a run of another configuration: data.size was 32, is 48, encoder.width was 0.25, is 0.5, optimizer.lr was 0.03": with(training(t, dir, "size: 32", "size: 48", "0.25", "0.5", "head:", "optimizer: {lr: 1}\nhead:"), "--resume"),
		"seed was 0, is 18446744073709551615":                                                                                   with(args, "--resume", "--seed", "18446744073709551615"),
	} {
		if code, out, errs := run(args...); code != Usage || out != "" || !strings.Contains(errs, want) {
			t.Errorf("exit code %d, %q, want %s", code, out+errs, want)
		}
	}
	sameFiles(t, "refused", before, digest(t, dir))
	// the configuration that a run has written makes the same run
	other := t.TempDir()
	mustRun(t, "train", "--data", videos(t), "--output", other, "--config", filepath.Join(dir, "config.yaml"), "--threads", "2", "--log-level", "warn")
	if want, got := readFile(t, dir, "encoder.safetensors"), readFile(t, other, "encoder.safetensors"); !reflect.DeepEqual(want, got) {
		t.Error("the run's own configuration makes another encoder")
	}
}

// A damaged checkpoint is named and passed over; where all are, nothing is begun anew.
func TestDamagedCheckpoint(t *testing.T) {
	dir := t.TempDir()
	args := training(t, dir, "steps: 12", "steps: 100000")
	interrupt(t, dir, 5, args)
	step := len(metrics(t, dir))
	newest := filepath.Join(dir, "checkpoints", fmt.Sprintf("step-%06d.safetensors", step))
	damage := func(path string) {
		b := readFile(t, path)
		b[len(b)-3] ^= 1
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damage(newest)
	said := interrupt(t, dir, 1, with(args, "--resume"))
	if !strings.Contains(said, "a checkpoint is damaged") || !strings.Contains(said, newest) {
		t.Errorf("it says %s", said)
	}
	metrics(t, dir)
	left, err := filepath.Glob(filepath.Join(dir, "checkpoints", "step-*"))
	if err != nil || len(left) != 2 {
		t.Fatalf("checkpoints are %v (%v)", left, err)
	}
	for _, path := range left {
		damage(path)
	}
	before := digest(t, dir)
	code, _, errs := run(with(args, "--resume")...)
	if code != Usage || !strings.Contains(errs, left[0]) || !strings.Contains(errs, left[1]) {
		t.Errorf("exit code %d, %s", code, errs)
	}
	sameFiles(t, "all damaged", before, digest(t, dir))
}

// A run that diverges says where and what to try, and keeps what was good.
func TestTrainDiverges(t *testing.T) {
	dir := t.TempDir()
	code, _, errs := run(training(t, dir, "head:", "optimizer: {lr: 1000, weight_decay: 10}\nhead:")...)
	if code != Failed || !strings.Contains(errs, "train: step ") || !strings.Contains(errs, " became ") ||
		!strings.Contains(errs, "try optimizer.lr below 1000, or schedule.warmup: 0.05") {
		t.Errorf("exit code %d, %s", code, errs)
	}
	if _, err := os.Stat(filepath.Join(dir, "encoder.safetensors")); err == nil {
		t.Error("there is an encoder")
	}
}

// Where bfloat16 cannot be computed, it is refused.
func TestTrainRefusesBF16(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only of x86 can oneDNN be told to be an older processor")
	}
	dir := filepath.Join(t.TempDir(), "run")
	c := process(training(t, dir, "head:", "bf16: true\nhead:")...)
	c.Env = append(c.Env, "ONEDNN_MAX_CPU_ISA=AVX2")
	out, _ := c.CombinedOutput()
	if code := c.ProcessState.ExitCode(); code != Usage || !strings.Contains(string(out), "oneDNN") {
		t.Errorf("exit code %d, %s", code, out)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("something is written")
	}
}
