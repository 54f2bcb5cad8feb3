package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"unicode/utf8"
)

// Decode overlays n on *v, a struct that holds the defaults; fields that n does not name keep theirs. A list replaces
// the list that was there, and its elements start from zero; an empty list gives nil. A document that is empty changes
// nothing. v may also point to anything that a field may be.
//
// Errors, all in one [Errors]: unknown keys, wrong types (a float for a whole number, a text for a number or the
// reverse), numbers that the type cannot hold, null, values outside the legal tag, and fields that n does not name and
// whose zero value is not legal ("is missing"). After an error *v is as it was, except for what a hook changed behind
// pointers. Decode panics if the type of v cannot be configured.
func Decode(n *Node, v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		panic(fmt.Sprintf("config: Decode into %T, want a pointer to a struct", v))
	}
	d := decoder{}
	if n.parent == nil && n.absent { // nothing was written
		empty := *n
		empty.kind, empty.items = KindMap, nil
		if s := shapeOf(p.Type().Elem()); s.form == record {
			n = &empty
		}
	}
	d.value(n, shapeOf(p.Type().Elem()), p.Elem())
	return d.errs.result()
}

type decoder struct{ errs Errors }

// value decodes n into v, which keeps its value if that fails.
func (d *decoder) value(n *Node, s *shape, v reflect.Value) bool {
	before := len(d.errs)
	tmp := reflect.New(s.t).Elem()
	tmp.Set(v)
	switch s.form {
	case hooked:
		if err := tmp.Addr().Interface().(Decoder).DecodeConfig(n); err != nil {
			d.errs.addHook(err, n.file, n.line, n.Path(), false)
		}
	case record:
		d.record(n, s, tmp)
	case list:
		d.list(n, s, tmp)
	default:
		if err := scalar(n, s, tmp); err != nil {
			d.errs.add(err)
		}
	}
	if len(d.errs) == before {
		check := checker{file: n.file, line: n.line}
		check.hooks(n.Path(), s, tmp)
		for _, e := range check.errs {
			if e.File == n.file && e.Line == n.line {
				e.Line = n.find(e.Path).line
			}
			d.errs.add(e)
		}
	}
	if len(d.errs) > before {
		return false
	}
	v.Set(tmp)
	return true
}

func (d *decoder) record(n *Node, s *shape, v reflect.Value) {
	if n.kind != KindMap {
		d.errs.add(n.Want(s.words()))
		return
	}
	given := make(map[string]bool, len(n.items))
	for key, value := range n.Entries() {
		f := s.field(key)
		if f == nil {
			d.errs.add(value.unknownKey(s.names()))
			continue
		}
		given[key] = true
		d.value(value, f.shape, v.FieldByIndex(f.index))
	}
	for _, f := range s.fields {
		if !given[f.name] {
			check := checker{file: n.file, line: n.line, missing: true}
			check.value(joinPath(n.Path(), f.name), f.shape, v.FieldByIndex(f.index))
			for _, e := range check.errs {
				d.errs.add(e)
			}
		}
	}
}

func (d *decoder) list(n *Node, s *shape, v reflect.Value) {
	if n.kind != KindList {
		d.errs.add(n.Want(s.words()))
		return
	}
	length := len(n.items)
	if s.t.Kind() == reflect.Array && length != s.t.Len() || !s.rule.allowsLen(length) {
		d.errs.add(n.Want(s.words()))
		return
	}
	v.SetZero()
	if s.t.Kind() == reflect.Slice && length > 0 {
		v.Set(reflect.MakeSlice(s.t, length, length))
	}
	ok := true
	for i, item := range n.items {
		ok = d.value(item, s.elem, v.Index(i)) && ok
	}
	if ok && !ascends(s, v) {
		e := n.Want(s.words())
		e.Value = shorten(flow(n))
		d.errs.add(e)
	}
}

// scalar decodes a number, a text, or true or false.
func scalar(n *Node, s *shape, v reflect.Value) *Error {
	want := s.words()
	switch {
	case n.kind != KindScalar:
		return n.Want(want)
	case s.form == boolean:
		if !n.plain || !isBool(n.text) {
			return n.Want(want)
		}
		v.SetBool(isTrue(n.text))
		return nil
	case s.form == text:
		if !n.IsText() {
			if s.rule.choices == nil {
				want += fmt.Sprintf(" (in quotes: %s)", quote(n.text))
			}
			return n.Want(want)
		}
		if s.rule.choices != nil {
			want += DidYouMean(n.text, s.rule.choices)
		}
		v.SetString(n.text)
		if !s.rule.allowsLen(utf8.RuneCountInString(n.text)) {
			return n.Want(want)
		}
	default:
		if !n.IsNumber() {
			return n.Want(want)
		}
		num, err := parseNumber(n.text, s.t)
		switch {
		case err != nil && !isDecimal(n.text) && n.text[len(n.text)-1] <= '9':
			return n.Want(want + ", in decimal without leading zeros")
		case errors.Is(err, strconv.ErrRange):
			lo, hi := limits(s.t)
			if s.rule.lo != nil {
				lo = s.rule.lo
			}
			if s.rule.hi != nil {
				hi = s.rule.hi
			}
			if s.rule.choices == nil {
				want = s.wordsWithin(lo, hi)
			}
			return n.Want(want)
		case err != nil:
			return n.Want(want)
		case isInt(s.t):
			v.SetInt(num.i)
		case isUint(s.t):
			v.SetUint(num.u)
		default:
			v.SetFloat(num.f)
		}
	}
	if !s.rule.allows(v) {
		return n.Want(want)
	}
	return nil
}
