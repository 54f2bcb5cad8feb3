package pipeline

import (
	"fmt"
	"reflect"
)

type (
	releaser interface{ Release() }
	retainer interface{ Retain() }
)

var (
	releaserType = reflect.TypeFor[releaser]()
	sizerType    = reflect.TypeFor[Sizer]()
)

// life says how values of one type are released and measured. It is worked out
// once per port, so that plain values cost nothing per item.
type life[T any] struct {
	owned bool // values may have a Release method
	deep  bool // a slice: its elements may have one
	sized bool
	size  func(T) int64 // set by SizeBy
}

func lifeOf[T any]() life[T] {
	t := reflect.TypeFor[T]()
	l := life[T]{owned: mayBe(t, releaserType), sized: mayBe(t, sizerType)}
	if t.Kind() == reflect.Slice && !l.owned {
		l.deep = mayBe(t.Elem(), releaserType)
	}
	if t.Kind() == reflect.Slice && !l.sized {
		l.sized = mayBe(t.Elem(), sizerType)
	}
	return l
}

// mayBe reports whether a value of static type t can implement i.
func mayBe(t, i reflect.Type) bool {
	return t.Implements(i) || t.Kind() == reflect.Interface
}

func (l *life[T]) release(v T) {
	if l.owned || l.deep {
		release(v)
	}
}

func (l *life[T]) bytes(v T) int64 {
	if l.size != nil {
		return l.size(v)
	}
	if !l.sized {
		return 0
	}
	if s, ok := any(v).(Sizer); ok {
		return s.ByteSize()
	}
	var sum int64
	eachElement(v, func(e any) error {
		if s, ok := e.(Sizer); ok {
			sum += s.ByteSize()
		}
		return nil
	})
	return sum
}

// release gives up one reference to v, or to each element of a slice.
func release[T any](v T) {
	if r, ok := any(v).(releaser); ok {
		r.Release()
		return
	}
	eachElement(v, func(e any) error {
		if r, ok := e.(releaser); ok {
			r.Release()
		}
		return nil
	})
}

// retain takes one more reference to v, or to each element of a slice.
func retain[T any](v T) error {
	if done, err := retainOne(v); done {
		return err
	}
	return eachElement(v, func(e any) error {
		_, err := retainOne(e)
		return err
	})
}

func retainOne(v any) (done bool, err error) {
	if r, ok := v.(retainer); ok {
		r.Retain()
		return true, nil
	}
	if _, ok := v.(releaser); ok {
		return true, fmt.Errorf("%T has Release but no Retain, so it cannot be shared", v)
	}
	return false, nil
}

func eachElement(v any, f func(e any) error) error {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Slice || !mayOwn(rv.Type().Elem()) {
		return nil
	}
	for i := range rv.Len() {
		if err := f(rv.Index(i).Interface()); err != nil {
			return err
		}
	}
	return nil
}

func mayOwn(t reflect.Type) bool {
	return mayBe(t, releaserType) || mayBe(t, sizerType)
}

func keyOf(v any) string {
	if k, ok := v.(Keyed); ok {
		return k.ItemKey()
	}
	return ""
}
