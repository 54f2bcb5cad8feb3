package config

import (
	"maps"
	"reflect"
	"strconv"
)

// Schema returns a JSON Schema (draft 2020-12) of the struct v, or of what v points to, with its values as the
// defaults. It can be encoded with encoding/json. A list of a type within itself is described once; deeper, any map
// passes.
func Schema(v any) map[string]any {
	p := deref(v)
	s := shapeOf(p.Type())
	out := s.schema(p, nil)
	out["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	if _, ok := out["title"]; !ok && s.t.Name() != "" {
		out["title"] = s.t.Name()
	}
	return out
}

// deref is the value behind a pointer, or the zero value of its type for nil.
func deref(v any) reflect.Value {
	p := reflect.ValueOf(v)
	for p.Kind() == reflect.Pointer {
		if p.IsNil() {
			p = reflect.Zero(p.Type().Elem())
		} else {
			p = p.Elem()
		}
	}
	return p
}

// schema describes s; within are the records around it.
func (s *shape) schema(v reflect.Value, within []*shape) map[string]any {
	out := map[string]any{}
	switch s.form {
	case hooked:
		if h, ok := addressed(v, reflect.TypeFor[Schemer]()).(Schemer); ok {
			out = maps.Clone(h.ConfigSchema())
		}
	case boolean:
		out["type"] = "boolean"
	case numeric:
		s.numericSchema(out)
	case text:
		out["type"] = "string"
		s.choices(out)
		s.rule.sizes(out, "minLength", "maxLength")
	case list:
		out["type"] = "array"
		out["items"] = s.elem.schema(reflect.Zero(s.elem.t), within)
		if s.t.Kind() == reflect.Array {
			out["minItems"], out["maxItems"] = s.t.Len(), s.t.Len()
		}
		s.rule.sizes(out, "minItems", "maxItems")
	case record:
		out["type"] = "object"
		for _, w := range within {
			if w.t == s.t {
				return out
			}
		}
		properties, required := map[string]any{}, []string{}
		for _, f := range s.fields {
			fv := v.FieldByIndex(f.index)
			p := f.shape.schema(fv, append(within, s))
			if f.doc != "" {
				p["description"] = f.doc
			}
			c := checker{missing: true}
			c.value(f.name, f.shape, fv)
			switch {
			case len(c.errs) > 0 && f.shape.form != record:
				required = append(required, f.name)
			case f.shape.form != record:
				if n, err := encode(fv, 0); err == nil {
					p["default"] = n.goValue()
				}
			}
			properties[f.name] = p
		}
		out["properties"], out["additionalProperties"] = properties, false
		if len(required) > 0 {
			out["required"] = required
		}
	}
	return out
}

func (s *shape) numericSchema(out map[string]any) {
	out["type"] = "integer"
	lo, hi := s.rule.lo, s.rule.hi
	if isFloat(s.t) {
		out["type"] = "number"
	} else if s.rule.choices == nil {
		least, most := limits(s.t)
		if lo == nil && (isUint(s.t) || s.t.Bits() < 64) {
			lo = least
		}
		if hi == nil && s.t.Bits() < 64 {
			hi = most
		}
	}
	s.choices(out)
	for _, b := range []struct {
		*bound
		closed, open string
	}{{lo, "minimum", "exclusiveMinimum"}, {hi, "maximum", "exclusiveMaximum"}} {
		if b.bound != nil && b.bound.open {
			out[b.open] = plainNumber(b.text)
		} else if b.bound != nil {
			out[b.closed] = plainNumber(b.text)
		}
	}
}

func (s *shape) choices(out map[string]any) {
	if s.rule.choices == nil {
		return
	}
	enum := make([]any, len(s.rule.choices))
	for i, c := range s.rule.choices {
		enum[i] = c
		if s.form == numeric {
			enum[i] = plainNumber(c)
		}
	}
	out["enum"] = enum
}

func (r *rule) sizes(out map[string]any, least, most string) {
	if r.minLen != nil {
		out[least] = *r.minLen
	}
	if r.maxLen != nil {
		out[most] = *r.maxLen
	}
}

// plainNumber is a decimal as the Go type that holds it.
func plainNumber(s string) any {
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return i
	}
	if u, err := strconv.ParseUint(s, 10, 64); err == nil {
		return u
	}
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

// goValue is n as encoding/json would give it, but with whole numbers as such.
func (n *Node) goValue() any {
	switch {
	case n.kind == KindScalar && n.IsNumber():
		return plainNumber(n.text)
	case n.kind == KindScalar && n.plain && isBool(n.text):
		return isTrue(n.text)
	case n.kind == KindScalar:
		return n.text
	case n.kind == KindList:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = item.goValue()
		}
		return out
	case n.kind == KindMap:
		out := make(map[string]any, len(n.items))
		for k, v := range n.Entries() {
			out[k] = v.goValue()
		}
		return out
	}
	return nil
}
