package augmenttest

import (
	"fmt"
	"reflect"
	"strings"
)

// legalEnds returns settings at the ends of what the tags of each field allow.
func legalEnds(defaults any) []map[string]any {
	var out []map[string]any
	for _, f := range fields(defaults) {
		for _, v := range ends(f.Type, f.Tag.Get("legal")) {
			out = append(out, map[string]any{keyOf(f): v})
		}
	}
	return out
}

func ends(t reflect.Type, legal string) []any {
	if t.Kind() == reflect.Bool {
		return []any{true, false}
	}
	var out []any
	values, _, _ := strings.Cut(legal, ",")
	lo, hi, isRange := strings.Cut(strings.Trim(values, "[]()"), "..")
	switch {
	case t.Kind() == reflect.Array:
		each := ends(t.Elem(), legal)
		for _, v := range each {
			out = append(out, repeated(t.Len(), v, v))
		}
		if len(each) == 2 {
			out = append(out, repeated(t.Len(), each[0], each[1]))
		}
	case isRange:
		for _, end := range []string{lo, hi} {
			if v, err := number(end, t); err == nil {
				out = append(out, v)
			}
		}
		if strings.HasPrefix(values, "(") && len(out) > 0 && t.Kind() == reflect.Float64 {
			out[0] = out[0].(float64) + 1e-6
		}
	case values != "":
		for choice := range strings.SplitSeq(values, "|") {
			if v, err := number(choice, t); err == nil {
				out = append(out, v)
			}
		}
	}
	return out
}

func number(s string, t reflect.Type) (any, error) {
	v := reflect.New(t).Elem()
	_, err := fmt.Sscan(s, v.Addr().Interface())
	return v.Interface(), err
}

// repeated is a list of n values, the last of which is last.
func repeated(n int, first, last any) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = first
	}
	if n > 0 {
		list[n-1] = last
	}
	return list
}
