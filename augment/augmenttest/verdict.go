package augmenttest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/panics"
)

// check is one named rule. It says nothing about a transform that fails one of those it needs.
type check struct {
	name  string
	needs []string
	run   func(*kit, *report)
}

// repeatable is what a check needs that compares pixels.
var repeatable = []string{"same seed", "keeps no pixels", "no state"}

var checks []check

func init() { // checks refer to the list by way of kit.result
	checks = []check{
		{"docs", nil, (*kit).docs},
		{"config strict", nil, (*kit).strict},
		{"config round trip", []string{"same seed"}, (*kit).roundTrip},
		{"defaults", nil, (*kit).defaults},
		{"same seed", nil, (*kit).sameSeed},
		{"other key", []string{"defaults", "same seed"}, (*kit).otherKey},
		{"other seed", []string{"same seed", "other key"}, (*kit).otherSeed},
		{"params survive JSON", repeatable, (*kit).stored},
		{"shape kept", nil, (*kit).shapeKept},
		{"in place", nil, (*kit).inPlace},
		{"same on all frames", repeatable, (*kit).still},
		{"keeps no pixels", []string{"same seed"}, (*kit).keepsNothing},
		{"no state", []string{"same seed", "keeps no pixels"}, (*kit).noState},
		{"input untouched", nil, (*kit).untouched},
		{"workers", repeatable, (*kit).workers},
		{"odd sizes", []string{"defaults"}, (*kit).oddSizes},
		{"cancel", nil, (*kit).cancel},
		{"no leak", nil, (*kit).noLeak},
		{"no panic", nil, (*kit).noPanic},
	}
}

// report collects what one check finds.
type report struct {
	failed, skipped bool
	text            []string
}

// Errorf records a failure.
func (r *report) Errorf(format string, args ...any) {
	r.failed = true
	if len(r.text) < 5 {
		r.text = append(r.text, fmt.Sprintf(format, args...))
	}
}

// Fatalf records a failure and ends the check.
func (r *report) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// Skipf ends the check; what has failed before stays.
func (r *report) Skipf(format string, args ...any) {
	if !r.failed {
		r.skipped = true
		r.text = append(r.text, fmt.Sprintf(format, args...))
	}
	runtime.Goexit()
}

// no ends the check if there is an error that another check reports.
func (r *report) no(err error) {
	if err != nil {
		r.Skipf("see %q", checkOf[breachOf(err)])
	}
}

// result runs a check, and those it needs, once.
func (k *kit) result(name string) Result {
	if r, done := k.results[name]; done {
		return r
	}
	c := checks[slices.IndexFunc(checks, func(c check) bool { return c.name == name })]
	r := Result{Check: name, Status: Passed}
	switch {
	case k.err != nil && name == checks[0].name:
		r.Status, r.Text = Failed, k.err.Error()
	case k.err != nil:
		r.Status, r.Text = Skipped, fmt.Sprintf("see %q", checks[0].name)
	default:
		r = k.judge(c)
	}
	k.results[name] = r
	return r
}

func (k *kit) judge(c check) Result {
	for _, need := range c.needs {
		if k.result(need).Status == Failed || strings.HasPrefix(k.result(need).Text, "see ") {
			return Result{c.name, Skipped, fmt.Sprintf("see %q", need)}
		}
	}
	var r report
	done := make(chan struct{})
	go func() { // a goroutine of its own, for Goexit
		defer close(done)
		if caught := panics.Try(func() { c.run(k, &r) }); caught != nil {
			r.Errorf("panic: %v\n%s", caught.Value, caught.Stack)
		}
	}()
	<-done
	text := strings.Join(r.text, "\n")
	switch {
	case r.failed:
		return Result{c.name, Failed, text}
	case r.skipped:
		return Result{c.name, Skipped, text}
	}
	return Result{c.name, Passed, ""}
}
