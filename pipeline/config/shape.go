package config

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// form is what this package sees in a Go type.
type form uint8

const (
	boolean form = iota
	numeric
	text
	list   // array or slice
	record // struct
	hooked // a type that decodes itself
)

// shape describes a type together with the legal tag of the field it is in.
type shape struct {
	t      reflect.Type
	form   form
	rule   *rule
	elem   *shape  // of a list
	fields []field // of a record, inlined
	inline [][]int // embedded structs that check themselves
}

type field struct {
	name, doc string
	index     []int
	omitEmpty bool
	shape     *shape
}

func (s *shape) names() []string {
	out := make([]string, len(s.fields))
	for i, f := range s.fields {
		out[i] = f.name
	}
	return out
}

func (s *shape) field(name string) *field {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i]
		}
	}
	return nil
}

var (
	decoderType = reflect.TypeFor[Decoder]()
	encoderType = reflect.TypeFor[Encoder]()
	checkerType = reflect.TypeFor[Checker]()

	shapes sync.Map // reflect.Type → *shape without a legal tag
)

func has(t, hook reflect.Type) bool { return reflect.PointerTo(t).Implements(hook) }

// shapeOf describes t, and panics if t or a tag in it cannot be used: that is a mistake in the program.
func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	m := maker{}
	s := m.make(t, t.String(), "")
	for t, s := range m {
		shapes.LoadOrStore(t, s)
	}
	shapes.LoadOrStore(t, s)
	return s
}

// recordOf describes the fields of a struct, also if it decodes itself.
func recordOf(t reflect.Type) *shape {
	if s := shapeOf(t); s.form == record {
		return s
	}
	return maker{}.record(t)
}

// maker holds the records under construction, for types that contain lists of themselves.
type maker map[reflect.Type]*shape

func (m maker) make(t reflect.Type, where, legal string) *shape {
	s := &shape{t: t, rule: &rule{}}
	scalar := t
	switch k := t.Kind(); {
	case has(t, decoderType):
		s.form = hooked
		if t.Kind() == reflect.Struct {
			for i := range t.NumField() {
				if f := t.Field(i); f.Anonymous && f.Type.Kind() != reflect.Interface && has(f.Type, decoderType) {
					panic(fmt.Sprintf("config: %s embeds %s, whose DecodeConfig would decode that part only: use a named field", where, f.Type))
				}
			}
		}
		if legal != "" {
			panic(fmt.Sprintf("config: %s: a type with DecodeConfig takes no legal tag", where))
		}
		return s
	case k == reflect.Bool:
		s.form = boolean
	case isNumeric(t):
		s.form = numeric
	case k == reflect.String:
		s.form = text
	case k == reflect.Array || k == reflect.Slice:
		s.form = list
		for scalar.Kind() == reflect.Array || scalar.Kind() == reflect.Slice {
			scalar = scalar.Elem()
		}
	case k == reflect.Struct:
		if legal != "" {
			panic(fmt.Sprintf("config: %s: a struct takes no legal tag", where))
		}
		return m.record(t)
	default:
		panic(fmt.Sprintf("config: %s: %s cannot be configured", where, t))
	}
	r, err := parseLegal(legal, t, scalar)
	if err != nil {
		panic(fmt.Sprintf("config: %s: legal tag %q: %v", where, legal, err))
	}
	s.rule = r
	if s.form == list {
		s.elem = m.make(t.Elem(), where, "")
		inner := *r
		if inner.minLen, inner.maxLen = nil, nil; s.elem.form <= list {
			e := *s.elem
			e.rule = &inner
			s.elem = &e
			for in := s.elem; in.form == list && in.elem.form <= list; in = in.elem {
				e := *in.elem
				e.rule = &inner
				in.elem = &e
			}
		}
	}
	return s
}

var fieldName = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

func (m maker) record(t reflect.Type) *shape {
	if s, ok := m[t]; ok {
		return s
	}
	s := &shape{t: t, form: record, rule: &rule{}}
	m[t] = s
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("yaml")
		where := t.Name() + "." + f.Name
		name, options, _ := strings.Cut(tag, ",")
		switch {
		case tag == "-" || !tagged && !f.IsExported() && !f.Anonymous:
			continue
		case f.Anonymous && (!tagged || name == "" && options == "inline"):
			if f.Type.Kind() != reflect.Struct || !f.IsExported() {
				panic(fmt.Sprintf("config: %s: only exported structs can be embedded", where))
			}
			in := m.record(f.Type)
			for _, g := range in.fields {
				g.index = append([]int{i}, g.index...)
				s.fields = append(s.fields, g)
			}
			for _, index := range in.inline {
				s.inline = append(s.inline, append([]int{i}, index...))
			}
			if has(f.Type, checkerType) {
				s.inline = append(s.inline, []int{i})
			}
			continue
		case !f.IsExported():
			panic(fmt.Sprintf("config: %s has a yaml tag but is not exported", where))
		case !fieldName.MatchString(name) || looksOther(name):
			panic(fmt.Sprintf("config: %s needs a tag such as yaml:\"frame_rate\", not %q", where, tag))
		case options != "" && options != "omitempty":
			panic(fmt.Sprintf("config: %s: yaml option %q, want omitempty", where, options))
		}
		s.fields = append(s.fields, field{
			name: name, doc: f.Tag.Get("doc"), index: []int{i}, omitEmpty: options == "omitempty",
			shape: m.make(f.Type, where, f.Tag.Get("legal")),
		})
	}
	names := s.names()
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			panic(fmt.Sprintf("config: %s has two fields %s", t, name))
		}
	}
	return s
}
