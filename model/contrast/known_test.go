package contrast_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/contrast"
	"vidcsl/model/op"
)

// TestKnown: right after a refresh, what the state says of all entries is what the refresh reported.
func TestKnown(t *testing.T) {
	for name, c := range learners() {
		m := newMachine(t, c, small)
		m.train(t, 16)
		want, err := m.Refresh(context.Background(), m.engine, m.program, 16)
		if err != nil {
			t.Fatal(err)
		}
		k, err := c.Read(small.Seed, m.program.Get)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(k.Samples); n != map[bool]int{true: 64, false: small.Samples}[c.Bank == "auto" && c.Objective == "moco"] {
			t.Fatalf("%s: %d entries", name, n)
		}
		pairs, right := 0, 0
		for i := range k.Samples {
			for _, j := range k.Found(i) {
				if pairs++; k.Labels[i] == k.Labels[j] {
					right++
				}
			}
		}
		if strings.HasSuffix(name, "queue") && strings.HasPrefix(name, "neighbors") || name == "cluster/whitened" {
			// the report is of all samples, and in the bank are the latest keys
			if precision := float64(right) / float64(pairs); math.Abs(precision-want.Precision) > 0.02 || pairs == 0 {
				t.Errorf("%s: precision %v of %d, reported were %v", name, precision, pairs, want.Precision)
			}
			continue
		}
		if pairs != want.Pairs || float64(right)/float64(pairs) != want.Precision {
			t.Errorf("%s: %d pairs, %d right, reported were %d and %v", name, pairs, right, want.Pairs, want.Precision)
		}
		if has := k.Clusters != nil; has != strings.HasPrefix(name, "cluster") {
			t.Errorf("%s: clusters %v", name, k.Clusters)
		}
		if has := k.Keys.Data != nil; has != (name != "neighbors/batch") || has && k.Keys.Shape[0] != len(k.Samples) {
			t.Errorf("%s: keys %v", name, k.Keys.Type)
		}
	}
}

// TestKnownByHand: four keys in a plane, of the samples 7, 7, 8, 9; the fifth place is empty.
func TestKnownByHand(t *testing.T) {
	state := map[string]op.Tensor{
		"bank.samples": op.From([]int32{7, 7, 8, 9, -1}, 5),
		"bank.labels":  op.From([]int32{0, 0, 0, 1, -1}, 5),
		"bank.keys":    op.From([]float32{1, 0, 1, 0, 0.8, 0.6, 0, 1, 5, 5}, 5, 2),
	}
	get := func(name string) (op.Tensor, error) {
		if v, ok := state[name]; ok {
			return v, nil
		}
		return op.Tensor{}, errors.New("there is no " + name)
	}
	for _, c := range []struct {
		detector string
		set      func(r *contrast.Removal)
		want     [4][]int
	}{
		{"none", func(*contrast.Removal) {}, [4][]int{}},
		{"oracle", func(*contrast.Removal) {}, [4][]int{{2}, {2}, {0, 1}, nil}},
		{"threshold", func(r *contrast.Removal) { r.Threshold = 0.7 }, [4][]int{{2}, {2}, {0, 1}, nil}},
		{"threshold", func(r *contrast.Removal) { r.Threshold = 0.5 }, [4][]int{{2}, {2}, {0, 1, 3}, {2}}},
		{"topk", func(r *contrast.Removal) { r.TopK = 1 }, [4][]int{{2}, {2}, {0}, {2}}},
		{"topk", func(r *contrast.Removal) { r.TopK = 9 }, [4][]int{{2, 3}, {2, 3}, {0, 1, 3}, {0, 1, 2}}},
		{"quantile", func(r *contrast.Removal) { r.Share = 0.5 }, [4][]int{{2}, {2}, {0}, {2}}},
		{"random", func(r *contrast.Removal) { r.Share = 1 }, [4][]int{{2, 3}, {2, 3}, {0, 1, 3}, {0, 1, 2}}},
		{"random", func(r *contrast.Removal) { r.Share = 0 }, [4][]int{}},
	} {
		config := plain("moco", c.detector, "eliminate")
		c.set(&config.Removal)
		k, err := config.Read(1, get)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(k.Samples, []int32{7, 7, 8, 9}) || !slices.Equal(k.Labels, []int32{0, 0, 0, 1}) || k.Keys.Shape[0] != 4 {
			t.Fatalf("entries of %v, labels %v, keys %v", k.Samples, k.Labels, k.Keys.Type)
		}
		for i, want := range c.want {
			if got := k.Found(i); !slices.Equal(got, want) {
				t.Errorf("%s: of entry %d it finds %v, want %v", c.detector, i, got, want)
			}
		}
	}
	for _, c := range []struct{ detector, want string }{
		{"cluster", "contrast: there is no detector.level0.assignment"},
		{"neighbors", "contrast: there is no detector.partners"},
	} {
		if _, err := plain("moco", c.detector, "eliminate").Read(1, get); err == nil || err.Error() != c.want {
			t.Errorf("%s: error %v, want %s", c.detector, err, c.want)
		}
	}
	state["bank.labels"] = op.From([]int32{0}, 1)
	if _, err := plain("moco", "none", "eliminate").Read(1, get); err == nil || !strings.Contains(err.Error(), "bank.labels is i32[1], want a row 1") {
		t.Errorf("too few labels: %v", err)
	}
	if k, err := plain("simclr", "none", "eliminate").Read(1, get); err != nil || len(k.Samples) != 0 || k.Keys.Data != nil {
		t.Errorf("without a bank: %+v, %v", k, err)
	}
}

// TestRemoves: a detector removes after its warm-up, as the objective keeps it.
func TestRemoves(t *testing.T) {
	r := plain("moco", "oracle", "eliminate").Removal
	r.Warmup = 0.5
	for done, want := range map[int]bool{0: false, 5: false, 6: true, 10: true} {
		if r.Removes(done, 10) != want {
			t.Errorf("after %d of 10 steps: %v", done, !want)
		}
	}
	if r.Detector = "none"; r.Removes(10, 10) {
		t.Error("no detector removes")
	}
}
