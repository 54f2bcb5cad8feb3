package robustness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/cmd/internal/runs"
	"vidcsl/decode"
	"vidcsl/decode/synth"
	"vidcsl/robust/attack"
	"vidcsl/robust/corrupt"
)

// lossy makes clips undecodable: the fewer are left the higher the severity, none at 5.
var lossy = augment.Spec[corrupt.Config, lossyParams]{
	Summary: "lose clips",
	Draw: func(c corrupt.Config, rng *rand.Rand, _ *augment.Draft) (lossyParams, error) {
		return lossyParams{rng.Float64() < float64(c.Severity)/5}, nil
	},
	Apply: func(p lossyParams, f *augment.Frames) error {
		if p.Lost {
			return &decode.Error{Reason: decode.Undecodable, Err: errors.New("nothing is left")}
		}
		return nil
	},
}

type lossyParams struct {
	Lost bool `json:"lost"`
}

// The runs and data of the tests are made once.
var (
	scratch string
	trained = sync.OnceValue(func() error { return makeRuns(scratch) })
)

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "robustness"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	corrupt.Add(corrupt.Info{Name: "test_lossy", Group: "stream", Set: "test"}, lossy)
	corrupt.Add(corrupt.Info{Name: "test_source", Group: "stream", Set: "test", Source: true}, lossy)
	corrupt.Add(corrupt.Info{Name: "test_long", Group: "temporal", Set: "test", Frames: 40}, lossy)
	code := m.Run()
	os.RemoveAll(scratch)
	os.Exit(code)
}

var quiet = slog.New(slog.DiscardHandler)

// makeRuns makes videos of three classes, shards of them, and four runs of 4 steps: one of each way.
func makeRuns(dir string) error {
	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = 3, 5, 1, 48
	if _, err := synth.Render(context.Background(), filepath.Join(dir, "videos"), o, nil); err != nil {
		return err
	}
	p := preprocess.Job{Config: preprocess.Default(), Input: filepath.Join(dir, "videos"), Output: filepath.Join(dir, "shards"), Workers: 2, Version: "test", Log: quiet}
	p.Config.Frames, p.Config.Size, p.Config.ClipsPerVideo = 8, 32, 2
	if _, err := p.Run(context.Background()); err != nil {
		return err
	}
	c := runs.Default()
	c.Encoder.Arch, c.Encoder.Width, c.Encoder.Stem, c.Head.Dim, c.Queue, c.Batch = "tiny3d", 0.25, "small", 16, 8, 4
	c.Schedule.Epochs, c.Schedule.Steps, c.KNN.K = 0, 4, 3
	c.Data.Frames, c.Data.Size, c.Data.Stride = 4, 32, 2
	for name, change := range map[string]func(){
		"run": func() {},
		"cluster": func() {
			c.Removal.Detector, c.Removal.Clusters, c.Removal.Warmup, c.Removal.Refresh = "cluster", []int{3}, 0.5, 1
		},
		"labels": func() { c.Objective, c.Removal.Detector = "supervised", "none" },
		"batch": func() {
			c.Objective, c.Removal.Detector, c.Removal.Warmup, c.Removal.Ramp = "simclr", "neighbors", 0, 0
			c.Removal.Neighbors, c.Removal.Partners, c.Removal.Share = 4, 4, 0.3
		},
	} {
		was := c
		change()
		t := &runs.Training{Config: c, Data: filepath.Join(dir, "videos"), Output: filepath.Join(dir, name), Threads: 1, Log: quiet}
		if _, err := t.Run(context.Background()); err != nil {
			return err
		}
		c = was
	}
	return nil
}

// job tests a copy of the run on the videos, and of others that are named.
func job(t *testing.T, more ...string) *Job {
	t.Helper()
	if err := trained(); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range append([]string{"run"}, more...) {
		run := filepath.Join(t.TempDir(), name)
		if err := os.CopyFS(run, os.DirFS(filepath.Join(scratch, name))); err != nil {
			t.Fatal(err)
		}
		list = append(list, run)
	}
	return &Job{
		Runs: list, Suite: "corruptions", Head: "linear", Severities: []int{1, 5}, Attacks: []string{"pgd"}, Norm: attack.Linf,
		Epsilons: []float64{8. / 255}, Steps: 2, Data: filepath.Join(scratch, "videos"), FineTune: runs.FineTune{Epochs: 1, LR: 0.01},
		Threads: 1, Workers: 2, Version: "test", Log: quiet,
	}
}

func reported(t *testing.T, j *Job) *Report {
	t.Helper()
	r, missing, err := j.Run(t.Context())
	if err != nil || r == nil {
		t.Fatalf("missing %v, error %v", missing, err)
	}
	return r
}

