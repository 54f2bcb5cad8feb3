package augmenttest

import (
	"errors"

	"github.com/sourcegraph/conc/panics"

	"vidcsl/augment"
)

// checkOf names the check that reports a rule which is broken wherever the transform runs.
var checkOf = map[augment.Breach]string{augment.NoBreach: "defaults", augment.Panicked: "no panic", augment.Reshaped: "shape kept", augment.Replaced: "in place"}

// breachOf returns the rule that the transform broke to cause err.
func breachOf(err error) augment.Breach {
	var caught *panics.ErrRecovered
	if errors.As(err, &caught) {
		return augment.Panicked
	}
	return augment.BreachOf(err)
}

// guard turns a panic into an error that breachOf knows.
func guard[T any](f func() (T, error)) (v T, err error) {
	if r := panics.Try(func() { v, err = f() }); r != nil {
		return v, r.AsError()
	}
	return v, err
}

// stackOf returns where the transform panicked, on lines of its own.
func stackOf(err error) string {
	var e *augment.PanicError
	if errors.As(err, &e) {
		return "\n" + string(e.Stack)
	}
	return ""
}
