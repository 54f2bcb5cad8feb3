package contrast

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vidcsl/model/op"
)

// Known is what the state of a training holds of the pairs that it compares: entries, which are the keys in its bank or, where negatives come from the
// batch, the samples in its memory, and which of them its detector takes for false negatives of each other. It is read-only.
type Known struct {
	Keys    op.Tensor // f32[N, Embedding], of unit length; the zero tensor where there is no bank
	Samples []int32   // of the entries, N: the numbers of their samples
	Labels  []int32   // of the entries, N; -1: without one
	// Clusters are those of a detector that has some, N: -1 for an entry that is in none. Where it has several levels, a cluster is the entries that are
	// together in all of them. Nil: there are none.
	Clusters []int32

	removal  Removal
	partners map[int32][]int32 // by samples
	seed     uint64
}

// Read returns what the state of a training with this configuration and seed holds, whose values get finds by the names of [Objective.Slots]. In a
// state without a bank and without a memory of samples, there are no entries. An error names the value that is missing or of a wrong type.
func (c Config) Read(seed uint64, get func(name string) (op.Tensor, error)) (*Known, error) {
	s := &stored{get: get}
	k := &Known{removal: c.Removal, seed: seed}
	kind := c.bank()
	switch {
	case kind == "queue" || kind == "samples":
		ids := s.numbers("bank.samples")
		at := where(ids, func(id int32) bool { return id >= 0 })
		k.Samples, k.Labels, k.Keys = pick(ids, at), s.at("bank.labels", at), s.rows("bank.keys", at)
		k.detector(s, at)
	case c.usesMemory():
		at := where(s.numbers("memory.written"), func(step int32) bool { return step >= 0 })
		for _, i := range at {
			k.Samples = append(k.Samples, int32(i))
		}
		k.Labels = s.at("memory.labels", at)
		k.detector(s, at)
	}
	if s.err != nil {
		return nil, fmt.Errorf("contrast: %w", s.err)
	}
	return k, nil
}

// detector reads what the detector knows; at are the places of the entries in the bank.
func (k *Known) detector(s *stored, at []int) {
	r := k.removal
	if r.usesMemory() {
		at = at[:0]
		for _, id := range k.Samples {
			at = append(at, int(id))
		}
	}
	switch r.Detector {
	case "cluster":
		var levels [][]int32
		for i := range r.Clusters {
			levels = append(levels, s.at(fmt.Sprintf("detector.level%d.assignment", i), at))
		}
		if k.Clusters = levels[0]; len(levels) > 1 {
			k.Clusters = joint(levels)
		}
	case "neighbors":
		lists := s.tensor("detector.partners", op.I32)
		k.partners = map[int32][]int32{}
		for _, i := range at {
			if s.inside("detector.partners", lists, i) {
				m := lists.Len() / lists.Shape[0]
				k.partners[int32(i)] = op.Data[int32](lists)[i*m:][:m]
			}
		}
	}
}

// Found returns which entries the detector takes for false negatives of an entry, as if that were an anchor by its key: what it would remove, once its
// warm-up is over. They are of other samples, in order. A detector by chance draws anew at each step; here it draws once. Without keys, one by similarity
// finds none.
func (k *Known) Found(anchor int) []int {
	r, own := k.removal, k.Samples[anchor]
	is := func(int) bool { return false }
	switch r.Detector {
	case "cluster":
		is = func(i int) bool { return k.Clusters[anchor] >= 0 && k.Clusters[i] == k.Clusters[anchor] }
	case "oracle":
		is = func(i int) bool { return k.Labels[anchor] >= 0 && k.Labels[i] == k.Labels[anchor] }
	case "neighbors":
		partners := map[int32]bool{}
		for _, id := range k.partners[own] {
			partners[id] = true
		}
		is = func(i int) bool { return partners[k.Samples[i]] }
	case "random":
		rng := rand.New(rand.NewPCG(k.seed, uint64(anchor)))
		is = func(int) bool { return rng.Float64() < r.Share }
	case "threshold", "topk", "quantile":
		return k.similar(anchor)
	}
	var found []int
	for i, id := range k.Samples {
		if id != own && is(i) {
			found = append(found, i)
		}
	}
	return found
}

// similar returns the entries of other samples whose keys are near enough to that of an anchor. Of equals the first come first, as in [op.TopMask].
func (k *Known) similar(anchor int) []int {
	if k.Keys.Data == nil {
		return nil
	}
	type entry struct {
		at     int
		cosine float64
	}
	r, d, keys := k.removal, k.Keys.Shape[1], op.Data[float32](k.Keys)
	var list []entry
	for i, id := range k.Samples {
		if id == k.Samples[anchor] {
			continue
		}
		e := entry{at: i}
		for j, v := range keys[i*d:][:d] {
			e.cosine += float64(v) * float64(keys[anchor*d+j])
		}
		if r.Detector != "threshold" || e.cosine >= r.Threshold {
			list = append(list, e)
		}
	}
	n := map[string]int{"threshold": len(list), "topk": min(r.TopK, len(list)), "quantile": int(r.Share * float64(len(list)))}[r.Detector]
	slices.SortStableFunc(list, func(a, b entry) int { return cmp.Compare(b.cosine, a.cosine) })
	found := make([]int, n)
	for i := range found {
		found[i] = list[i].at
	}
	slices.Sort(found)
	return found
}

// Comparisons returns about how many numbers one call of [Known.Found] looks at.
func (k *Known) Comparisons() int {
	switch k.removal.Detector {
	case "threshold", "topk", "quantile":
		return max(len(k.Samples), k.Keys.Len())
	}
	return len(k.Samples)
}

// Removes reports whether the detector removes anything at the last of the steps that are done, in a run of so many: not in its warm-up.
func (r Removal) Removes(done, steps int) bool {
	return r.Detector != "none" && done > int(math.Round(r.Warmup*float64(steps)))
}
