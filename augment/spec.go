package augment

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"

	"vidcsl/decode/clip"
	"vidcsl/pipeline/config"
)

// Skip is returned by a Draw whose transform is not to be applied to this view.
var Skip = errors.New("augment: not applied")

// Spec describes a transform: what a user may set (C, a struct with the tags of package config) and what is drawn for one
// view (P, which JSON holds without loss). Exactly one of Plan, Color and Apply says what the parameters do.
//
// The functions must depend on their arguments alone and are called by several goroutines at once.
type Spec[C, P any] struct {
	Name    string // snake_case, as in YAML
	Summary string // one line
	Doc     string // formula, ranges, source
	Default C      // what is not set in a configuration
	Sizes   bool   // Plan sets the size of the view
	Joint   bool   // rng is the same for all views of a sample

	// Draw makes every random choice for one view. It may read d and must not change it. It returns [Skip] where the view is
	// left as it is.
	Draw func(c C, rng *rand.Rand, d *Draft) (P, error)

	// Plan changes which frames are shown, or the region, size or mirroring: work that the decoder does.
	Plan func(p P, d *Draft) error
	// Color returns the matrix that is applied to every pixel of the view. mean returns the mean red, green and blue of its
	// pixels, at the cost of a pass over them.
	Color func(p P, mean func() [3]float64) ColorMatrix
	// Apply changes the pixels in place. It must not keep f or its pixels, and not change the shape.
	Apply func(p P, f *Frames) error
}

// ParamsChecker is implemented by parameters that have rules. What is drawn keeps them; what stands in a stored plan is checked
// before it is used.
type ParamsChecker interface{ CheckParams() error }

// ColorMatrix maps red, green, blue (0 to 255) and 1 to red, green and blue.
type ColorMatrix [3][4]float64

// Transform is a spec with its configuration, ready for a pipeline. [Spec.With], [Compose], [OneOf] and [Sometimes] make
// them. It is read-only and safe for concurrent use.
type Transform interface {
	Name() string
	// Config returns what the transform is configured with, for printing.
	Config() any
	// check returns what is wrong with the configuration.
	check(path string) error
	// draw draws for one view and adds to the draft.
	draw(d *Draft) error
	// walk visits the transform and those within it, in order.
	walk(visit func(Transform))
}

// With returns the transform with a configuration. A wrong one is reported when a pipeline is made of it.
func (s Spec[C, P]) With(c C) Transform { return &leaf[C, P]{&s, c} }

type leaf[C, P any] struct {
	spec *Spec[C, P]
	c    C
}

func (l *leaf[C, P]) Name() string               { return l.spec.Name }
func (l *leaf[C, P]) Config() any                { return l.c }
func (l *leaf[C, P]) check(path string) error    { return config.Check(path, &l.c) }
func (l *leaf[C, P]) walk(visit func(Transform)) { visit(l) }
func (l *leaf[C, P]) sizes() bool                { return l.spec.Sizes }
func (l *leaf[C, P]) joint() bool                { return l.spec.Joint }

func (l *leaf[C, P]) draw(d *Draft) error {
	s := l.spec
	rng := d.rand(s.Name, s.Joint)
	p, err := guard(func() (P, error) { return s.Draw(l.c, rng, d) })
	switch {
	case errors.Is(err, Skip):
		return nil
	case err != nil:
		return d.failed(s.Name, err)
	case s.Plan != nil:
		_, err = guard(func() (struct{}, error) { return struct{}{}, s.Plan(p, d) })
	default:
		err = d.addOp(s.Name, p)
	}
	if err != nil {
		return d.failed(s.Name, err)
	}
	return nil
}

// entry is a spec without its types, as the registry keeps it.
type entry interface {
	info() Info
	with(n *config.Node) (Transform, error)
	compile(op clip.Op) (step, error)
}

// Info describes a registered transform.
type Info struct {
	Name, Summary, Doc string
	Default            any    // the configuration without any setting
	Kind               string // "plan", "color" or "pixels"
	Sizes, Joint       bool
	Params             []string // the JSON names of what is drawn, in order
}

func (s *Spec[C, P]) info() Info {
	i := Info{Name: s.Name, Summary: s.Summary, Doc: s.Doc, Default: s.Default, Kind: "pixels", Sizes: s.Sizes, Joint: s.Joint, Params: jsonNames(reflect.TypeFor[P]())}
	switch {
	case s.Plan != nil:
		i.Kind = "plan"
	case s.Color != nil:
		i.Kind = "color"
	}
	return i
}

func (s *Spec[C, P]) with(n *config.Node) (Transform, error) {
	c := s.Default
	if n != nil {
		if err := config.Decode(n, &c); err != nil {
			return nil, err
		}
	}
	return s.With(c), nil
}

func (s *Spec[C, P]) compile(op clip.Op) (step, error) {
	p, err := paramsOf[P](op)
	if err != nil {
		return step{}, err
	}
	if c, ok := any(p).(ParamsChecker); ok {
		if err := c.CheckParams(); err != nil {
			return step{}, fmt.Errorf("augment: the parameters of %s: %w", s.Name, err)
		}
	}
	st := step{name: s.Name}
	switch {
	case s.Color != nil:
		st.color = func(mean func() [3]float64) ColorMatrix { return s.Color(p, mean) }
	case s.Apply != nil:
		st.apply = func(f *Frames) error { return s.Apply(p, f) }
	default:
		return step{}, fmt.Errorf("augment: %s changes the plan, not the pixels", s.Name)
	}
	return st, nil
}

// valid panics for a spec that is no transform: a mistake of the program, found when it registers.
func (s *Spec[C, P]) valid() {
	set := 0
	for _, f := range []bool{s.Plan != nil, s.Color != nil, s.Apply != nil} {
		if f {
			set++
		}
	}
	switch {
	case !nameForm.MatchString(s.Name):
		panic(fmt.Sprintf("augment: transform name %q, want lower case letters, digits and _, beginning with a letter", s.Name))
	case s.Summary == "":
		panic(fmt.Sprintf("augment: %s has no summary", s.Name))
	case s.Draw == nil || set != 1:
		panic(fmt.Sprintf("augment: %s needs Draw, and one of Plan, Color and Apply", s.Name))
	case reflect.TypeFor[C]().Kind() != reflect.Struct || reflect.TypeFor[P]().Kind() != reflect.Struct:
		panic(fmt.Sprintf("augment: the configuration and parameters of %s are %v and %v, want structs", s.Name, reflect.TypeFor[C](), reflect.TypeFor[P]()))
	}
	if err := config.Check(s.Name, &s.Default); err != nil {
		panic(fmt.Sprintf("augment: the defaults of %s: %v", s.Name, err))
	}
}
