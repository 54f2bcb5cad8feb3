package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// FromValue makes a node of Go values: nil, booleans, numbers, strings, json.Number, slices, maps with string keys (in
// the order of their keys), [Map], structs that [Marshal] accepts, and types with an [Encoder]. It lets parameters that
// were stored as JSON be decoded by the same code as YAML. path is put in front of the paths in messages.
func FromValue(path string, v any) (*Node, error) {
	n, err := encode(reflect.ValueOf(v), 0)
	if err != nil {
		return nil, Errors{{Path: path, Value: err.Error(), err: err}}
	}
	n.key = path
	return n, nil
}

var (
	errDepth = errors.New(tooDeep)
	errInf   = errors.New("NaN and infinity cannot be written")
)

// encode turns a value into a node.
func encode(v reflect.Value, depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	for v.IsValid() && v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	if !v.IsValid() {
		return &Node{kind: KindNull}, nil
	}
	if enc, ok := addressed(v, encoderType).(Encoder); ok {
		out, err := enc.EncodeConfig()
		if err != nil {
			return nil, err
		}
		return encode(reflect.ValueOf(out), depth+1)
	}
	switch x := v.Interface().(type) {
	case *Node:
		return x.copy(depth)
	case json.Number:
		if !isNumber(string(x)) {
			return nil, fmt.Errorf("%s is not a number", quote(string(x)))
		}
		return &Node{kind: KindScalar, text: string(x), plain: true}, nil
	case Map:
		n := &Node{kind: KindMap}
		for _, e := range x {
			if err := n.put(e.Key, reflect.ValueOf(e.Value), depth); err != nil {
				return nil, err
			}
		}
		return n, nil
	}
	switch t := v.Type(); {
	case t.Kind() == reflect.Bool:
		return &Node{kind: KindScalar, text: strconv.FormatBool(v.Bool()), plain: true}, nil
	case isInt(t):
		return &Node{kind: KindScalar, text: strconv.FormatInt(v.Int(), 10), plain: true}, nil
	case isUint(t):
		return &Node{kind: KindScalar, text: strconv.FormatUint(v.Uint(), 10), plain: true}, nil
	case isFloat(t):
		if math.IsNaN(v.Float()) || math.IsInf(v.Float(), 0) {
			return nil, errInf
		}
		return &Node{kind: KindScalar, text: formatFloat(v.Float(), t.Bits()), plain: true}, nil
	case t.Kind() == reflect.String:
		if !utf8.ValidString(v.String()) {
			return nil, fmt.Errorf("%s is not UTF-8", quote(v.String()))
		}
		return &Node{kind: KindScalar, text: v.String()}, nil
	case t.Kind() == reflect.Pointer:
		return encode(v.Elem(), depth)
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Array:
		n := &Node{kind: KindList}
		for i := range v.Len() {
			item, err := encode(v.Index(i), depth+1)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			item.parent, item.index = n, i
			n.items = append(n.items, item)
		}
		return n, nil
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		n := &Node{kind: KindMap}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			if err := n.put(k.String(), v.MapIndex(k), depth); err != nil {
				return nil, err
			}
		}
		return n, nil
	case t.Kind() == reflect.Struct:
		n := &Node{kind: KindMap}
		for _, f := range recordOf(t).fields {
			fv := v.FieldByIndex(f.index)
			if f.omitEmpty && (fv.IsZero() || fv.Kind() == reflect.Slice && fv.Len() == 0) {
				continue
			}
			if err := n.put(f.name, fv, depth); err != nil {
				return nil, err
			}
		}
		return n, nil
	default:
		return nil, fmt.Errorf("a %s cannot be written", t)
	}
}

func (n *Node) put(key string, v reflect.Value, depth int) error {
	if len(key) > maxKey || !utf8.ValidString(key) || n.Get(key) != nil {
		return fmt.Errorf("the key %s is too long, given twice, or not UTF-8", quote(key))
	}
	value, err := encode(v, depth+1)
	if err != nil {
		return fmt.Errorf("%s: %w", shorten(key), err)
	}
	value.parent, value.key = n, key
	n.items = append(n.items, value)
	return nil
}

// copy is n without its place.
func (n *Node) copy(depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, errDepth
	}
	out := new(*n)
	out.parent, out.items = nil, nil
	for _, item := range n.items {
		c, err := item.copy(depth + 1)
		if err != nil {
			return nil, err
		}
		c.parent = out
		out.items = append(out.items, c)
	}
	return out, nil
}

// addressed returns v, or a pointer to a copy of it, if that implements the hook, and nil otherwise.
func addressed(v reflect.Value, hook reflect.Type) any {
	switch {
	case v.Type().Implements(hook):
		if v.Kind() == reflect.Pointer && v.IsNil() {
			return nil
		}
		return v.Interface()
	case has(v.Type(), hook):
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return p.Interface()
	}
	return nil
}

// formatFloat is the shortest decimal that reads back as f. Exponents are written so that YAML 1.1 knows them, too.
func formatFloat(f float64, bits int) string {
	if a := math.Abs(f); a == 0 || a >= 1e-6 && a < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, bits)
	}
	s := strconv.FormatFloat(f, 'e', -1, bits)
	if !strings.Contains(s, ".") {
		s = strings.Replace(s, "e", ".0e", 1)
	}
	return s
}
