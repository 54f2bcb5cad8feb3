//go:build !cgo || nodnnl

package cpu

import "errors"

// newBackend reports that this build has no kernels besides the references.
func newBackend(Options) (backend, error) { return nil, errors.New("built without oneDNN") }

// spin is nothing, without threads that could.
func spin() string { return "" }
