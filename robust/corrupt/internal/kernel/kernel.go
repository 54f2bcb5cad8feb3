// Package kernel holds the pixel work of corruptions: loops over 8-bit RGB, in C where cgo is there and in plain Go where not.
//
// A clip is packed [T,H,W,3], interleaved, as one []byte. All arithmetic on pixels is on integers, so the Go reference and C for any
// machine give the same bytes for the same arguments; tables are made from floats in Go, once, before either side runs. What is random is
// a function of a [Key] and a place alone, so neither order nor width of vectors matters.
//
// Functions panic on misuse by the caller, such as a slice of the wrong length, and on nothing else. They keep no state and may run in
// parallel. Memory they need is the caller's.
package kernel

import "fmt"

// want panics unless a slice that is called what has n elements.
func want(what string, got, n int) {
	if got != n {
		panic(fmt.Sprintf("kernel: %s has %d elements, want %d", what, got, n))
	}
}

// clamp8 returns v, at least 0 and at most 255.
func clamp8(v int32) byte { return byte(min(max(v, 0), 255)) }
