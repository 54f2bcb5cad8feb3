// Package preprocess turns a listing of videos into shards of clips: the work behind the preprocess verb.
package preprocess

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/pipeline/shard"
)

// Config is everything that decides which pixels a run writes. Two runs with equal configurations over equal inputs write
// equal bytes. It is the YAML of --config, and what a run stores in its manifest.
type Config struct {
	Frames        int    `yaml:"frames" json:"frames"`                   // frames per clip, at least 1
	Stride        int    `yaml:"stride" json:"stride"`                   // every n-th frame of the video, at least 1
	Size          string `yaml:"size" json:"size"`                       // side of the square in pixels, or native
	Sampler       string `yaml:"sampler" json:"sampler"`                 // random, regular or uniform
	ClipsPerVideo int    `yaml:"clips_per_video" json:"clips_per_video"` // at least 1
	Views         int    `yaml:"views" json:"views"`                     // per clip, at least 1
	Seed          uint64 `yaml:"seed" json:"seed"`
	Store         string `yaml:"store" json:"store"` // raw, lz4 or zstd
}

// Default is the configuration without any flag.
func Default() Config {
	return Config{Frames: 16, Stride: 2, Size: "112", Sampler: "random", ClipsPerVideo: 1, Views: 1, Store: "raw"}
}

// Native as a size keeps each video's own.
const Native = "native"

var samplers = []string{"random", "regular", "uniform"}

// Read overlays the YAML of a file on c. Unknown keys are errors that name the line.
func (c *Config) Read(path string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	var given map[string]any // what is there, before it becomes numbers and strings
	d := yaml.NewDecoder(bytes.NewReader(b))
	if err := d.Decode(&given); err != nil && !errors.Is(err, io.EOF) {
		return c.bad(path, err)
	}
	if err := d.Decode(&given); !errors.Is(err, io.EOF) {
		return fmt.Errorf("config %s: more than one document", path)
	}
	for key, v := range given {
		if f, ok := v.(float64); ok {
			return fmt.Errorf("config %s: %s is %v, want a whole number", path, key, f)
		}
	}
	if len(given) == 0 { // empty, or comments only
		return nil
	}
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(c); err != nil {
		return c.bad(path, err)
	}
	return nil
}

// bad describes an error of the YAML decoder with the keys that may be given.
func (c *Config) bad(path string, err error) error {
	return fmt.Errorf("config %s: %s\n(keys: frames, stride, size, sampler, clips_per_video, views, seed, store)", path, strings.TrimSpace(yaml.FormatError(err, false, true)))
}

// Check returns an error that names every field out of range, its value and the legal ones.
func (c Config) Check() error {
	var errs []error
	within := func(name string, v, lo, hi int) {
		if v < lo || v > hi {
			errs = append(errs, fmt.Errorf("%s is %d, want %d to %d", name, v, lo, hi))
		}
	}
	within("frames", c.Frames, 1, 4096)
	within("stride", c.Stride, 1, 1<<20)
	within("clips_per_video", c.ClipsPerVideo, 1, 1<<20)
	within("views", c.Views, 1, 64)
	if c.Size != Native {
		n, err := strconv.Atoi(c.Size)
		if err != nil || n < 8 || n > 4096 {
			errs = append(errs, fmt.Errorf("size is %q, want %q or a number of pixels from 8 to 4096", c.Size, Native))
		}
	}
	if n := int64(c.Frames) * int64(c.side()) * int64(c.side()) * clip.Channels; n > clip.MaxBytes {
		errs = append(errs, fmt.Errorf("%d frames of %s pixels squared are %d bytes, want at most %d", c.Frames, c.Size, n, clip.MaxBytes))
	}
	if !slices.Contains(samplers, c.Sampler) {
		errs = append(errs, fmt.Errorf("sampler is %q, want one of %s", c.Sampler, strings.Join(samplers, ", ")))
	}
	if _, err := shard.ParseCompression(c.Store); err != nil {
		errs = append(errs, fmt.Errorf("store is %q, want one of %s", c.Store, strings.Join(shard.CompressionNames(), ", ")))
	}
	return errors.Join(errs...)
}

// side returns the side of the square in pixels, 0 for native.
func (c Config) side() int {
	n, _ := strconv.Atoi(c.Size)
	return n
}

func (c Config) planner() augment.Planner {
	p := augment.Planner{Seed: c.Seed, Views: c.Views, Size: c.side()}
	switch c.Sampler {
	case "regular":
		p.Sampler = clip.RegularClips{Frames: c.Frames, Stride: c.Stride}
	case "uniform":
		p.Sampler = clip.UniformFrames{Frames: c.Frames, Random: true}
	default:
		p.Sampler = clip.RandomClips{Frames: c.Frames, Stride: c.Stride}
	}
	return p
}
