// Package preprocess turns a listing of videos into shards of clips: the work behind the preprocess verb.
package preprocess

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/decode/store"
	"vidcsl/pipeline/config"
	"vidcsl/pipeline/shard"
)

// Config is everything that decides which pixels a run writes. Two runs with equal configurations over equal inputs write
// equal bytes. It is the YAML of --config, and what a run stores in its manifest.
type Config struct {
	Frames        int              `yaml:"frames" legal:"1..4096" doc:"frames per clip"`
	Stride        int              `yaml:"stride" legal:"1..1048576" doc:"take every n-th frame of the video"`
	Size          Size             `yaml:"size" doc:"side of the square views in pixels, or native: each video's own size"`
	Sampler       string           `yaml:"sampler" legal:"random|regular|uniform" doc:"where clips begin; uniform takes one frame of each of as many segments as there are frames"`
	ClipsPerVideo int              `yaml:"clips_per_video" legal:"1..1048576" doc:"clips taken from each video"`
	Views         int              `yaml:"views" legal:"1..64" doc:"views per clip, each with frames and an augmentation of its own"`
	Seed          uint64           `yaml:"seed" doc:"seed of all that is drawn"`
	Store         string           `yaml:"store" legal:"raw|lz4|zstd|jpeg|h264" doc:"how pixels are stored; jpeg and h264 lose some"`
	Augment       augment.Pipeline `yaml:"augment" doc:"transforms of every view, in order"`
}

// Default is the configuration without any flag.
func Default() Config {
	return Config{Frames: 16, Stride: 2, Size: 112, Sampler: "random", ClipsPerVideo: 1, Views: 1, Store: "raw"}
}

// Size is the side of square views in pixels; 0 is each video's own size.
type Size int

// Native is the word for each video's own size.
const Native = "native"

// The sides that views may have, in pixels.
const minSide, maxSide = 8, 4096

const sizeWant = "native, or a whole number from 8 to 4096"

// ParseSize reads a side in pixels, or native.
func ParseSize(s string) (Size, error) {
	n, err := strconv.Atoi(s)
	switch {
	case s == Native:
		return 0, nil
	case err != nil || n < minSide || n > maxSide:
		return 0, fmt.Errorf("size is %q, want %s", s, sizeWant)
	}
	return Size(n), nil
}

// String returns the number of pixels, or native.
func (s Size) String() string {
	if s == 0 {
		return Native
	}
	return strconv.Itoa(int(s))
}

// Set implements pflag.Value.
func (s *Size) Set(text string) (err error) {
	*s, err = ParseSize(text)
	return err
}

// Type implements pflag.Value.
func (s *Size) Type() string { return "pixels" }

// DecodeConfig implements config.Decoder.
func (s *Size) DecodeConfig(n *config.Node) error {
	v, err := ParseSize(n.Text())
	if err != nil {
		return n.Want(sizeWant)
	}
	*s = v
	return nil
}

// EncodeConfig implements config.Encoder.
func (s Size) EncodeConfig() (any, error) {
	if s == 0 {
		return Native, nil
	}
	return int(s), nil
}

// ConfigSchema implements config.Schemer.
func (s Size) ConfigSchema() map[string]any {
	return map[string]any{"oneOf": []any{map[string]any{"const": Native}, map[string]any{"type": "integer", "minimum": minSide, "maximum": maxSide}}}
}

// Read overlays the YAML of a file on c. An error names every wrong place in it.
func (c *Config) Read(path string) error { return config.ReadFile(path, c) }

// CheckConfig implements config.Checker: what the fields together must keep to.
func (c *Config) CheckConfig() error {
	var errs []error
	if s := int64(c.Size); s != 0 && (s < minSide || s > maxSide) {
		errs = append(errs, &config.Error{Path: "size", Value: c.Size.String(), Want: sizeWant})
	}
	if n := int64(c.Frames) * int64(c.Size) * int64(c.Size) * clip.Channels; c.Frames > 0 && n > clip.MaxBytes {
		errs = append(errs, &config.Error{Value: fmt.Sprintf("%d frames of %vx%v pixels are %d bytes, want at most %d", c.Frames, c.Size, c.Size, n, clip.MaxBytes)})
	}
	if c.Size == 0 && c.Augment.Sizes() {
		errs = append(errs, &config.Error{Path: "size", Value: Native, Want: "a number, since a transform sets the size of the views"})
	}
	if err := errors.Join(errs...); err != nil || c.Augment.Len() == 0 {
		return err
	}
	if err := c.planner().Rehearse(); err != nil {
		return &config.Error{Path: "augment", Value: strings.TrimPrefix(err.Error(), "augment: ")}
	}
	return nil
}

// Check returns an error that names every field out of range, its value and the legal ones.
func (c Config) Check() error { return config.Check("", &c) }

// YAML returns the canonical text: every field, in order. Reading it gives c again.
func (c Config) YAML() ([]byte, error) { return config.Marshal(&c) }

// MarshalJSON returns the canonical configuration as JSON.
func (c Config) MarshalJSON() ([]byte, error) { return config.MarshalJSON(&c) }

// storage returns how the shards' buffers are compressed and how the pixels are coded before, "" as they are.
func (c Config) storage() (shard.Compression, store.Codec) {
	if codec, err := store.ParseCodec(c.Store); err == nil {
		return shard.Raw, codec
	}
	comp, _ := shard.ParseCompression(c.Store) // Check has seen to it
	return comp, ""
}

func (c Config) planner() augment.Planner {
	p := augment.Planner{Seed: c.Seed, Views: c.Views, Size: int(c.Size), Pipeline: c.Augment}
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

var _ json.Marshaler = Config{}
