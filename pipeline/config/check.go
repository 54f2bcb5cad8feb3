package config

import (
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// Check tests a value that was made in Go against the legal tags and the Checkers of its type, as [Decode] does. v is
// what Decode takes, or the value itself. path is put in front of the paths in messages; it may be empty. The error is
// an [Errors].
func Check(path string, v any) error {
	p := reflect.ValueOf(v)
	for p.Kind() == reflect.Pointer && !p.IsNil() {
		p = p.Elem()
	}
	if !p.IsValid() || p.Kind() == reflect.Pointer {
		panic(fmt.Sprintf("config: Check of %T, want a struct", v))
	}
	c := checker{}
	c.value(path, shapeOf(p.Type()), p)
	return c.errs.result()
}

type checker struct {
	errs    Errors
	file    string
	line    int
	missing bool // the values were not given: a zero is missing
}

func (c *checker) bad(path, want string, v reflect.Value) {
	value := ""
	switch n, err := encode(v, 0); {
	case c.missing && (v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0):
		value = "missing"
	case v.Kind() == reflect.String:
		value = quote(v.String())
	case err != nil:
		value = shorten(fmt.Sprint(v.Interface()))
	case n.kind == KindList && n.flat():
		value = shorten(flow(n))
	default:
		value = n.shown()
	}
	c.errs.add(&Error{File: c.file, Line: c.line, Path: path, Value: value, Want: want})
}

func (c *checker) value(path string, s *shape, v reflect.Value) {
	before := len(c.errs)
	switch s.form {
	case numeric:
		if !s.rule.allows(v) {
			c.bad(path, s.words(), v)
		}
	case text:
		if str := v.String(); !utf8.ValidString(str) {
			c.bad(path, "UTF-8", v)
		} else if !s.rule.allows(v) || !s.rule.allowsLen(utf8.RuneCountInString(str)) {
			c.bad(path, s.words(), v)
		}
	case list:
		if !s.rule.allowsLen(v.Len()) || c.missing && s.t.Kind() == reflect.Array && v.IsZero() && !elementsLegal(s, v) {
			c.bad(path, s.words(), v)
			return
		}
		for i := range v.Len() {
			c.value(fmt.Sprintf("%s[%d]", path, i), s.elem, v.Index(i))
		}
		if len(c.errs) == before && !ascends(s, v) {
			c.bad(path, s.words(), v)
		}
	case record:
		for _, f := range s.fields {
			c.value(joinPath(path, f.name), f.shape, v.FieldByIndex(f.index))
		}
	}
	if len(c.errs) == before {
		c.hooks(path, s, v)
	}
}

// hooks runs CheckConfig of v and of the structs embedded in it.
func (c *checker) hooks(path string, s *shape, v reflect.Value) {
	for _, index := range s.inline {
		c.hook(path, v.FieldByIndex(index))
	}
	c.hook(path, v)
}

func (c *checker) hook(path string, v reflect.Value) {
	if h, ok := addressed(v, checkerType).(Checker); ok {
		if err := h.CheckConfig(); err != nil {
			c.errs.addHook(err, c.file, c.line, path, true)
		}
	}
}

// elementsLegal reports whether a list passes, element by element.
func elementsLegal(s *shape, v reflect.Value) bool {
	c := checker{}
	for i := range v.Len() {
		c.value("", s.elem, v.Index(i))
	}
	return len(c.errs) == 0
}

// ascends reports whether a list is in the order that its rule asks for.
func ascends(s *shape, v reflect.Value) bool {
	if !s.rule.ascending || s.elem.form != numeric {
		return true
	}
	for i := 1; i < v.Len(); i++ {
		if compare(s.elem.t, numberOf(v.Index(i-1)), numberOf(v.Index(i))) > 0 {
			return false
		}
	}
	return true
}

// flat reports whether a list has scalars only.
func (n *Node) flat() bool {
	for _, item := range n.items {
		if item.kind != KindScalar {
			return false
		}
	}
	return true
}

// flow is a node on one line.
func flow(n *Node) string {
	var b strings.Builder
	writeFlow(&b, n)
	return b.String()
}
