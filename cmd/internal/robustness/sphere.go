package robustness

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"

	"vidcsl/model/contrast"
	"vidcsl/model/eval"
	"vidcsl/model/train"
	"vidcsl/pipeline"
	"vidcsl/robust/report"
)

const (
	shownKeys  = 1500 // most points of a sphere, of keys
	shownClips = 1000 // likewise, of training clips
	shownPairs = 200
	compared   = 300_000_000 // about how many numbers are looked at to find pairs: a second or less
)

// sphere returns the embeddings of a run in two dimensions, with what its detector takes for false negatives: the keys in its bank; where it has none,
// features of training clips. The error says why there is nothing to show.
func (t *tested) sphere(ctx context.Context, e *eval.Encoder) (*report.Sphere, error) {
	known, err := t.known()
	if err != nil {
		return nil, err
	}
	rng := pipeline.Rand(t.job.Seed, "sphere", t.Record.Config.Objective)
	s := &report.Sphere{}
	if known != nil && known.Keys.Data != nil {
		return s, t.keys(s, known.Known, known.step, rng)
	}
	return s, t.features(ctx, e, s, known, rng)
}

// state is what the newest checkpoint of a run knows.
type state struct {
	*contrast.Known
	step    int
	samples int // of the data
}

// known reads the newest checkpoint; nil where the objective keeps nothing in it.
func (t *tested) known() (*state, error) {
	if t.Config.Objective == "supervised" {
		return nil, nil
	}
	if t.Step > 0 {
		return nil, errors.New("of a snapshot the encoder alone is kept")
	}
	stored, err := train.Latest(t.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("the folder of the run has no checkpoint")
	}
	if err != nil {
		return nil, err
	}
	k, err := t.Config.Config.Config.Read(t.job.Seed, stored.Get)
	if err != nil {
		return nil, fmt.Errorf("%s is of another layout: %w", stored.Path, err)
	}
	return &state{k, stored.Step, stored.Samples}, nil
}

// keys fills a sphere with those in a bank.
func (t *tested) keys(s *report.Sphere, k *contrast.Known, step int, rng *rand.Rand) error {
	n := len(k.Samples)
	found := t.pairs(k, step, nil, rng)
	at := found.points(n, shownKeys, rng)
	s.About = fmt.Sprintf("%s of the memory bank after step %d", some(len(at), n, "keys"), step)
	classes := t.Train.Info().Classes
	if t.TrainPath != t.Record.Data { // of the training data nothing is known but numbers
		classes = nil
	}
	of := func(list []int32) []int32 {
		out := make([]int32, len(at))
		for i, k := range at {
			out[i] = -1
			if list != nil {
				out[i] = list[k]
			}
		}
		return out
	}
	if err := lay(s, rowsOf(k.Keys, at), of(k.Labels), of(k.Clusters), classes); err != nil {
		return err
	}
	found.show(s, at, k.Labels)
	return nil
}

// features fills a sphere with those of training clips. Pairs are shown where the detector knows samples.
func (t *tested) features(ctx context.Context, e *eval.Encoder, s *report.Sphere, k *state, rng *rand.Rand) (err error) {
	f := t.gallery
	if f.Len() == 0 {
		if f, err = e.Features(ctx, t.Train.Info(), t.Train.Clips(ctx, 1)); err != nil {
			return err
		}
	}
	rows := map[int32]int{} // of samples by their numbers: their first clip
	number := map[string]int32{}
	for i, key := range t.Train.Info().Keys {
		number[key] = int32(i)
	}
	for i, key := range f.Keys {
		if _, ok := rows[number[key]]; !ok {
			rows[number[key]] = i
		}
	}
	clusters := slices.Repeat([]int32{-1}, f.Len())
	s.About = "training clips, as the encoder sees them"
	found := &pairs{}
	switch d := t.Config.Removal.Detector; {
	case d == "none":
	case len(k.Samples) == 0:
		s.About += fmt.Sprintf(" (pairs of the detector %s are of a batch, and are not shown)", d)
	case t.TrainPath != t.Record.Data || k.samples != len(t.Train.Info().Keys):
		s.About += " (which are not those of the training: pairs are not shown)"
	default:
		row := make([]int, len(k.Samples))
		for i, sample := range k.Samples {
			if at, ok := rows[sample]; ok {
				row[i] = at
				if k.Clusters != nil {
					clusters[at] = k.Clusters[i]
				}
			} else {
				row[i] = -1
			}
		}
		found = t.pairs(k.Known, k.step, row, rng)
	}
	at := found.points(f.Len(), shownClips, rng)
	s.About = some(len(at), f.Len(), s.About) + ", at unit length"
	labels, of := make([]int32, len(at)), make([]int32, len(at))
	for i, row := range at {
		labels[i], of[i] = f.Labels[row], clusters[row]
	}
	x := rowsOf(f.X, at)
	unit(x)
	if err := lay(s, x, labels, of, t.Train.Info().Classes); err != nil {
		return err
	}
	found.show(s, at, f.Labels)
	return nil
}
