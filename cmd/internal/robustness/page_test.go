package robustness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// shown is a job of three ways, with all that a page has.
func shown(t *testing.T) *Job {
	j := job(t, "cluster", "labels")
	j.Suite, j.Corruptions, j.Epsilons, j.Evidence = "all", []string{"gaussian_noise", "test_lossy"}, []float64{2. / 255, 0.3}, true
	j.Baseline, j.Supervised, j.Command = j.Runs[0], j.Runs[2], []string{"vidcsl", "robust", "a run"}
	return j
}

// A page has a way for each way of training, curves from the clean accuracy on, gaps, embeddings, clips that broke, and how to make it again; the same
// each time it is made, from the cells that are there.
func TestPage(t *testing.T) {
	j := shown(t)
	r := reported(t, j)
	p := r.Page
	var names []string
	for _, w := range p.Ways {
		names = append(names, w.Name+": "+w.About)
	}
	want := "moco: moco, nothing removed|moco + cluster: moco; removed: keys in one of 3 clusters|supervised: cross entropy on labels"
	if got := strings.Join(names, "|"); got != want || p.Baseline != 0 || p.Supervised != 2 {
		t.Errorf("the ways are %s, the ends %d and %d", got, p.Baseline, p.Supervised)
	}
	for i, w := range p.Ways {
		s := r.Runs[i].Summary
		if w.Clean.Value != s.Clean.Accuracy.Value || w.MPC != s.MPC || w.RPC != s.RPC {
			t.Errorf("%s: %v %v %v, of its run %v %v %v", w.Name, w.Clean, w.MPC, w.RPC, s.Clean.Accuracy, s.MPC, s.RPC)
		}
		if len(w.Corruptions) != 2 || w.Corruptions[0].Group != "noise" || !slices.Equal(w.Corruptions[0].Severities, []int{1, 5}) ||
			w.Corruptions[0].Accuracy[1].Value != s.Corruptions[0].Severities[1].Accuracy.Value {
			t.Errorf("%s: corruptions %+v", w.Name, w.Corruptions)
		}
		if c := w.Curves[0]; len(w.Curves) != 1 || !slices.Equal(c.Epsilons, []float64{0, 2. / 255, 0.3}) || c.Accuracy[0] != w.Clean ||
			c.Accuracy[2].Value != s.Attacks[1].Accuracy.Value {
			t.Errorf("%s: curves %+v", w.Name, w.Curves)
		}
		if len(w.Alignment) != 1 || w.Alignment[0] <= 0 || w.Alignment[0] > 4 || len(w.Uniformity) != 1 || w.Uniformity[0] >= 0 {
			t.Errorf("%s: alignment %v, uniformity %v", w.Name, w.Alignment, w.Uniformity)
		}
	}
	if len(p.Gaps) != 4 || p.Gaps[1].Measure != "mPC" || p.Gaps[1].Ways[1].Closed != r.Closed.Ways[1].Closed[1] || p.Gaps[0].Size.Value != p.Ways[2].Clean.Value-p.Ways[0].Clean.Value {
		t.Errorf("gaps %+v", p.Gaps)
	}
	var table strings.Builder
	if err := r.WriteTable(&table); err != nil || !strings.HasSuffix(strings.Join(strings.Fields(table.String()), " "), strings.Join(strings.Fields(Lines(p.Answer, p.Findings)), " ")) {
		t.Errorf("the table ends with\n%.600s\n%v", table.String()[max(0, table.Len()-600):], err)
	}
	checkSpheres(t, p)
	checkWords(t, j, p)
	again := reported(t, j).Page
	var html [2]bytes.Buffer
	for i, p := range []*report.Page{p, again} {
		if err := p.Write(&html[i]); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(p, again) || !bytes.Equal(html[0].Bytes(), html[1].Bytes()) {
		t.Error("made again, the page is another")
	}
	var before, after bytes.Buffer
	j.Evidence = false
	plain := reported(t, j)
	for out, v := range map[*bytes.Buffer]*Report{&before: plain, &after: r} {
		if err := json.NewEncoder(out).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(before.Bytes(), after.Bytes()) || len(plain.Page.Spheres) > 0 || len(plain.Page.Broken) > 0 || bytes.Contains(after.Bytes(), []byte("Spheres")) {
		t.Error("the page is in the JSON, or there without being asked for")
	}
}

func checkSpheres(t *testing.T, p *report.Page) {
	t.Helper()
	if len(p.Spheres) != 3 {
		t.Fatalf("%d spheres, notes %q", len(p.Spheres), p.Notes)
	}
	bank, clusters, labels := p.Spheres[0], p.Spheres[1], p.Spheres[2]
	if len(bank.Points) != 8 || bank.Clusters != 0 || len(bank.Pairs) != 0 || bank.Removed != 0 || !strings.HasPrefix(bank.About, "All 8 keys of the memory bank after step 4, in the first two") {
		t.Errorf("without removal: %+v", bank)
	}
	if len(labels.Points) != 15 || len(labels.Pairs) != 0 || !strings.HasPrefix(labels.About, "All 15 training clips, as the encoder sees them, at unit length, in the") || len(labels.Classes) != 3 {
		t.Errorf("supervised: %+v", labels)
	}
	// by hand: the pairs of one cluster and of two samples. The queue of 8 holds two batches, maybe of some samples twice
	pairs, right := 0, 0
	for i, a := range clusters.Points {
		for k, b := range clusters.Points {
			if i != k && a.Cluster >= 0 && a.Cluster == b.Cluster {
				if pairs++; a.Label == b.Label {
					right++
				}
			}
		}
	}
	if clusters.Clusters < 1 || clusters.Clusters > 3 || clusters.Removed == 0 || clusters.Removed > pairs || clusters.Removed < pairs-8 || len(clusters.Pairs) != clusters.Removed {
		t.Errorf("%d clusters, %d pairs are removed, %d shown, of %d", clusters.Clusters, clusters.Removed, len(clusters.Pairs), pairs)
	}
	alike := 0
	for _, pair := range clusters.Pairs {
		a, b := clusters.Points[pair.A], clusters.Points[pair.B]
		if a.Cluster != b.Cluster || pair.Right != (a.Label == b.Label) {
			t.Errorf("the pair %+v of %+v and %+v", pair, a, b)
		}
		if pair.Right {
			alike++
		}
	}
	if want := float64(alike) / float64(len(clusters.Pairs)); math.Abs(clusters.Right-want) > 1e-12 || clusters.Base <= 0 || clusters.Base >= 1 {
		t.Errorf("precision %v, want %v, base rate %v", clusters.Right, want, clusters.Base)
	}
}

// checkWords looks at what is said of runs, and what was left out.
func checkWords(t *testing.T, j *Job, p *report.Page) {
	t.Helper()
	notes := strings.Join(p.Notes, "\n")
	for _, want := range []string{
		"Tested on 15 videos of 3 classes with the head linear. To name the commonest class each time is right on 33.3 %.",
		"Of test_lossy 5, 100.0 % of the clips could not be decoded",
		"a stronger attack than pgd may find more",
		"The gap by mPC is not known: test_lossy 5: no clip could be decoded.",
		"Each way is one run:",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("%q is not in the notes\n%s", want, notes)
		}
	}
	if len(p.Runs) != 3 || p.Runs[2].Way != "supervised" || p.Runs[2].Path != j.Runs[2] || !strings.Contains(p.Runs[2].Config, "objective: supervised\n") || len(p.Runs[2].Digest) != 12 {
		t.Errorf("runs %+v", p.Runs)
	}
	if len(p.Reproduce) != 4 || p.Reproduce[3].Line != "vidcsl robust 'a run'" ||
		p.Reproduce[0].Line != fmt.Sprintf("vidcsl train --config %s/config.yaml --data %s --threads 1 --output %[1]s-again", j.Runs[0], filepath.Join(scratch, "videos")) {
		t.Errorf("commands %+v", p.Reproduce)
	}
	if len(p.Libraries) != 2 || !strings.HasPrefix(p.Libraries[0], "libavcodec ") || !strings.HasPrefix(p.Libraries[1], "Go 1.") {
		t.Errorf("libraries %q", p.Libraries)
	}
}

// The clips that broke are those of the cells, right when clean, and their pixels are those that were classified; attacked ones are as near as the attack
// may go. This holds for each head, of shards too, of which several clips are of one video.
func TestBroken(t *testing.T) {
	for _, head := range Heads {
		t.Run(head, func(t *testing.T) {
			j := job(t)
			j.Suite, j.Head, j.Corruptions, j.Severities, j.Epsilons, j.Evidence = "all", head, []string{"gaussian_noise", "contrast"}, []int{2, 5}, []float64{8. / 255, 0.3}, true
			j.Data = filepath.Join(scratch, "shards")
			p := reported(t, j).Page
			kinds := map[robust.Kind]int{}
			for _, b := range p.Broken {
				kinds[b.Condition.Kind]++
				if b.Label != b.Before || b.After == b.Label || b.Way != "moco" || b.Run != j.Runs[0] || b.Key == "" {
					t.Errorf("%+v", b)
				}
				if len(b.Clean) != 4 || len(b.Perturbed) != 4 || b.Clean[0].Bounds() != b.Perturbed[0].Bounds() || b.Clean[0].Bounds().Dx() != 32 {
					t.Errorf("%v: %d and %d frames of %v", b.Condition, len(b.Clean), len(b.Perturbed), b.Clean[0].Bounds())
				}
				most := 0
				for k := range b.Clean {
					for y := range 32 {
						for x := range 32 {
							r, _, _, _ := b.Clean[k].At(x, y).RGBA()
							s, _, _, _ := b.Perturbed[k].At(x, y).RGBA()
							most = max(most, int(r>>8)-int(s>>8), int(s>>8)-int(r>>8))
						}
					}
				}
				if eps := b.Condition.Epsilon; most == 0 || b.Condition.Kind == robust.Attack && (most > int(math.Ceil(255*eps)) || b.Norm > eps*(1+1e-6) || b.Norm == 0) {
					t.Errorf("%v: a norm of %v, and pixels differ by %d", b.Condition, b.Norm, most)
				}
			}
			if len(p.Broken) == 0 || len(p.Broken) > 4 || kinds[robust.Attack] == 0 {
				t.Errorf("%d clips, of %v", len(p.Broken), kinds)
			}
		})
	}
}

// What broke is shown where it is the least that broke the clip, by turns of corruptions and attacks, of other groups and classes where there are.
func TestFirstBroken(t *testing.T) {
	cell := func(c robust.Condition, wrong ...int) *work {
		out := &work{condition: c, done: &robust.Cell{Condition: c}}
		for i := range 6 {
			clip := robust.Clip{Key: fmt.Sprint(i), Label: int32(i % 3), Predicted: int32(i % 3)}
			if slices.Contains(wrong, i) {
				clip.Predicted, clip.Norm = (clip.Label+1)%3, float64(i)
			}
			out.done.Clips = append(out.done.Clips, clip)
		}
		return out
	}
	corruption := func(name string, severity int) robust.Condition {
		return robust.Condition{Kind: robust.Corruption, Name: name, Severity: severity}
	}
	attack := func(name string, eps float64) robust.Condition {
		return robust.Condition{Kind: robust.Attack, Name: name, Norm: "linf", Epsilon: eps}
	}
	of := &tested{work: []*work{
		cell(clean, 5), // wrong as it is: it never breaks
		cell(corruption("gaussian_noise", 1), 5), cell(corruption("gaussian_noise", 3), 0, 1, 5), cell(corruption("gaussian_noise", 5), 0, 1, 2, 3, 4, 5),
		cell(corruption("fog", 1)), cell(corruption("fog", 3), 0), cell(corruption("fog", 5), 0, 3, 4),
		cell(attack("pgd", 0.01), 3, 4, 5), cell(attack("pgd", 0.02), 1, 2, 3, 4, 5), cell(attack("fab", 0), 4, 2, 5),
	}}
	var got []string
	for _, b := range of.firstBroken() {
		got = append(got, fmt.Sprintf("%s by %v", b.key, b.cell.condition))
	}
	// 0 breaks first; by the weakest attack, 4 is of another class; then weather in place of noise; then the other attack, which has no sizes
	if want := "0 by gaussian_noise 3, 4 by pgd linf 0.01, 3 by fog 5, 2 by fab linf"; strings.Join(got, ", ") != want {
		t.Errorf("shown are %s, want %s", strings.Join(got, ", "), want)
	}
	// of a video of which some clips are lost, it is not known which broke
	of.work = []*work{cell(clean), cell(corruption("packet_loss", 1), 0, 1)}
	of.work[1].done.Clips[3] = robust.Clip{Key: "0", Label: 0, Predicted: robust.Undecodable}
	if list := of.firstBroken(); len(list) != 1 || list[0].key != "1" {
		t.Errorf("with lost clips: %+v", list)
	}
}

// Without a checkpoint, or of another layout, there is a note in place of the sphere.
func TestNoCheckpoint(t *testing.T) {
	j := job(t)
	j.Corruptions, j.Severities, j.Evidence = []string{"gaussian_noise"}, []int{1}, true
	file := filepath.Join(j.Runs[0], "checkpoints", "step-000004.safetensors")
	for _, c := range []struct {
		change func() error
		want   string
	}{
		{func() error { return os.Remove(file) }, "the folder of the run has no checkpoint."},
		{func() error { return copyFile(filepath.Join(j.Runs[0], "encoder.safetensors"), file) }, "it is not a checkpoint: no vidcsl.train in it"},
	} {
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		p := reported(t, j).Page
		if notes := strings.Join(p.Notes, "\n"); len(p.Spheres) != 0 || !strings.Contains(notes, "Embeddings of "+j.Runs[0]+" are not shown: ") || !strings.Contains(notes, c.want) {
			t.Errorf("%d spheres, notes %q", len(p.Spheres), p.Notes)
		}
	}
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o666)
}

// Names that a study gives make the ways, whatever their configurations are.
func TestNamedWays(t *testing.T) {
	j := job(t, "cluster", "labels")
	j.Corruptions, j.Severities = []string{"gaussian_noise"}, []int{1}
	j.Ways = map[string]string{j.Runs[0]: "without labels", j.Runs[1]: "without labels", j.Runs[2]: "with labels"}
	j.Baseline, j.Supervised = j.Runs[1], j.Runs[2]
	p := reported(t, j).Page
	if len(p.Ways) != 2 || p.Ways[0].Name != "without labels" || p.Baseline != 0 || p.Supervised != 1 || p.Runs[1].Way != "without labels" {
		t.Errorf("ways %+v, runs %+v", p.Ways, p.Runs)
	}
	delete(j.Ways, j.Runs[2])
	if _, _, err := j.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "the run "+j.Runs[2]+" is of no way, want a name for each run") {
		t.Errorf("error %v", err)
	}
}
