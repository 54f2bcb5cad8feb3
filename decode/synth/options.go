package synth

import (
	"errors"
	"fmt"
	"math"
)

// ErrNotEmpty is returned, wrapped with the path, when the output directory already holds something.
var ErrNotEmpty = errors.New("directory is not empty")

// OptionError says which field of Options is out of range.
type OptionError struct {
	Field string // name of the field, for example "Size"
	Value any    // what it held
	Legal string // what it may hold, in words
}

func (e *OptionError) Error() string {
	return fmt.Sprintf("synth: option %s is %v: want %s", e.Field, e.Value, e.Legal)
}

// Options says what Render makes. Every field takes part in the bytes except Workers.
// FPS, GOP and Workers of 0 mean their defaults; the other fields have no zero default, start from DefaultOptions.
type Options struct {
	Classes        int        // how many classes, 1 to MaxClasses, taken from the front of Classes()
	VideosPerClass int        // videos of each class, 1 to 100000
	Seconds        float64    // length of a video; rounded to whole frames, at least one, at most an hour
	Size           int        // width and height in pixels, even, 32 to 1024
	FPS            int        // frames per second, 1 to 240; 0 means 25
	GOP            int        // frames from one keyframe to the next, 1 to 600; 0 means 12
	Seed           uint64     // every value is legal
	Difficulty     Difficulty // Easy: bright shapes on dark, both with faint textures; Hard (and "") as drawn. The dice are the same
	Workers        int        // videos made at the same time, 1 to 1024; 0 means one per CPU; does not change the bytes
}

// DefaultOptions returns what `vidcsl synth` renders without flags: 10 classes of 30 videos, 4 s of 128x128 at 25 frames/s.
func DefaultOptions() Options {
	return Options{Classes: 10, VideosPerClass: 30, Seconds: 4, Size: 128, FPS: 25, GOP: 12, Seed: 1}
}

// Frames returns the number of frames of each video.
func (o Options) Frames() int {
	return int(math.Round(o.Seconds * float64(o.withDefaults().FPS)))
}

// Check returns an *OptionError for the first field that is out of range, else nil.
func (o Options) Check() error {
	o = o.withDefaults()
	for _, f := range []struct {
		name      string
		v, lo, hi int
	}{
		{"Classes", o.Classes, 1, MaxClasses},
		{"VideosPerClass", o.VideosPerClass, 1, 100000},
		{"Size", o.Size, 32, 1024},
		{"FPS", o.FPS, 1, 240},
		{"GOP", o.GOP, 1, 600},
		{"Workers", o.Workers, 0, 1024},
	} {
		if f.v < f.lo || f.v > f.hi {
			return &OptionError{f.name, f.v, fmt.Sprintf("%d to %d", f.lo, f.hi)}
		}
	}
	if o.Size%2 != 0 {
		return &OptionError{"Size", o.Size, "an even number from 32 to 1024"}
	}
	if o.Difficulty != "" && o.Difficulty != Easy && o.Difficulty != Hard {
		return &OptionError{"Difficulty", fmt.Sprintf("%q", string(o.Difficulty)), "easy or hard"}
	}
	if !(o.Seconds > 0 && o.Seconds <= 3600) { // written so that NaN fails
		return &OptionError{"Seconds", o.Seconds, "more than 0, at most 3600"}
	}
	if o.Frames() < 1 {
		return &OptionError{"Seconds", o.Seconds, fmt.Sprintf("at least one frame, %g at %d frames/s", 1/float64(o.FPS), o.FPS)}
	}
	return nil
}

func (o Options) withDefaults() Options {
	if o.FPS == 0 {
		o.FPS = 25
	}
	if o.GOP == 0 {
		o.GOP = 12
	}
	return o
}
