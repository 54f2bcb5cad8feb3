package cpu

import (
	"math/rand/v2"
	"testing"
)

// TestPlace checks on random demands that no two blocks overlap in time and place, and that memory is reused.
func TestPlace(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 2))
		blocks := make([]block, 1+rng.IntN(60))
		sum := 0
		for i := range blocks {
			from := rng.IntN(50)
			blocks[i] = block{From: from, To: from + rng.IntN(8), Bytes: rng.IntN(5000)}
			sum += roundUp(blocks[i].Bytes)
		}
		total := place(blocks)
		busiest := 0
		for step := range 60 {
			now := 0
			for i, a := range blocks {
				if step < a.From || a.To < step {
					continue
				}
				now += roundUp(a.Bytes)
				if a.Offset%align != 0 || a.Offset+a.Bytes > total {
					t.Fatalf("seed %d: block %d lies at %d of %d", seed, i, a.Offset, total)
				}
				for k, b := range blocks[:i] {
					if b.From <= step && step <= b.To && a.Offset < b.Offset+b.Bytes && b.Offset < a.Offset+a.Bytes {
						t.Fatalf("seed %d: blocks %d and %d overlap at step %d", seed, i, k, step)
					}
				}
			}
			busiest = max(busiest, now)
		}
		if total > sum || float64(total) > 1.5*float64(busiest) {
			t.Errorf("seed %d: %d bytes, of which %d are in use at once", seed, total, busiest)
		}
	}
}
