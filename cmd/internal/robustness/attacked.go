package robustness

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"vidcsl/model/op"
	"vidcsl/pipeline"
	"vidcsl/robust"
	"vidcsl/robust/attack"
)

// attackBatch is how many clips go through the network under attack at once: a gradient takes more memory than features do.
const attackBatch = 16

// victims returns the test videos that are attacked, by their places among the keys: all with a label, or as many of them as are asked for,
// the same ones for every run.
func (t *tested) victims() map[int32]bool {
	info := t.Test.Info()
	var list []int32
	for i, l := range info.Labels {
		if l >= 0 {
			list = append(list, int32(i))
		}
	}
	if n := t.job.Clips; n > 0 && n < len(list) {
		rng := pipeline.Rand(t.job.Seed, "attacked videos", "")
		rng.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		list = list[:n]
	}
	set := map[int32]bool{}
	for _, i := range list {
		set[i] = true
	}
	return set
}

// chosen says which clips are attacked, and what becomes of them.
type chosen struct {
	only  map[place]bool    // of all that there are to attack; nil: all of them
	taken func(p place)     // told of each, in the order of the results; may be nil
	kept  func(x []float32) // told what an attack made of each, [3,T,H,W], in the same order; may be nil
}

// samples yields the clips that are attacked. taken is told of each.
func (t *tested) samples(ctx context.Context, c chosen, taken func(s *attack.Sample)) iter.Seq2[*attack.Sample, error] {
	victims, info := t.victims(), t.Test.Info()
	return func(yield func(*attack.Sample, error) bool) {
		turns, left := turns{}, len(c.only)
		for b, err := range t.Test.Clips(ctx, 1) {
			if err != nil {
				yield(nil, err)
				return
			}
			for i, at := range b.Index {
				p := turns.next(info.Keys[at])
				if !victims[at] || c.only != nil && !c.only[p] {
					continue
				}
				if c.taken != nil {
					c.taken(p)
				}
				s := &attack.Sample{Key: info.Keys[at], Label: int(b.Labels[i])}
				s.X, s.Shape = planes(b.Views[0], i)
				taken(s)
				if !yield(s, nil) {
					return
				}
				if left--; left == 0 {
					return
				}
			}
		}
	}
}

// planes returns clip i of u8[N,T,H,W,3] as numbers from 0 to 1 in the order [3,T,H,W].
func planes(clips op.Tensor, i int) (x []float32, shape [4]int) {
	s := clips.Shape
	shape = [4]int{s[4], s[1], s[2], s[3]}
	one := s[1] * s[2] * s[3]
	x = make([]float32, one*s[4])
	pix := op.Data[uint8](clips)[i*one*s[4]:][:one*s[4]]
	for at, v := range pix {
		x[at%s[4]*one+at/s[4]] = float32(v) / 255
	}
	return x, shape
}

// attacked classifies test clips after an attack, in their order.
func (t *tested) attacked(ctx context.Context, a attack.Attack, c chosen) (clips []robust.Clip, err error) {
	if t.target == nil {
		net, err := t.net()
		if err != nil {
			return nil, err
		}
		if t.target, err = attack.Open(t.job.engine(), net, attackBatch); err != nil {
			return nil, err
		}
	}
	if voters, ok := t.head.(*voters); ok {
		return t.outvoted(ctx, a, voters, c)
	}
	o := attack.Options{Seed: t.job.Seed, Clips: c.kept != nil}
	err = t.target.Run(ctx, a, t.samples(ctx, c, func(*attack.Sample) {}), o, func(r *attack.Result) error {
		if r.Prediction < 0 {
			return fmt.Errorf("the answer of the network for %s is not a number", r.Key)
		}
		t.job.seen(1)
		if c.kept != nil {
			c.kept(r.Adversarial)
		}
		clips = append(clips, robust.Clip{Key: r.Key, Label: int32(r.Label), Predicted: int32(r.Prediction), Norm: t.norm(r)})
		return nil
	})
	return clips, err
}

// norm is that of what an attack found; 0 where it was not needed.
func (t *tested) norm(r *attack.Result) float64 {
	switch {
	case !r.Attacked:
		return 0
	case t.job.Norm == attack.L2:
		return r.L2
	case t.job.Norm == attack.L1:
		return r.L1
	}
	return r.Linf
}

// config describes the encoder for attacks, with the weights that it has.
func (t *tested) config(classes int) attack.EncoderConfig {
	return attack.EncoderConfig{
		Net: t.Config.Encoder.Network(classes), View: t.Test.Info().Shape, Mean: t.Config.Mean, Std: t.Config.Std,
		Weights: attack.Values(t.encoder.Value), DType: op.F32,
	}
}

// net is the network under attack: the encoder and its head, for neighbours one with a gradient in their place.
func (t *tested) net() (attack.Net, error) {
	classes := len(t.Train.Info().Classes)
	switch h := t.head.(type) {
	case *linear:
		w, b := h.Weights()
		bias := make([]float64, len(b))
		for i, v := range b {
			bias[i] = float64(v)
		}
		return attack.Linear(t.config(0), attack.Head{Weight: w, Bias: bias, Mean: h.Mean, Std: h.Std})
	case *voters:
		const coldest = 0.0125 // below it, votes leave the range of float32
		return attack.SoftKNN(t.config(0), attack.Gallery{
			X: h.gallery.X, Labels: slices.Clone(h.gallery.Labels), Classes: classes, Temperature: max(h.options.Temperature, coldest), Center: h.options.Center,
		})
	}
	return attack.Encoder(t.config(classes)), nil
}
