package contrast_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

var small = contrast.Dims{Batch: 8, Parts: 1, Embedding: 12, Features: 12, Samples: 96, Steps: 100, EpochSteps: 12, Seed: 4}

// learners are the detectors that are refreshed.
func learners() map[string]contrast.Config {
	list := map[string]contrast.Config{}
	for _, name := range []string{"cluster/queue", "cluster/samples", "cluster/whitened", "cluster/levels", "cluster/confident", "neighbors/queue", "neighbors/batch"} {
		detector, kind, _ := strings.Cut(name, "/")
		c := plain("moco", detector, "eliminate")
		c.Queue, c.Removal.Clusters, c.Removal.Share, c.Removal.Neighbors, c.Removal.Partners = 64, []int{classes}, 0.2, 20, 48
		switch kind {
		case "samples":
			c.Bank = "samples"
		case "whitened":
			c.Removal.Features = "whitened"
		case "levels":
			c.Removal.Clusters = []int{classes, 2 * classes}
		case "confident":
			c.Removal.Confidence = 0.25
		case "batch":
			c.Objective, c.Removal.Attracted, c.Removal.Action = "simclr", 0.05, "both"
		}
		list[name] = c
	}
	return list
}

// TestRefresh: of samples whose classes lie far apart, only pairs of one class are found, and most of them.
func TestRefresh(t *testing.T) {
	for name, c := range learners() {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, c, small)
			got, reports := m.train(t, 30)
			if len(reports) != 2 {
				t.Fatalf("%d reports, want one at the end of each of two epochs, or when the bank is full and an epoch later", len(reports))
			}
			least := map[string]float64{"cluster/levels": 0.4, "cluster/confident": 0.5, "neighbors/queue": 0.7, "neighbors/batch": 0.7}[name]
			if least == 0 {
				least = 0.95
			}
			if got["precision"] < 0.97 || got["recall"] < least {
				t.Errorf("precision %v, recall %v, want 0.97 and %v", got["precision"], got["recall"], least)
			}
			r := reports[1]
			if r.Precision < 0.97 || math.Abs(r.BaseRate-0.25) > 0.05 || r.Share < 0.05 || r.Share > 0.3 || r.Pairs == 0 {
				t.Errorf("report %+v", r)
			}
			for l, nmi := range r.NMI {
				if l == 0 && nmi < 0.9 || !math.IsNaN(reports[0].NMI[l]) {
					t.Errorf("level %d: mutual information %v after %v", l, nmi, reports[0].NMI[l])
				}
			}
			if n := len(r.Sizes); strings.HasPrefix(name, "cluster") && (n != len(c.Removal.Clusters) || len(r.Sizes[n-1]) != c.Removal.Clusters[n-1]) {
				t.Errorf("sizes %v", r.Sizes)
			}
		})
	}
}

// TestRefreshIsBlind: the slots of the detector and the loss are the same bits on each run, and whatever the labels are.
func TestRefreshIsBlind(t *testing.T) {
	for name, c := range learners() {
		t.Run(name, func(t *testing.T) {
			a, b := newMachine(t, c, small), newMachine(t, c, small)
			rng := rand.New(rand.NewPCG(8, 8))
			for i := range b.labels {
				b.labels[i] = rng.Int32N(classes+1) - 1
			}
			of, _ := a.train(t, 20)
			other, reports := b.train(t, 20)
			if of["loss"] != other["loss"] || of["removed"] != other["removed"] {
				t.Errorf("loss and share %v %v, with other labels %v %v", of["loss"], of["removed"], other["loss"], other["removed"])
			}
			for _, s := range a.Slots() {
				if strings.HasSuffix(s.Name, ".labels") {
					continue
				}
				if x, y := a.get(t, s.Name), b.get(t, s.Name); fmt.Sprint(x.Data) != fmt.Sprint(y.Data) {
					t.Errorf("%s depends on the labels", s.Name)
				}
			}
			if p := reports[0].Precision; p < 0.1 || p > 0.4 {
				t.Errorf("precision %v by labels that mean nothing", p)
			}
		})
	}
}

// TestReport compares with a walk over all pairs of entries.
func TestReport(t *testing.T) {
	for _, name := range []string{"cluster/levels", "cluster/confident", "neighbors/queue"} {
		m := newMachine(t, learners()[name], small)
		for i := range m.labels { // every third sample has none, and of the others some a wrong one
			m.labels[i] = []int32{-1, m.labels[i], int32(i % 7 % classes)}[i%3]
		}
		m.train(t, 16)
		got, err := m.Refresh(context.Background(), m.engine, m.program, 16)
		if err != nil {
			t.Fatal(err)
		}
		ids, labels := op.Data[int32](m.get(t, "bank.samples")), op.Data[int32](m.get(t, "bank.labels"))
		is := func(i, j int) bool {
			for l := range got.Sizes {
				a := op.Data[int32](m.get(t, fmt.Sprintf("detector.level%d.assignment", l)))
				if a[i] < 0 || a[i] != a[j] {
					return false
				}
			}
			return true
		}
		if len(got.Sizes) == 0 {
			partners := m.get(t, "detector.partners")
			k := partners.Shape[1]
			labels, ids = op.Data[int32](m.get(t, "memory.labels")), make([]int32, small.Samples)
			for i, step := range op.Data[int32](m.get(t, "memory.written")) {
				if ids[i] = int32(i); step < 0 {
					ids[i] = -1
				}
			}
			is = func(i, j int) bool { return slices.Contains(op.Data[int32](partners)[i*k:][:k], int32(j)) }
		}
		var all, found, judged, right, labelled, alike float64
		for i := range ids {
			for j := range ids {
				if ids[i] < 0 || ids[j] < 0 || ids[i] == ids[j] {
					continue
				}
				known := labels[i] >= 0 && labels[j] >= 0
				same := known && labels[i] == labels[j]
				count := func(sum *float64, yes bool) {
					if yes {
						*sum++
					}
				}
				yes := is(i, j)
				count(&all, true)
				count(&found, yes)
				count(&judged, yes && known)
				count(&right, yes && same)
				count(&labelled, known)
				count(&alike, same)
			}
		}
		wantNear(t, name+": pairs", float64(got.Pairs), found, 0)
		wantNear(t, name+": share", got.Share, found/all, 1e-15)
		wantNear(t, name+": precision", got.Precision, right/judged, 1e-15)
		wantNear(t, name+": base rate", got.BaseRate, alike/labelled, 1e-15)
	}
}

