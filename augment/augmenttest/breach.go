package augmenttest

import (
	"errors"

	"github.com/sourcegraph/conc/panics"

	"vidcsl/augment"
)

// breach is a rule of augment.Spec that is checked whenever a transform runs.
type breach string

const (
	none     breach = ""         // an error that the transform returned, or no error
	panicked breach = "panicked" // it panicked
	reshaped breach = "reshaped" // Apply changed the shape of the view
	replaced breach = "replaced" // Apply put other memory in the place of the pixels
)

// checkOf names the check that reports a rule which is broken wherever the transform runs.
var checkOf = map[breach]string{none: "defaults", panicked: "no panic", reshaped: "shape kept", replaced: "in place"}

// breachOf returns the rule that the transform broke to cause err.
func breachOf(err error) breach {
	var caught *panics.ErrRecovered
	var p *augment.PanicError
	switch {
	case errors.As(err, &caught), errors.As(err, &p):
		return panicked
	case errors.Is(err, augment.ErrReshaped):
		return reshaped
	case errors.Is(err, augment.ErrReplaced):
		return replaced
	}
	return none
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