// Clips of which nothing is left are counted as such, on the same clips of every run; where all are lost there is no accuracy.
func TestUndecodable(t *testing.T) {
	j := job(t)
	j.Corruptions, j.Severities = []string{"test_lossy"}, []int{3, 5}
	s := reported(t, j).Runs[0].Summary
	if s.Clean.Undecodable.Hits != 0 || s.Clean.Accuracy.N != 15 {
		t.Errorf("clean %+v", s.Clean)
	}
	some, all := s.Corruptions[0].Severities[0], s.Corruptions[0].Severities[1]
	if n := some.Undecodable.Hits; n < 3 || n > 13 || some.Undecodable.N != 15 || some.Accuracy.N != 15-n {
		t.Errorf("at severity 3: %+v", some)
	}
	// what is left is as it was: what is lost says nothing about the encoder
	if v := some.GammaR; !v.Defined() || v.Value != 1 {
		t.Errorf("the relative robustness of clips that are as they were is %v", v)
	}
	if all.Undecodable.Hits != 15 || all.Accuracy.N != 0 || all.GammaR.Defined() || !strings.Contains(s.MPC.Undefined, "test_lossy 5: no clip could be decoded") {
		t.Errorf("at severity 5: %+v, mPC %v", all, s.MPC)
	}
}

