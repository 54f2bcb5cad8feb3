package config

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule is a legal tag.
type rule struct {
	lo, hi         *bound // of numbers
	choices        []string
	ascending      bool
	minLen, maxLen *int // of slices and strings: least and most
}

// bound is one end of an interval, in the type of the field.
type bound struct {
	text string
	open bool
	v    number
}

// number is a value of any numeric kind: one of the three.
type number struct {
	i int64
	u uint64
	f float64
}

var interval = regexp.MustCompile(`^([(\[]?)([^()\[\]|]*?)\.\.([^()\[\]|]*)([)\]]?)$`)

// parseLegal reads the tag of a field whose innermost elements are of type scalar.
func parseLegal(tag string, t, scalar reflect.Type) (*rule, error) {
	r := &rule{}
	if tag == "" {
		return r, nil
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(tag, ",") {
		part = strings.TrimSpace(part)
		kind := "the values"
		var err error
		if bounds, ok := strings.CutPrefix(part, "len="); ok {
			kind, err = "len", r.parseLen(bounds, t)
		} else if part == "ascending" {
			kind, r.ascending = part, true
			if !isNumeric(scalar) || t.Kind() != reflect.Array && t.Kind() != reflect.Slice {
				err = fmt.Errorf("ascending is for lists of numbers")
			}
		} else {
			err = r.parseValues(part, scalar)
		}
		if err != nil {
			return nil, err
		}
		if seen[kind] {
			return nil, fmt.Errorf("%s are given twice", kind)
		}
		seen[kind] = true
	}
	return r, nil
}

func (r *rule) parseLen(s string, t reflect.Type) error {
	if k := t.Kind(); k != reflect.Slice && k != reflect.String {
		return fmt.Errorf("len= is for slices and strings")
	}
	lo, hi, ok := strings.Cut(s, "..")
	if !ok {
		lo, hi = s, s
	}
	for _, end := range []struct {
		text string
		to   **int
	}{{lo, &r.minLen}, {hi, &r.maxLen}} {
		if end.text == "" {
			continue
		}
		n, err := strconv.Atoi(end.text)
		if err != nil || n < 0 {
			return fmt.Errorf("len=%s is not a range of lengths", s)
		}
		*end.to = &n
	}
	if r.minLen == nil && r.maxLen == nil || r.minLen != nil && r.maxLen != nil && *r.minLen > *r.maxLen {
		return fmt.Errorf("len=%s is empty", s)
	}
	return nil
}

func (r *rule) parseValues(s string, t reflect.Type) error {
	if m := interval.FindStringSubmatch(s); m != nil && isNumeric(t) {
		for _, end := range []struct {
			text string
			open bool
			to   **bound
		}{{m[2], m[1] == "(", &r.lo}, {m[3], m[4] == ")", &r.hi}} {
			if end.text == "" {
				continue
			}
			v, err := parseNumber(end.text, t)
			if err != nil {
				return fmt.Errorf("%q is not a bound for %s", end.text, t)
			}
			*end.to = &bound{end.text, end.open, v}
		}
		if r.lo == nil && r.hi == nil {
			return fmt.Errorf("%q has no bound", s)
		}
		if r.lo != nil && r.hi != nil {
			if c := compare(t, r.lo.v, r.hi.v); c > 0 || c == 0 && (r.lo.open || r.hi.open) {
				return fmt.Errorf("%q is empty", s)
			}
		}
		return nil
	}
	r.choices = strings.Split(s, "|")
	for i, c := range r.choices {
		if c == "" || slices.Contains(r.choices[:i], c) {
			return fmt.Errorf("%q has an empty or a repeated choice", s)
		}
		if isNumeric(t) {
			if _, err := parseNumber(c, t); err != nil {
				return fmt.Errorf("%q is neither an interval nor a choice for %s", c, t)
			}
		}
	}
	if !isNumeric(t) && (t.Kind() != reflect.String || strings.Contains(s, "..")) {
		return fmt.Errorf("%q is not for %s", s, t)
	}
	return nil
}

func isNumeric(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Float64 && t.Kind() != reflect.Uintptr
}
func isInt(t reflect.Type) bool   { return t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64 }
func isUint(t reflect.Type) bool  { return t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64 }
func isFloat(t reflect.Type) bool { return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64 }

// parseNumber reads a decimal as type t. A float takes the nearest value, but not infinity, nor 0 for what is not 0.
func parseNumber(s string, t reflect.Type) (n number, err error) {
	if !isDecimal(s) || !isFloat(t) && !isWhole(s) {
		return n, strconv.ErrSyntax
	}
	switch s = strings.TrimPrefix(s, "+"); {
	case isInt(t):
		n.i, err = strconv.ParseInt(s, 10, t.Bits())
	case isUint(t):
		n.u, err = strconv.ParseUint(strings.Replace(s, "-0", "0", 1), 10, t.Bits())
		if strings.HasPrefix(s, "-") && s != "-0" {
			err = strconv.ErrRange
		}
	default:
		n.f, err = strconv.ParseFloat(s, t.Bits())
		if err == nil && n.f == 0 && !isZero(s) {
			err = strconv.ErrRange
		}
	}
	return n, err
}

func compare(t reflect.Type, a, b number) int {
	switch {
	case isInt(t):
		return cmp.Compare(a.i, b.i)
	case isUint(t):
		return cmp.Compare(a.u, b.u)
	default:
		return cmp.Compare(a.f, b.f)
	}
}

func numberOf(v reflect.Value) (n number) {
	switch t := v.Type(); {
	case isInt(t):
		n.i = v.Int()
	case isUint(t):
		n.u = v.Uint()
	default:
		n.f = v.Float()
	}
	return n
}

// allows reports whether a scalar is within the rule.
func (r *rule) allows(v reflect.Value) bool {
	t := v.Type()
	if t.Kind() == reflect.String {
		return r.choices == nil || slices.Contains(r.choices, v.String())
	}
	if !isNumeric(t) {
		return true
	}
	n := numberOf(v)
	if math.IsNaN(n.f) || math.IsInf(n.f, 0) {
		return false
	}
	for _, c := range r.choices {
		if m, err := parseNumber(c, t); err == nil && compare(t, n, m) == 0 {
			return true
		}
	}
	if r.choices != nil {
		return false
	}
	if r.lo != nil {
		if c := compare(t, n, r.lo.v); c < 0 || c == 0 && r.lo.open {
			return false
		}
	}
	if r.hi != nil {
		if c := compare(t, n, r.hi.v); c > 0 || c == 0 && r.hi.open {
			return false
		}
	}
	return true
}

// allowsLen reports whether a slice or string may have n elements.
func (r *rule) allowsLen(n int) bool {
	return (r.minLen == nil || n >= *r.minLen) && (r.maxLen == nil || n <= *r.maxLen)
}
