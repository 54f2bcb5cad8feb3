package augmenttest

import (
	"iter"
	"maps"
	"slices"
	"sync"

	"vidcsl/augment"
)

// Opt names the transform to be checked, and says how it differs from most.
type Opt struct {
	// Name is the transform's, as registered.
	Name string
	// Registry has the transform; [augment.Default] if nil.
	Registry *augment.Registry
	// Settings are those under which the transform is checked; its defaults if nil. Set them if the defaults hardly ever
	// change a view.
	Settings map[string]any
	// Then are transforms that must follow it, such as a center_crop after one that makes views of another size than the run's.
	Then []augment.Transform
	// Constant says that nothing is drawn: all views get the same, whatever the key, the view and the seed.
	Constant bool
	// Temporal says that a frame's place in the view matters to what is done to its pixels, as for a fade or a flicker.
	Temporal bool
	// MinSide and MinFrames are the least height and width in pixels, and the least number of frames, that the transform can
	// work on. Below them it must return an error.
	MinSide, MinFrames int
}

// T is what [Run] needs of a test; *testing.T is one.
type T[S any] interface {
	Helper()
	Errorf(format string, args ...any)
	Skipf(format string, args ...any)
	Run(name string, f func(S)) bool
}

// Run checks the transform. Every check is a subtest:
//
//	docs                  name, summary, doc, and a doc for every field of the configuration
//	config strict         unknown keys and wrong types are errors that name path, value and what is legal
//	config round trip     the configuration as it is written reads back as the same transform
//	defaults              the configuration draws, and some views are changed
//	same seed             the same seed gives the same draws and the same bytes
//	other key             other keys, and other views of one key, draw something else
//	other seed            another seed draws something else
//	params survive JSON   what was drawn gives the same bytes after it was stored as JSON
//	shape kept            the shape of the view is kept, or is the run's if the spec says Sizes
//	in place              pixels are changed where they are, and nothing around them
//	same on all frames    a view without motion stays one
//	keeps no pixels       pixels are neither read nor written after Apply has returned
//	no state              a clip's pixels do not depend on the clips before it
//	input untouched       neither the clip that is read nor, by Draw, the metadata and the view is changed
//	workers               8 workers give what one gives, in order
//	odd sizes             odd sizes, one pixel, one frame, grey and black clips are no error
//	cancel                a cancelled run ends within a second with the cause
//	no leak               neither memory nor a goroutine is left after a success, a failure or a cancel
//	no panic              none of the above panics, nor the ends of the legal ranges
//
// A check that another's failure makes pointless is skipped, and says so.
func Run[S T[S]](t S, o Opt) {
	t.Helper()
	k := newKit(o)
	for _, c := range checks {
		t.Run(c.name, func(t S) {
			t.Helper()
			switch r := k.result(c.name); r.Status {
			case Failed:
				t.Errorf("%s: %s", o.Name, r.Text)
			case Skipped:
				t.Skipf("%s", r.Text)
			}
		})
	}
}

// Status is the outcome of a check.
type Status string

// The outcomes. A check is skipped if it says nothing about the transform.
const (
	Passed  Status = "ok"
	Failed  Status = "FAIL"
	Skipped Status = "skip"
)

// Result is what one check found.
type Result struct {
	Check  string
	Status Status
	Text   string // what is wrong, or why it was skipped
}

// Results runs the checks of [Run] one by one, without a test.
func Results(o Opt) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		k := newKit(o)
		for _, c := range checks {
			if !yield(k.result(c.name)) {
				return
			}
		}
	}
}

var (
	mu       sync.Mutex
	declared = map[string]Opt{
		"normalize":   {Name: "normalize", Constant: true},
		"resize":      {Name: "resize", Constant: true, Then: []augment.Transform{augment.CenterCrop.With(augment.CenterCrop.Default)}},
		"center_crop": {Name: "center_crop", Constant: true},
	}
)

// Declare says how a transform differs from most, for [Declared] to return. It belongs beside augment.Register. A second
// declaration takes the place of the first.
func Declare(o Opt) {
	mu.Lock()
	defer mu.Unlock()
	o.Settings = maps.Clone(o.Settings)
	declared[o.Name] = o
}

// Declared returns what was declared for a transform, and otherwise an Opt with its name.
func Declared(name string) Opt {
	mu.Lock()
	defer mu.Unlock()
	o, ok := declared[name]
	if !ok {
		return Opt{Name: name}
	}
	return o
}

// For returns the Opt of a transform: what was declared for its name, and a registry in which it is registered.
func For[C, P any](s augment.Spec[C, P]) Opt {
	o := Declared(s.Name)
	o.Registry = augment.Default()
	if _, err := o.Registry.Info(s.Name); err != nil {
		o.Registry = o.Registry.Clone()
		augment.Add(o.Registry, s)
	}
	return o
}

// Checks returns the names of the checks, in order.
func Checks() []string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.name
	}
	return slices.Clip(names)
}
