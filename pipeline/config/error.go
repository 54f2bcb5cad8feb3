package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with one value. Value is what was found as the message shows it: a string in quotes, a
// number as it was written, or words such as "a list of 3". Want is what would be legal, in words. With an empty Want,
// Value is the whole sentence. File and Line are empty and 0 for values that come from no file.
type Error struct {
	File              string
	Line              int
	Path, Value, Want string

	err error // what a hook returned, if it was not an Error
}

// Error reads `file.yaml:12: augment[2].scale is "x", want a number from 0 to 1`.
func (e *Error) Error() string {
	var b strings.Builder
	switch {
	case e.File != "" && e.Line > 0:
		fmt.Fprintf(&b, "%s:%d: ", e.File, e.Line)
	case e.File != "":
		b.WriteString(e.File + ": ")
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	switch {
	case e.Want == "" && e.Path == "":
		b.WriteString(e.Value)
	case e.Want == "":
		b.WriteString(e.Path + ": " + e.Value)
	default:
		path := e.Path
		if path == "" {
			path = "the document"
		}
		b.WriteString(path + " is " + e.Value + ", want " + e.Want)
	}
	return b.String()
}

// Unwrap returns the error of a hook behind e, if there is one.
func (e *Error) Unwrap() error { return e.err }

// Errors are all that is wrong, in document order, at most 1000. Every error of [Parse], [Decode] and [Check] is an
// Errors, also if there is only one.
type Errors []*Error

const (
	maxErrors = 1000
	maxShown  = 50
)

// Error is one line per error; after 50 lines, it says how many are left.
func (es Errors) Error() string {
	var b strings.Builder
	for i, e := range es {
		if i == maxShown {
			fmt.Fprintf(&b, "\nand %d more", len(es)-i)
			break
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Error())
	}
	return b.String()
}

// Unwrap lets errors.As and errors.Is see each.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// add appends e unless the same is there already, as when a check is reached twice through an embedded struct.
func (es *Errors) add(e *Error) {
	if len(*es) >= maxErrors {
		return
	}
	if n := len(*es); n > 0 && slices.ContainsFunc((*es)[max(0, n-8):], func(o *Error) bool { return o.Error() == e.Error() }) {
		return
	}
	*es = append(*es, e)
}

// result is es as an error in document order, or nil.
func (es Errors) result() error {
	if len(es) == 0 {
		return nil
	}
	slices.SortStableFunc(es, func(a, b *Error) int { return a.Line - b.Line })
	return es
}

// addHook takes what a hook returned for n. Paths of a Decoder's errors are whole, those of a Checker's follow prefix.
func (es *Errors) addHook(err error, file string, line int, path string, relative bool) {
	var one *Error
	switch e := err.(type) {
	case *Error:
		one = new(*e)
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			es.addHook(err, file, line, path, relative)
		}
		return
	default:
		es.add(&Error{File: file, Line: line, Path: path, Value: err.Error(), err: err})
		return
	}
	if one.File == "" && one.Line == 0 {
		one.File, one.Line = file, line
	}
	switch {
	case relative:
		one.Path = joinPath(path, one.Path)
	case one.Path == "":
		one.Path = path
	}
	es.add(one)
}

func joinPath(path, rest string) string {
	if path == "" || rest == "" || rest[0] == '[' {
		return path + rest
	}
	return path + "." + rest
}

// shorten cuts s to 80 runes.
func shorten(s string) string {
	const limit = 80
	if len(s) <= limit || utf8.RuneCountInString(s) <= limit {
		return s
	}
	n := 0
	for i := range s {
		if n == limit-1 {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// quote shows a string: shortened, in quotes, without control characters.
func quote(s string) string { return strconv.Quote(shorten(s)) }
