package corrupt

import (
	"fmt"
	"slices"
	"sync"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
)

// Config configures every corruption.
type Config struct {
	Severity int `yaml:"severity" legal:"1..5" doc:"1 is hardly seen, 5 hardly recognised"`
}

// Info describes a corruption.
type Info struct {
	Name  string // such as fog; as a transform it is called [Prefix] and the name
	Group string // noise, blur, weather, digital, temporal, camera or stream
	Set   string // [ImageNetC], [ImageNetCExtra] or [Video]
	// Uneven says why the measured distortion need not grow with severity; empty where it does.
	Uneven string
	// Frames is the fewest frames of a view for which it is defined; 0 and 1: any. What needs more than one is about motion, and leaves a
	// clip as it is in which nothing moves.
	Frames   int
	Fixed    bool // nothing is drawn: it does the same whatever the clip and the seed
	Changing bool // what it does to a frame depends on the frame's place in the view; else all frames get the same
	Source   bool // it is done by the decoder, and so takes a video, not a stored clip
}

// The sets of corruptions.
const (
	ImageNetC      = "imagenet-c"       // the 15 of Hendrycks and Dietterich, arXiv 1903.12261
	ImageNetCExtra = "imagenet-c-extra" // their 4 for validation
	Video          = "video"            // those of time, camera and transmission
)

// Prefix is what the names of transforms begin with.
const Prefix = "corrupt_"

// entry is a corruption in the table.
type entry struct {
	Info
	add func(r *augment.Registry)
	new func(severity int) augment.Transform
}

// of makes an entry. The spec's name is set from the info's.
func of[P any](i Info, s augment.Spec[Config, P]) entry {
	s.Name = Prefix + i.Name
	s.Default = Config{Severity: 3}
	return entry{i, func(r *augment.Registry) { augment.Add(r, s) }, func(severity int) augment.Transform { return s.With(Config{severity}) }}
}

// more is what other packages have added to the table.
var more struct {
	sync.RWMutex
	entries []entry
}

// table is all corruptions, in the order of tables and reports.
func table() []entry {
	more.RLock()
	defer more.RUnlock()
	return slices.Concat(noises, blurs, weathers, digitals, temporals, cameras, streams, more.entries)
}

// Add adds a corruption to the table, for [Register] to register: what needs more than this package does, such as codecs. It panics
// if the name is taken, and must be called before Register.
func Add[P any](i Info, s augment.Spec[Config, P]) {
	if slices.ContainsFunc(table(), func(e entry) bool { return e.Name == i.Name }) {
		panic("corrupt: the name " + i.Name + " is taken")
	}
	more.Lock()
	defer more.Unlock()
	more.entries = append(more.entries, of(i, s))
}

var once sync.Once

// Register adds the corruptions to the registry that configurations are read against, once, and declares for the conformance kit what [Info] says
// of them.
func Register() {
	once.Do(func() {
		for _, e := range table() {
			e.add(augment.Default())
			augmenttest.Declare(augmenttest.Opt{Name: Prefix + e.Name, Constant: e.Fixed, Temporal: e.Changing, MinFrames: e.Frames})
		}
	})
}

// List returns the corruptions of some sets, or of all, in the order of reports.
func List(sets ...string) []Info {
	var out []Info
	for _, e := range table() {
		if len(sets) == 0 || slices.Contains(sets, e.Set) {
			out = append(out, e.Info)
		}
	}
	return out
}

// New returns the corruption of that name, without the prefix. It must be registered by [Register] before plans of it are executed.
func New(name string, severity int) (augment.Transform, error) {
	if severity < 1 || severity > 5 {
		return nil, fmt.Errorf("corrupt: %s: severity %d, want 1 to 5", name, severity)
	}
	for _, e := range table() {
		if e.Name == name {
			return e.new(severity), nil
		}
	}
	return nil, fmt.Errorf("corrupt: no corruption is called %q", name)
}

// scale returns what constants that are lengths in pixels are multiplied by: ImageNet-C's are for frames of 224x224.
func scale(h, w int) float64 { return float64(min(h, w)) / 224 }
