// Package feed makes batches for training and evaluation: straight from videos, or from the shards that preprocess wrote. It is
// the data set behind the train and eval verbs.
package feed

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/decode/clip"
)

// Config is what decides the pixels of the batches, beside the data, the seed and the size of a batch. A stored clip of a shard
// is taken for a video of as many frames as were stored.
type Config struct {
	Views       int              `yaml:"views" legal:"0..64" doc:"views per sample, each with frames and an augmentation of its own; 0: as many as the objective uses"`
	Frames      int              `yaml:"frames" legal:"0..4096" doc:"frames per view; 0: as many as the stored clips have, 16 from videos"`
	Stride      int              `yaml:"stride" legal:"0..1048576" doc:"take every n-th frame; 0: 1 from stored clips, 2 from videos"`
	Size        preprocess.Size  `yaml:"size" doc:"side of the square views in pixels; native: as the stored clips are, 112 from videos"`
	Sampler     string           `yaml:"sampler" legal:"random|regular|uniform" doc:"where views begin; uniform takes one frame of each of as many segments as there are frames"`
	MaxFailures float64          `yaml:"max_failures" legal:"0..1" doc:"share of an epoch that may fail, rounded up to whole clips"`
	Augment     augment.Pipeline `yaml:"augment" doc:"transforms of every view, in order; none: the views that are stored, where there are as many"`
}

// Default is the configuration where nothing is said: two views of one random place each, without transforms.
func Default() Config {
	return Config{Views: 2, Sampler: "random", MaxFailures: 0.01}
}

// Options are a configuration, and what is said elsewhere.
type Options struct {
	Config
	Batch     int             // samples of a batch
	Seed      uint64          // of all that is drawn, and of the order of the epochs
	Workers   int             // of each stage; 0: one per processor. The batches do not depend on it
	Log       *slog.Logger    // nil is silence
	OnFailure func(f Failure) // told of every clip that is left out, one call at a time; may be nil
}

func (o Options) filled() Options {
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func (o Options) check() error {
	var errs []error
	if o.Batch < 1 {
		errs = append(errs, fmt.Errorf("batches of %d samples, want at least 1", o.Batch))
	}
	if o.Workers < 0 {
		errs = append(errs, fmt.Errorf("%d workers, want at least 1, or 0 for one per processor", o.Workers))
	}
	if o.Views < 1 {
		errs = append(errs, fmt.Errorf("%d views, want at least 1", o.Views))
	}
	if o.Frames < 0 || o.Stride < 0 || o.Size < 0 {
		errs = append(errs, fmt.Errorf("views of %d frames at stride %d and %d pixels, want none below 0", o.Frames, o.Stride, int(o.Size)))
	}
	if !(o.MaxFailures >= 0 && o.MaxFailures <= 1) {
		errs = append(errs, fmt.Errorf("max_failures is %v, want 0 to 1", o.MaxFailures))
	}
	if o.Sampler != "random" && o.Sampler != "regular" && o.Sampler != "uniform" {
		errs = append(errs, fmt.Errorf("sampler is %q, want random, regular or uniform", o.Sampler))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("feed: %w", err)
	}
	return nil
}

// allowed returns how many of n clips may fail.
func (o Options) allowed(n int) int { return int(math.Ceil(o.MaxFailures * float64(n))) }

// planner draws the views of training.
func (o Options) planner() augment.Planner {
	p := augment.Planner{Seed: o.Seed, Views: o.Views, Size: int(o.Size), Pipeline: o.Augment}
	switch o.Sampler {
	case "regular":
		p.Sampler = middle{clip.RegularClips{Frames: o.Frames, Stride: o.Stride}}
	case "uniform":
		p.Sampler = clip.UniformFrames{Frames: o.Frames, Random: true}
	default:
		p.Sampler = clip.RandomClips{Frames: o.Frames, Stride: o.Stride}
	}
	return p
}

// still draws the views of evaluation: one of each clip, in places that are spread evenly, without transforms.
func (o Options) still() augment.Planner {
	p := augment.Planner{Seed: o.Seed, Views: 1, Size: int(o.Size), Sampler: clip.RegularClips{Frames: o.Frames, Stride: o.Stride}}
	if o.Sampler == "uniform" {
		p.Sampler = clip.UniformFrames{Frames: o.Frames}
	}
	return p
}

// middle takes the same frames of a source in each epoch.
type middle struct{ clip.RegularClips }

// Sample implements clip.Sampler.
func (m middle) Sample(meta *clip.Meta, _, _ int, rng *rand.Rand) (clip.Draw, error) {
	return m.RegularClips.Sample(meta, 0, 1, rng)
}
