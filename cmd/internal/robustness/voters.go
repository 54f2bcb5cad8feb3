package robustness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"

	"vidcsl/model/eval"
	"vidcsl/model/op"
	"vidcsl/robust"
	"vidcsl/robust/attack"
)

// outvoted attacks neighbours, which have no gradient, by way of a network that has one, and lets the neighbours themselves say what the clips are
// then taken for, before and after.
func (t *tested) outvoted(ctx context.Context, a attack.Attack, h *voters, c chosen) (clips []robust.Clip, err error) {
	if t.reader == nil {
		if t.reader, err = attack.Open(t.job.engine(), attack.Encoder(t.config(0)), attackBatch); err != nil {
			return nil, err
		}
	}
	var before []*attack.Sample // of results that are still to come, in their order
	var found []finding
	flush := func() error {
		more, err := t.count(ctx, h, found)
		clips, found = append(clips, more...), nil
		return err
	}
	taken := func(s *attack.Sample) { before = append(before, s) }
	err = t.target.Run(ctx, a, t.samples(ctx, c, taken), attack.Options{Seed: t.job.Seed, Clips: true, Surrogate: true}, func(r *attack.Result) error {
		t.job.seen(1)
		if c.kept != nil {
			c.kept(r.Adversarial)
		}
		found = append(found, finding{before[0], r.Adversarial, t.norm(r)})
		if before = before[1:]; len(found) < attackBatch {
			return nil
		}
		return flush()
	})
	if err == nil && len(found) > 0 {
		err = flush()
	}
	return clips, err
}

// finding is what an attack made of a clip; x is nil where it made nothing.
type finding struct {
	*attack.Sample
	x    []float32
	norm float64
}

// count asks the neighbours, before and after.
func (t *tested) count(ctx context.Context, h *voters, list []finding) ([]robust.Clip, error) {
	f := eval.Features{Classes: h.gallery.Classes}
	r := &reading{features: map[string][]float32{}}
	samples := func(yield func(*attack.Sample, error) bool) {
		for i, v := range list {
			for k, x := range [][]float32{v.X, v.x} {
				s := &attack.Sample{Key: strconv.Itoa(2*i + k), X: x, Shape: v.Shape, Label: -1}
				if x != nil && !yield(s, nil) {
					return
				}
			}
		}
	}
	var x []float32
	err := t.reader.Run(ctx, r, samples, attack.Options{}, func(result *attack.Result) error {
		at, err := strconv.Atoi(result.Key)
		if err != nil {
			return err
		}
		x = append(x, r.features[result.Key]...)
		f.Labels, f.Keys = append(f.Labels, int32(list[at/2].Label)), append(f.Keys, list[at/2].Key)
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.X = op.From(x, len(f.Labels), t.encoder.Dim())
	predicted, _, err := h.classify(ctx, f)
	if err != nil {
		return nil, err
	}
	clips := make([]robust.Clip, 0, len(list))
	next := 0
	for _, v := range list {
		c := robust.Clip{Key: v.Key, Label: int32(v.Label), Predicted: predicted[next]}
		if next++; v.x != nil {
			if c.Right() {
				c.Predicted, c.Norm = predicted[next], v.norm
			}
			next++
		}
		clips = append(clips, c)
	}
	return clips, nil
}

// reading is an attack that changes nothing and keeps what the network gives: the features of clips that are no bytes.
type reading struct {
	mu       sync.Mutex
	features map[string][]float32 // by the keys of the samples
}

// Name implements [attack.Attack].
func (*reading) Name() string { return "reading" }

// Perturb implements [attack.Attack].
func (r *reading) Perturb(ctx context.Context, s *attack.Sample, net attack.Network, _ *rand.Rand) ([]float32, error) {
	f, err := net.Logits(ctx, s.X)
	if err != nil {
		return nil, err
	}
	if len(f) == 0 {
		return nil, fmt.Errorf("no features of %s", s.Key)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.features[s.Key] = append([]float32(nil), f...)
	return append([]float32(nil), s.X...), nil
}
