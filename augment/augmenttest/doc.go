// Package augmenttest checks that a transform keeps the rules of package augment. One call per transform runs every check as
// a subtest of its own:
//
//	package main
//
//	import (
//		"testing"
//
//		"vidcsl/augment/augmenttest"
//	)
//
//	func TestSolarize(t *testing.T) {
//		augmenttest.Run(t, augmenttest.Opt{Name: "solarize"})
//	}
//
// The same checks run outside of go test, where [Results] is used: that is what "vidcsl verify-augment" does, also in a
// program with transforms of its own. What is special about a transform is said by a field of [Opt], never by a case in the
// checks; [Declare] says it once for the test and for the command.
package augmenttest