// TestResume: a new program that is given the slots goes on as the old one does, bit for bit.
func TestResume(t *testing.T) {
	for name, c := range learners() {
		c.Removal.Ramp = 0.5
		old := newMachine(t, c, small)
		old.train(t, 17)
		next := newMachine(t, c, small)
		for _, s := range old.Slots() {
			if err := next.program.Set(s.Name, old.get(t, s.Name)); err != nil {
				t.Fatal(err)
			}
		}
		for step := 17; step < 28; step++ {
			var metrics [2]map[string]float64
			for i, m := range []*machine{old, next} {
				if m.Due(step) {
					if _, err := m.Refresh(context.Background(), m.engine, m.program, step); err != nil {
						t.Fatal(err)
					}
				}
				metrics[i] = m.run(t, step)
			}
			if fmt.Sprint(metrics[0]) != fmt.Sprint(metrics[1]) {
				t.Fatalf("%s: step %d: %v, resumed %v", name, step, metrics[0], metrics[1])
			}
		}
	}
}

// TestAssignment: entries are assigned when they are written, and those far from any centroid are not.
func TestAssignment(t *testing.T) {
	c := learners()["cluster/confident"]
	m := newMachine(t, c, small)
	before := m.get(t, "detector.level0.assignment")
	if m.train(t, 8); slices.Max(op.Data[int32](m.get(t, "detector.level0.assignment"))) != -1 {
		t.Error("entries are assigned before there are clusters")
	}
	if _, err := m.Refresh(context.Background(), m.engine, m.program, 8); err != nil {
		t.Fatal(err)
	}
	none := len(where(op.Data[int32](m.get(t, "detector.level0.assignment")), -1))
	if none != 16 { // a quarter of 64, but for equals
		t.Errorf("%d of %d entries belong to no cluster, want 16", none, before.Len())
	}
	for step := 8; step < 12; step++ { // half of the queue
		m.run(t, step)
	}
	assign, ids := op.Data[int32](m.get(t, "detector.level0.assignment")), op.Data[int32](m.get(t, "bank.samples"))
	of := map[int32]int32{}
	for i, a := range assign {
		if a < 0 {
			continue
		}
		if before, ok := of[a]; ok && before != ids[i]%classes {
			t.Errorf("cluster %d holds samples of two classes", a)
		}
		of[a] = ids[i] % classes
	}
	if len(of) != classes || len(where(assign[:32], -1)) == 32 {
		t.Errorf("%d clusters, new entries %v", len(of), assign[:32])
	}
}

func where(list []int32, v int32) (at []int) {
	for i, w := range list {
		if v == w {
			at = append(at, i)
		}
	}
	return at
}

// TestFailedRefresh leaves the state as it was.
func TestFailedRefresh(t *testing.T) {
	c := learners()["cluster/levels"]
	c.Removal.Clusters = []int{4, 60} // of 56 keys, since a step is missing
	m := newMachine(t, c, small)
	m.train(t, 7)
	_, err := m.Refresh(context.Background(), m.engine, m.program, 8)
	if want := "contrast: refresh of cluster before step 8: level 1: cluster: 60 clusters of 56 points, want 1 or more and no more than points"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if slices.Max(op.Data[int32](m.get(t, "detector.level0.assignment"))) != -1 {
		t.Error("level 0 is set although level 1 failed")
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(fmt.Errorf("stopped"))
	for name, c := range learners() {
		m := newMachine(t, c, small)
		m.run(t, 0)
		if _, err := m.Refresh(ctx, m.engine, m.program, 1); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	m = newMachine(t, plain("simclr", "oracle", "eliminate"), small)
	if _, err := m.Refresh(context.Background(), m.engine, m.program, 1); err == nil || err.Error() != "contrast: detector oracle has nothing to refresh" {
		t.Errorf("error %v", err)
	}
}

// TestDue: after the warm-up, when there is enough to learn from, and at intervals.
func TestDue(t *testing.T) {
	for _, c := range []struct {
		detector, bank  string
		warmup          float64
		every           int
		first, interval int
	}{
		{"cluster", "queue", 0, 0, 8, 12}, {"cluster", "samples", 0, 5, 12, 5}, {"cluster", "queue", 0.3, 7, 30, 7},
		{"neighbors", "queue", 0, 0, 12, 12}, {"oracle", "queue", 0, 1, 1000, 1},
	} {
		config := plain("moco", c.detector, "eliminate")
		config.Bank, config.Queue, config.Removal.Warmup, config.Removal.Refresh, config.Removal.Clusters = c.bank, 64, c.warmup, c.every, []int{classes}
		o, err := contrast.New(op.NewGraph(), config, small)
		if err != nil {
			t.Fatal(err)
		}
		for step := range small.Steps {
			if want := step >= c.first && (step-c.first)%c.interval == 0; o.Due(step) != want {
				t.Errorf("%+v: due at step %d: %v, want %v", c, step, !want, want)
			}
		}
	}
}
