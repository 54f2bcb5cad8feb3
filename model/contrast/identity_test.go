package contrast_test

import (
	"math"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

const batchOf, dim, queue = 6, 8, 40

// example is a step of a configuration on a bank in which samples and labels come up several times, and a fifth is empty.
func example(t testing.TB, c contrast.Config, parts int) *rig {
	t.Helper()
	c.Queue = queue
	r := build(t, c, contrast.Dims{Batch: batchOf, Parts: parts, Embedding: dim, Features: 5, Samples: 40, Steps: 100, EpochSteps: 4, Seed: 5})
	ids, labels := make([]int32, queue), make([]int32, queue)
	for i := range ids {
		ids[i], labels[i] = int32(i*7%11), int32(i*7%11%4)-1 // samples 3 and 7 have no label, for example
		if i%5 == 4 {
			ids[i], labels[i] = -1, -1
		}
	}
	if r.Momentum() {
		r.set(t, "bank.keys", unit(normal(9, queue, dim)))
		r.set(t, "bank.samples", op.From(ids, queue))
		r.set(t, "bank.labels", op.From(labels, queue))
	}
	r.batch(normal(1, batchOf, dim), normal(2, batchOf, dim), []int32{0, 3, 6, 9, 20, 21}, []int32{-1, 2, 1, 0, 1, -1})
	return r
}

// lossAndGrad returns the loss and its gradient with respect to the queries.
func lossAndGrad(t testing.TB, r *rig) (float64, []float64) {
	t.Helper()
	grads, err := op.Grad(r.loss, r.query)
	if err != nil {
		t.Fatal(err)
	}
	v := r.values(t, r.loss, grads[0])
	return op.Data[float64](v[0])[0], op.Data[float64](v[1])
}

// wantSame compares losses and gradients of two objectives on the same step.
func wantSame(t testing.TB, what string, a, b *rig) {
	t.Helper()
	la, ga := lossAndGrad(t, a)
	lb, gb := lossAndGrad(t, b)
	wantNear(t, what+": loss", la, lb, 1e-14)
	for i := range ga {
		wantNear(t, what+": gradient", ga[i], gb[i], 1e-14)
	}
}

// TestEmptyMask: a detector that finds nothing, or that has not begun, changes nothing.
func TestEmptyMask(t *testing.T) {
	for _, objective := range []string{"moco", "simclr"} {
		for _, action := range []string{"eliminate", "attract", "both"} {
			c := plain(objective, "threshold", action)
			c.Removal.Threshold = 1
			none := example(t, plain(objective, "none", action), 1)
			wantSame(t, objective+" threshold 1 "+action, example(t, c, 1), none)
			c = plain(objective, "oracle", action)
			c.Removal.Warmup = 0.5
			wantSame(t, objective+" warm-up "+action, example(t, c, 1), none)
		}
	}
}

// TestFullMask: where all negatives are removed, the positive is left: the loss is 0, and so is its gradient.
func TestFullMask(t *testing.T) {
	c := plain("moco", "threshold", "eliminate")
	c.Removal.Threshold = -1
	r := example(t, c, 1)
	l, g := lossAndGrad(t, r)
	wantNear(t, "loss", l, 0, 1e-15)
	for _, v := range g {
		wantNear(t, "gradient", v, 0, 1e-15)
	}
	m := r.measured(t)
	wantNear(t, "removed", m["removed"], 1, 0)
	wantNear(t, "recall", m["recall"], 1, 0)
	wantNear(t, "precision", m["precision"], m["base_rate"], 1e-15)
}

// TestEmptyBank: the first steps have no negatives, and no metric is NaN.
func TestEmptyBank(t *testing.T) {
	for _, action := range []string{"eliminate", "attract", "both"} {
		r := example(t, plain("moco", "oracle", action), 1)
		r.set(t, "bank.samples", filled(-1, queue))
		for name, v := range r.measured(t) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("%s: %s is %v", action, name, v)
			}
		}
		wantNear(t, "loss", r.measured(t)["loss"], 0, 0)
	}
}

