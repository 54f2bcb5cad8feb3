package contrast_test

import (
	"math"
	"slices"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

func filled(v int32, n int) op.Tensor { return op.From(slices.Repeat([]int32{v}, n), n) }

func wantTensor(t testing.TB, what string, got, want op.Tensor) {
	t.Helper()
	if !got.Equal(want.Type) {
		t.Fatalf("%s is %v, want %v", what, got.Type, want.Type)
	}
	switch w := want.Data.(type) {
	case []int32:
		if !slices.Equal(op.Data[int32](got), w) {
			t.Errorf("%s is %v, want %v", what, got.Data, w)
		}
	case []float64:
		for i, v := range op.Data[float64](got) {
			if math.Abs(v-w[i]) > 1e-14 {
				t.Errorf("%s: element %d is %v, want %v", what, i, v, w[i])
			}
		}
	}
}

// TestQueue: after some steps the queue holds the latest keys with their samples, labels and steps.
func TestQueue(t *testing.T) {
	c := plain("moco", "none", "eliminate")
	c.Queue = 10
	r := build(t, c, contrast.Dims{Batch: 4, Parts: 2, Embedding: 3, Samples: 50, Steps: 9, EpochSteps: 9})
	for step := range 4 {
		first := int32(10 * step)
		r.step(step)
		r.batch(normal(1, 4, 3), normal(uint64(step), 4, 3), []int32{first, first + 1, first + 2, first + 3}, []int32{0, int32(step), -1, 2})
		want := []float64{0, 1, 1.5, (4*1 + 4*2 + 2*3) / 10.}[step] // at last 4 keys of step 2, 4 of step 1, 2 of step 0
		wantNear(t, "bank age", r.measured(t)["bank_age"], want, 1e-12)
		r.advance(t)
	}
	wantTensor(t, "samples", r.state("bank.samples"), op.From([]int32{22, 23, 30, 31, 32, 33, 12, 13, 20, 21}, 10))
	wantTensor(t, "labels", r.state("bank.labels"), op.From([]int32{-1, 2, 0, 3, -1, 2, -1, 2, 0, 2}, 10))
	wantTensor(t, "written", r.state("bank.written"), op.From([]int32{2, 2, 3, 3, 3, 3, 1, 1, 2, 2}, 10))
	wantTensor(t, "position", r.state("bank.position"), op.From([]int32{6}))
	keys, want := op.Data[float64](r.state("bank.keys")), op.Data[float64](unit(normal(3, 4, 3)))
	wantTensor(t, "keys", op.From(keys[2*3:6*3], 4, 3), op.From(want, 4, 3))
}

// TestSampleBank: a key of a sample is mixed with its old one and brought to unit length.
func TestSampleBank(t *testing.T) {
	c := plain("moco", "none", "eliminate")
	c.Bank, c.BankMomentum = "samples", 0.25
	r := build(t, c, contrast.Dims{Batch: 2, Parts: 1, Embedding: 3, Samples: 4, Steps: 9, EpochSteps: 2})
	want := make([]float64, 4*3)
	for step, index := range [][]int32{{2, 0}, {3, 2}, {2, 3}} {
		keys := normal(uint64(step), 2, 3)
		r.step(step)
		r.batch(normal(1, 2, 3), keys, index, []int32{int32(step), 7})
		r.advance(t)
		for i, s := range index {
			old, key := want[s*3:][:3], op.Data[float64](unit(keys))[i*3:][:3]
			length := 0.0
			for j := range old {
				old[j] = 0.25*old[j] + 0.75*key[j]
				length += old[j] * old[j]
			}
			for j := range old {
				old[j] /= math.Sqrt(length)
			}
		}
	}
	wantTensor(t, "keys", r.state("bank.keys"), op.From(want, 4, 3))
	wantTensor(t, "samples", r.state("bank.samples"), op.From([]int32{0, -1, 2, 3}, 4))
	wantTensor(t, "labels", r.state("bank.labels"), op.From([]int32{7, -1, 2, 7}, 4))
	wantTensor(t, "written", r.state("bank.written"), op.From([]int32{0, 0, 2, 2}, 4))
}

// TestMemory: the first features of a sample are its means; later ones move them.
func TestMemory(t *testing.T) {
	r := build(t, plain("moco", "neighbors", "eliminate"), contrast.Dims{Batch: 2, Parts: 1, Embedding: 3, Features: 4, Samples: 5, Steps: 9, EpochSteps: 2})
	mean, slow, newest := make([]float64, 5*4), make([]float64, 5*4), make([]float64, 5*4)
	seen := map[int32]bool{}
	for step, index := range [][]int32{{2, 0}, {4, 2}, {2, 4}} {
		f := normal(uint64(step), 2, 4)
		r.step(step)
		r.feed[r.features] = f
		r.batch(normal(1, 2, 3), normal(2, 2, 3), index, []int32{1, int32(step)})
		r.advance(t)
		for i, s := range index {
			x := op.Data[float64](unit(f))[i*4:][:4]
			for j, v := range x {
				at := int(s)*4 + j
				newest[at] = v
				if seen[s] {
					mean[at], slow[at] = 0.7*mean[at]+0.3*v, 0.9*slow[at]+0.1*v
				} else {
					mean[at], slow[at] = v, v
				}
			}
			seen[s] = true
		}
	}
	wantTensor(t, "mean", r.state("memory.mean"), op.From(mean, 5, 4))
	wantTensor(t, "slow", r.state("memory.slow"), op.From(slow, 5, 4))
	wantTensor(t, "newest", r.state("memory.newest"), op.From(newest, 5, 4))
	wantTensor(t, "written", r.state("memory.written"), op.From([]int32{0, -1, 2, -1, 2}, 5))
	wantTensor(t, "labels", r.state("memory.labels"), op.From([]int32{0, -1, 1, -1, 2}, 5))
}

// TestMetrics compares with sums over pairs, written out.
func TestMetrics(t *testing.T) {
	c := plain("moco", "none", "eliminate")
	r := example(t, c, 2)
	got := r.measured(t)
	q, k, bank := unit(r.feed[r.query]), unit(r.feed[r.key]), r.state("bank.keys")
	ids, labels := op.Data[int32](r.state("bank.samples")), op.Data[int32](r.state("bank.labels"))
	index, own := op.Data[int32](r.feed[r.index]), op.Data[int32](r.feed[r.labels])
	cosine := func(a op.Tensor, i int, b op.Tensor, j int) (sum float64) {
		for d := range dim {
			sum += op.Data[float64](a)[i*dim+d] * op.Data[float64](b)[j*dim+d]
		}
		return sum
	}
	var align, energy, margin, first, alike, labelled float64
	for i := range batchOf {
		p := cosine(q, i, k, i)
		align += (2 - 2*p) / batchOf
		for j := range batchOf {
			if i != j {
				energy += math.Exp(-2*(2-2*cosine(q, i, q, j))) / (batchOf * (batchOf - 1))
			}
		}
		hardest := -1.0
		for j, id := range ids {
			if id < 0 || id == index[i] {
				continue
			}
			hardest = max(hardest, cosine(q, i, bank, j))
			if own[i] >= 0 && labels[j] >= 0 {
				labelled++
				if own[i] == labels[j] {
					alike++
				}
			}
		}
		margin += (p - hardest) / batchOf
		if p >= hardest {
			first += 1. / batchOf
		}
	}
	for name, want := range map[string]float64{"alignment": align, "uniformity": math.Log(energy), "margin": margin, "contrast_accuracy": first,
		"base_rate": alike / labelled} {
		wantNear(t, name, got[name], want, 1e-12)
	}
}
