package config

import (
	"reflect"
	"slices"
	"strings"
)

// Field describes one field of a struct for people.
type Field struct {
	Name    string // "views", "clip.frames", and "steps[].name" for lists of structs
	Type    string // "number", "whole number", "text", "true or false", "list of 2 numbers"
	Default string // as Marshal writes it, on one line
	Legal   string // "from 0 to 1", or "" where all values of the type are
	Doc     string
}

// Fields describes the struct v, or what v points to, with its values as the defaults.
func Fields(v any) []Field {
	p := deref(v)
	return appendFields(nil, "", shapeOf(p.Type()), p, nil)
}

func appendFields(out []Field, prefix string, s *shape, v reflect.Value, within []reflect.Type) []Field {
	if slices.Contains(within, s.t) {
		return out
	}
	within = append(within, s.t)
	for _, f := range s.fields {
		fv := v.FieldByIndex(f.index)
		name := prefix + f.name
		if f.shape.form == record {
			out = appendFields(out, name+".", f.shape, fv, within)
			continue
		}
		field := Field{Name: name, Type: f.shape.typeWords(), Legal: f.shape.legalWords(), Doc: f.doc}
		if n, err := encode(fv, 0); err == nil {
			field.Default = flow(n)
		}
		out = append(out, field)
		if f.shape.form == list && f.shape.elem.form == record {
			out = appendFields(out, name+"[].", f.shape.elem, reflect.Zero(f.shape.elem.t), within)
		}
	}
	return out
}

func (s *shape) typeWords() string {
	if s.form != list {
		return s.noun(false)
	}
	bare, elem := *s, *s.elem
	bare.rule, elem.rule = &rule{minLen: s.rule.minLen, maxLen: s.rule.maxLen}, &rule{}
	bare.elem = &elem
	return "list" + bare.ofWhat()
}

func (s *shape) legalWords() string {
	switch r := s.rule; s.form {
	case numeric:
		if r.choices != nil {
			return oneOf(r.choices)
		}
		return strings.TrimSpace(between(r.lo, r.hi))
	case text:
		if r.choices != nil {
			return oneOf(r.choices)
		}
		if r.minLen != nil || r.maxLen != nil {
			return r.lengths("character")
		}
	case list:
		out := s.elem.legalWords()
		if out != "" && s.elem.form != list {
			out = "each " + out
		}
		if r.ascending && s.elem.form == numeric {
			if out != "" {
				out += ", "
			}
			out += "ascending"
		}
		return out
	}
	return ""
}