// TestOracle: it removes all pairs of one label and no other; attracting them is SupCon.
func TestOracle(t *testing.T) {
	for _, objective := range []string{"moco", "simclr"} {
		for _, action := range []string{"eliminate", "attract", "both"} {
			m := example(t, plain(objective, "oracle", action), 1).measured(t)
			wantNear(t, "precision", m["precision"], 1, 0)
			wantNear(t, "recall", m["recall"], 1, 0)
			if !(m["removed"] > 0 && m["removed"] < m["base_rate"]) { // some pairs have no label
				t.Errorf("removed %v, base rate %v", m["removed"], m["base_rate"])
			}
		}
		supcon := plain("supcon", "none", "eliminate")
		if objective == "moco" {
			supcon.Bank = "queue"
		}
		wantSame(t, objective, example(t, plain(objective, "oracle", "attract"), 1), example(t, supcon, 1))
	}
}

// TestLabelsAreNotRead: no detector but the oracle knows the labels.
func TestLabelsAreNotRead(t *testing.T) {
	for _, detector := range []string{"threshold", "topk", "quantile", "random"} {
		for _, objective := range []string{"moco", "simclr"} {
			c := plain(objective, detector, "both")
			c.Removal.Threshold, c.Removal.Share, c.Removal.TopK = 0.2, 0.3, 4
			a, b := example(t, c, 1), example(t, c, 1)
			b.feed[b.labels] = op.From([]int32{1, 1, 0, -1, 0, 2}, batchOf)
			if objective == "moco" {
				b.set(t, "bank.labels", filled(1, queue))
			}
			wantSame(t, detector, a, b)
			if m := a.measured(t); !(m["removed"] > 0 && m["removed"] < 0.6) {
				t.Errorf("%s removed %v", detector, m["removed"])
			}
		}
	}
}

// TestParts: the mean loss of parts, their gradients, the metrics and the next state are those of the whole batch, against a bank.
func TestParts(t *testing.T) {
	for _, action := range []string{"eliminate", "attract", "both"} {
		whole, parts := example(t, plain("moco", "oracle", action), 1), example(t, plain("moco", "oracle", action), 3)
		wantSame(t, action, whole, parts)
		of := parts.measured(t)
		for name, v := range whole.measured(t) {
			wantNear(t, name, of[name], v, 1e-12)
		}
		whole.advance(t)
		parts.advance(t)
		for _, s := range whole.Slots() {
			wantTensor(t, s.Name, parts.state(s.Name), whole.state(s.Name))
		}
	}
}

// TestGradient compares with central differences through a whole loss.
func TestGradient(t *testing.T) {
	for _, objective := range []string{"moco", "simclr"} {
		for _, action := range []string{"eliminate", "attract", "both"} {
			c := plain(objective, "random", action)
			c.Removal.Share, c.Removal.Weight = 0.3, 0.7
			r := example(t, c, 2)
			_, got := lossAndGrad(t, r)
			x := op.Data[float64](r.feed[r.query])
			for i, v := range x {
				const h = 1e-6
				var side [2]float64
				for s, by := range []float64{h, -h} {
					x[i] = v + by
					side[s] = op.Data[float64](r.values(t, r.loss)[0])[0]
				}
				x[i] = v
				wantNear(t, objective+" "+action, got[i], (side[0]-side[1])/(2*h), 1e-8)
			}
		}
	}
}

// TestSchedule: nothing before the warm-up, then more and more of what was found, and what is kept at a step is kept by a higher rate.
func TestSchedule(t *testing.T) {
	c := plain("moco", "oracle", "eliminate")
	c.Removal.Warmup, c.Removal.Ramp = 0.3, 0.2
	r := example(t, c, 1)
	last := -1.0
	for _, s := range []struct{ step, low, high int }{{0, 0, 0}, {29, 0, 0}, {39, 10, 90}, {49, 100, 100}, {99, 100, 100}} {
		r.step(s.step)
		m := r.measured(t)
		if m["recall"] < float64(s.low)/100 || m["recall"] > float64(s.high)/100 || m["recall"] < last {
			t.Errorf("step %d: recall %v, want %d to %d percent", s.step, m["recall"], s.low, s.high)
		}
		last = m["recall"]
	}
	r.step(39)
	_, a := lossAndGrad(t, r)
	r.step(40)
	_, b := lossAndGrad(t, r)
	r.step(39)
	_, again := lossAndGrad(t, r)
	same := true
	for i := range a {
		if a[i] != again[i] {
			t.Error("a step twice is not the same")
		}
		same = same && a[i] == b[i]
	}
	if same {
		t.Error("two steps draw the same pairs")
	}
}
