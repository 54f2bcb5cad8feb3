package feed

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode"
	"vidcsl/model/op"
)

// failing sets all pixels to 7, or fails: as damage does that leaves nothing to decode, or in another way.
var failing = augment.Spec[spoilConfig, spoilParams]{
	Name:    "test_spoil",
	Summary: "fails on some clips",
	Draw: func(c spoilConfig, rng *rand.Rand, _ *augment.Draft) (spoilParams, error) {
		return spoilParams{rng.Float64() < c.Lost, rng.Float64() < c.Failed}, nil
	},
	Apply: func(p spoilParams, f *augment.Frames) error {
		switch {
		case p.Lost:
			return &decode.Error{Reason: decode.Undecodable, Err: errors.New("nothing is left")}
		case p.Failed:
			return errors.New("it failed")
		}
		for i := range f.Pix {
			f.Pix[i] = 7
		}
		return nil
	},
}

type spoilConfig struct {
	Lost   float64 `yaml:"lost" legal:"0..1"`
	Failed float64 `yaml:"failed" legal:"0..1"`
}

type spoilParams struct {
	Lost   bool `json:"lost"`
	Failed bool `json:"failed"`
}

var registerSpoil = sync.OnceFunc(func() { augment.Add(augment.Default(), failing) })

func spoiled(t *testing.T, c spoilConfig) augment.Pipeline {
	t.Helper()
	registerSpoil()
	p, err := augment.NewPipeline(failing.With(c))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Without transforms views are clips; with them each clip is delivered, spoiled, or told of: the same ones from videos and shards, and again.
func TestViews(t *testing.T) {
	o := options()
	o.MaxFailures = 0
	for name, path := range map[string]string{"videos": clean(t), "shards": shardsOf(t, "raw")} {
		t.Run(name, func(t *testing.T) {
			d := open(t, path, o)
			if d.Stored() != (name == "shards") {
				t.Errorf("stored is %v", d.Stored())
			}
			if a, b := take(t, d.Views(t.Context(), augment.Pipeline{}, nil), 0), take(t, d.Clips(t.Context(), 1), 0); !reflect.DeepEqual(a, b) {
				t.Errorf("views %v, clips %v", a, b)
			}
			var first []int32
			for range 2 {
				var lost, got []int32
				for b, err := range d.Views(t.Context(), spoiled(t, spoilConfig{Lost: 0.4}), func(i int32) { lost = append(lost, i) }) {
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, b.Index...)
					for _, v := range op.Data[uint8](b.Views[0]) {
						if v != 7 {
							t.Fatalf("a pixel is %d", v)
						}
					}
				}
				if first == nil {
					first = lost
				}
				all := slices.Sorted(slices.Values(slices.Concat(lost, got)))
				if len(lost) < 2 || len(got) < 2 || !slices.Equal(all, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) || !slices.Equal(lost, first) {
					t.Errorf("lost %v (before %v), got %v", lost, first, got)
				}
			}
		})
	}
}

// Where all clips are lost there is no batch and no error; what fails in another way is a failure as ever, and so is what was lost in Clips.
func TestViewsThatFail(t *testing.T) {
	o := options()
	o.MaxFailures = 0
	var failed []Failure
	o.OnFailure = func(f Failure) { failed = append(failed, f) }
	d := open(t, clean(t), o)
	n := 0
	if all := take(t, d.Views(t.Context(), spoiled(t, spoilConfig{Lost: 1}), func(int32) { n++ }), 0); len(all) != 0 || n != 11 || len(failed) != 0 {
		t.Errorf("%d batches, %d lost, %d failed", len(all), n, len(failed))
	}
	_, err := fails(t, d.Views(t.Context(), spoiled(t, spoilConfig{Lost: 0.4, Failed: 0.5}), nil))
	var lost *LostError
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "it failed") || len(failed) == 0 {
		t.Errorf("error %v, %d failures", err, len(failed))
	}
}

// Data are told apart by what they are, not by where they lie.
func TestDigest(t *testing.T) {
	digest := func(path string, change func(o *Options)) string {
		t.Helper()
		o := options()
		if change != nil {
			change(&o)
		}
		text, err := open(t, path, o).Digest()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := digest(clean(t), nil)
	if again := digest(clean(t), func(o *Options) { o.Batch, o.Seed, o.Workers = 2, 9, 1 }); again != first {
		t.Error("the digest depends on what does not change the views")
	}
	seen := map[string]string{first: "videos"}
	for name, text := range map[string]string{
		"other videos": digest(hurt(t), nil), "shards": digest(shardsOf(t, "raw"), nil), "shards stored otherwise": digest(shardsOf(t, "lz4"), nil),
		"fewer frames": digest(clean(t), func(o *Options) { o.Frames = 5 }), "another stride": digest(clean(t), func(o *Options) { o.Stride = 2 }),
	} {
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[text] = name
	}
}
