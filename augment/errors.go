package augment

import (
	"fmt"
	"runtime/debug"
)

// Error is a failure of one transform on one view.
type Error struct {
	Transform string
	Key       string // of the sample
	View      int
	Err       error
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("augment: %s, view %d of %s: %v", e.Transform, e.View, e.Key, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// FailureReason returns the class under which the failure is counted and stored.
func (e *Error) FailureReason() string { return "augment" }

// guard calls code that may be a user's and turns a panic into an error with the stack.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer recovered(&err)
	return f()
}

// recovered is deferred: it turns a panic into an error with the stack.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	}
}
