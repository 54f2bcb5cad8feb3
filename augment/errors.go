package augment

import (
	"errors"
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

// guard calls code that may be a user's and turns a panic into an error.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer recovered(&err)
	return f()
}

// recovered is deferred: it turns a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &PanicError{p, debug.Stack()}
	}
}

// PanicError is a panic of a transform. Its text leaves out the stack, which differs from run to run, so that failures are
// stored alike by all.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value of the panic, if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// What a transform's Apply must not do, see [Spec].
var (
	ErrReshaped = errors.New("it changed the shape of the view, which only Plan can")
	ErrReplaced = errors.New("it put other memory in the place of the pixels, which are changed in place")
)
