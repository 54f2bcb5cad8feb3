package config

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// words says what is legal for a value of this shape: "a whole number from 1 to 64".
func (s *shape) words() string { return s.wordsWithin(s.rule.lo, s.rule.hi) }

// wordsWithin is words with other bounds.
func (s *shape) wordsWithin(lo, hi *bound) string {
	switch s.form {
	case boolean:
		return "true or false"
	case numeric:
		if s.rule.choices != nil {
			return oneOf(s.rule.choices)
		}
		noun := "a whole number"
		if isFloat(s.t) {
			noun = "a number"
		} else if s.t.Bits() < 64 || isUint(s.t) { // the limits of a large type are not worth a word
			least, most := limits(s.t)
			if lo == nil && (isUint(s.t) || s.t.Bits() < 64) {
				lo = least
			}
			if hi == nil && s.t.Bits() < 64 {
				hi = most
			}
		}
		return noun + between(lo, hi)
	case text:
		switch {
		case s.rule.choices != nil:
			return oneOf(s.rule.choices)
		case s.rule.minLen != nil || s.rule.maxLen != nil:
			return "text of " + s.rule.lengths("character")
		}
		return "text"
	case list:
		return "a list" + s.ofWhat()
	case record:
		return "a map"
	default:
		return "a value"
	}
}

// ofWhat continues "a list": " of 2 numbers, each from 0 to 1, ascending".
func (s *shape) ofWhat() string {
	out, n := " of ", 2
	if s.t.Kind() == reflect.Array {
		n = s.t.Len()
		out += strconv.Itoa(n) + " "
	} else if r := s.rule; r.minLen != nil || r.maxLen != nil {
		out += r.lengths("") + " "
		if r.maxLen != nil && r.minLen != nil && *r.minLen == *r.maxLen {
			n = *r.minLen
		}
	}
	e := s.elem
	out += e.noun(n != 1)
	switch {
	case e.form == numeric && e.rule.choices == nil && (e.rule.lo != nil || e.rule.hi != nil):
		out += ", each" + between(e.rule.lo, e.rule.hi)
	case e.form <= text && e.rule.choices != nil:
		out += ", each " + oneOf(e.rule.choices)
	}
	if s.rule.ascending && e.form == numeric {
		out += ", ascending"
	}
	return out
}

// noun names a type without its limits.
func (s *shape) noun(plural bool) string {
	one, many := "value", "values"
	switch s.form {
	case boolean:
		return "true or false"
	case numeric:
		one, many = "number", "numbers"
		if !isFloat(s.t) {
			one, many = "whole number", "whole numbers"
		}
	case text:
		one, many = "text", "texts"
	case list:
		one, many = "list", "lists"
	case record:
		one, many = "map", "maps"
	case hooked:
		if h, ok := addressed(reflect.Zero(s.t), reflect.TypeFor[Schemer]()).(Schemer); ok {
			if title, ok := h.ConfigSchema()["title"].(string); ok {
				one, many = title, title+"s"
			}
		}
	}
	if plural {
		return many
	}
	return one
}

// lengths is "2", "1 to 8", "at least 1" or "at most 8", with a unit if there is one.
func (r *rule) lengths(unit string) string {
	out, n := "", 2
	switch {
	case r.maxLen == nil:
		out, n = fmt.Sprintf("at least %d", *r.minLen), *r.minLen
	case r.minLen == nil || *r.minLen == 0 && *r.maxLen > 0:
		out, n = fmt.Sprintf("at most %d", *r.maxLen), *r.maxLen
	case *r.minLen == *r.maxLen:
		out, n = strconv.Itoa(*r.minLen), *r.minLen
	default:
		out = fmt.Sprintf("%d to %d", *r.minLen, *r.maxLen)
	}
	if unit == "" {
		return out
	}
	if n != 1 {
		unit += "s"
	}
	return out + " " + unit
}

func between(lo, hi *bound) string {
	switch {
	case lo != nil && hi != nil && !lo.open && !hi.open:
		return " from " + lo.text + " to " + hi.text
	case lo != nil && hi != nil:
		return atLeast(lo) + " and" + strings.Replace(atMost(hi), " of", "", 1)
	case lo != nil:
		return atLeast(lo)
	case hi != nil:
		return atMost(hi)
	}
	return ""
}

func atLeast(b *bound) string {
	if b.open {
		return " above " + b.text
	}
	return " of at least " + b.text
}

func atMost(b *bound) string {
	if b.open {
		return " below " + b.text
	}
	return " of at most " + b.text
}

// limits are the least and the greatest value of a numeric type.
func limits(t reflect.Type) (lo, hi *bound) {
	switch bits := t.Bits(); {
	case isInt(t):
		most := int64(math.MaxInt64) >> (64 - bits)
		return &bound{text: strconv.FormatInt(-most-1, 10)}, &bound{text: strconv.FormatInt(most, 10)}
	case isUint(t):
		return &bound{text: "0"}, &bound{text: strconv.FormatUint(math.MaxUint64>>(64-bits), 10)}
	case bits == 32:
		return &bound{text: "-3.4e38"}, &bound{text: "3.4e38"}
	default:
		return &bound{text: "-1.7e308"}, &bound{text: "1.7e308"}
	}
}