// From shards, the clips of a video are all tested; what needs the video is left out, unless it was asked for by name.
func TestShards(t *testing.T) {
	j := job(t)
	j.Data, j.Severities, j.Corruptions = filepath.Join(scratch, "shards"), []int{2}, []string{"gaussian_noise", "test"}
	r := reported(t, j)
	var names []string
	for _, g := range r.Runs[0].Summary.Corruptions {
		names = append(names, g.Name)
	}
	if got := strings.Join(names, " "); !strings.Contains(got, "gaussian_noise") || strings.Contains(got, "test_source") || strings.Contains(got, "test_long") {
		t.Errorf("tested %v", names)
	}
	if n := r.Runs[0].Summary.Clean.Accuracy.N; n != 30 {
		t.Errorf("%d clips", n)
	}
	var out strings.Builder
	if err := r.WriteTable(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"left out: test_source (it is done by the decoder and needs videos, not stored clips)",
		"left out: test_long (it needs clips of at least 40 frames, they have 4)",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	for name, want := range map[string]string{"test_source": "needs videos, not stored clips", "test_long": "it needs clips of at least 40 frames, they have 4"} {
		j.Corruptions = []string{name}
		var input *runs.InputError
		if _, _, err := j.Run(t.Context()); !errors.As(err, &input) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// Each head says of clips that an attack hardly changes what it says of them as they are, and of fewer the right thing after a strong one.
func TestAttacks(t *testing.T) {
	for _, head := range Heads {
		t.Run(head, func(t *testing.T) {
			j := job(t)
			j.Head, j.Suite, j.Epsilons = head, "attacks", []float64{1e-7, 0.3}
			tested := reported(t, j).Runs[0]
			if !strings.HasPrefix(tested.Head, head+", ") {
				t.Errorf("the head is %q", tested.Head)
			}
			r := tested.Summary
			if a := r.Attacks[0]; a.Accuracy != r.Clean.Accuracy || a.Success.Hits != 0 || a.Success.N != r.Clean.Accuracy.Hits {
				t.Errorf("clean %v, hardly changed %v, success %v", r.Clean.Accuracy, a.Accuracy, a.Success)
			}
			if a := r.Attacks[1]; a.Accuracy.Hits >= r.Clean.Accuracy.Hits || a.Success.Hits == 0 {
				t.Errorf("clean %v, attacked %v, success %v", r.Clean.Accuracy, a.Accuracy, a.Success)
			}
		})
	}
}

// An attack that looks for the smallest perturbation is made once, and counted at each size.
func TestSmallest(t *testing.T) {
	j := job(t)
	j.Suite, j.Attacks, j.Epsilons, j.Steps = "attacks", []string{"deepfool"}, []float64{1e-7, 0.5}, 30
	r := reported(t, j).Runs[0].Summary
	files, err := filepath.Glob(filepath.Join(j.Runs[0], "robust", "*", "attack-*"))
	if err != nil || len(files) != 1 || len(r.Attacks) != 3 {
		t.Fatalf("%d files, %d rows, %v", len(files), len(r.Attacks), err)
	}
	smallest, none, half := r.Attacks[0], r.Attacks[1], r.Attacks[2]
	if smallest.MedianNorm == nil || !smallest.MedianNorm.Defined() || smallest.MedianNorm.Value > 0.5 {
		t.Errorf("the median is %v", smallest.MedianNorm)
	}
	if none.Accuracy != r.Clean.Accuracy || half.Accuracy.Hits >= r.Clean.Accuracy.Hits || half.Accuracy.Hits < smallest.Accuracy.Hits {
		t.Errorf("clean %v, at no size %v, at half %v, without limit %v", r.Clean.Accuracy, none.Accuracy, half.Accuracy, smallest.Accuracy)
	}
}

// Of the test videos, as many as asked for are attacked, the same ones in every cell, others for another seed.
func TestVictims(t *testing.T) {
	j := job(t)
	j.Suite, j.Clips, j.Steps, j.Epsilons = "attacks", 4, 1, []float64{1. / 255, 2. / 255}
	keys := func(seed uint64) (list []string) {
		j.Seed = seed
		reported(t, j)
		e, err := j.open(t.Context(), j.Runs[0])
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		for _, w := range e.work {
			if w.attack != nil {
				text := ""
				for _, c := range w.done.Clips {
					text += c.Key + " "
				}
				list = append(list, text)
			}
		}
		return list
	}
	a, b := keys(0), keys(1)
	if len(a) != 2 || a[0] != a[1] || strings.Count(a[0], " ") != 4 || a[0] == b[0] {
		t.Errorf("attacked %v, with another seed %v", a, b)
	}
}

// Cells that were made with something else are not taken for these.
func TestCellsAreTold(t *testing.T) {
	j := job(t)
	j.Corruptions, j.Severities = []string{"gaussian_noise"}, []int{1}
	folder := func() string { return reported(t, j).Runs[0].Cells }
	seen := map[string]string{folder(): "as it was"}
	if again := folder(); seen[again] == "" {
		t.Errorf("the same job has another folder: %s", again)
	}
	for _, c := range []struct {
		what   string
		change func()
	}{
		{"seed", func() { j.Seed = 7 }},
		{"head", func() { j.Head = "knn" }},
		{"version", func() { j.Version = "other" }},
		{"data", func() { j.Data = filepath.Join(scratch, "shards") }},
		{"train", func() { j.Train = filepath.Join(scratch, "shards") }},
	} {
		c.change()
		f := folder()
		if seen[f] != "" {
			t.Errorf("with another %s, cells are those of %s", c.what, seen[f])
		}
		seen[f] = c.what
	}
	// one of another folder that lies in this one, and one that is cut short, are made anew
	const name = "corrupt-gaussian_noise-1.json"
	here := folder()
	want, err := os.ReadFile(filepath.Join(here, name))
	if err != nil {
		t.Fatal(err)
	}
	delete(seen, here)
	for other := range seen {
		strange, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range [][]byte{strange, want[:len(want)/2]} {
			if err := os.WriteFile(filepath.Join(here, name), text, 0o644); err != nil {
				t.Fatal(err)
			}
			reported(t, j)
			if got, err := os.ReadFile(filepath.Join(here, name)); err != nil || withoutTime(string(got)) != withoutTime(string(want)) {
				t.Fatalf("the cell is %.300s, %v, want %.300s", got, err, want)
			}
		}
	}
}

// withoutTime leaves out how long a cell took.
func withoutTime(cell string) string {
	before, after, _ := strings.Cut(cell, `"seconds":`)
	_, after, _ = strings.Cut(after, ",")
	return before + after
}

// An interrupt leaves the cells that are done, and the next run makes the others alone.
func TestInterrupted(t *testing.T) {
	j := job(t)
	j.Corruptions = []string{"gaussian_noise"}
	ctx, cancel := context.WithCancel(t.Context())
	var begun []string
	j.Show = func(p Progress) {
		if p.Clips == 0 {
			begun = append(begun, p.Now)
		}
		if p.Done == 1 {
			cancel()
		}
	}
	if _, _, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if len(begun) != 2 {
		t.Fatalf("begun were %v", begun)
	}
	before := begun
	begun = nil
	reported(t, j)
	if got, want := strings.Join(begun, ", "), before[1]+", "+j.Runs[0]+", gaussian_noise 5, done"; got != want {
		t.Errorf("then %s, want %s", got, want)
	}
}

// What an attack cannot be defined on is said before any cell is made.
func TestTooFewClasses(t *testing.T) {
	j := job(t)
	j.Suite, j.Attacks = "all", []string{"apgd-t"}
	var input *runs.InputError
	if _, _, err := j.Run(t.Context()); !errors.As(err, &input) || !strings.Contains(err.Error(), "apgd-t, which needs 4 classes, but "+filepath.Join(scratch, "videos")+" has 3") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(filepath.Join(j.Runs[0], "robust")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("cells were made: %v", err)
	}
}

// Of two processes that train a classifier at a time, the first one's is kept.
func TestFirst(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"one", "two"} {
		err := first(path, func(p string) error { return os.WriteFile(p, []byte(text), 0o644) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "one" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%d files are left, %v", len(list), err)
	}
}
