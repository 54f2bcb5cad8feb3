package augmenttest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vidcsl/augment/augmenttest"
)

// log is a test framework of one's own: all that Run asks for.
type log struct {
	name  string
	lines *[]string
}

func (l log) Helper() {}
func (l log) Errorf(format string, args ...any) {
	*l.lines = append(*l.lines, l.name+" FAIL "+fmt.Sprintf(format, args...))
}
func (l log) Skipf(format string, args ...any) {
	*l.lines = append(*l.lines, l.name+" skip "+fmt.Sprintf(format, args...))
}
func (l log) Run(name string, f func(log)) bool { f(log{name, l.lines}); return true }

func TestRunOutsideOfGoTest(t *testing.T) {
	s := dim()
	s.Name, s.Doc = "dim_without_doc", ""
	var lines []string
	augmenttest.Run(log{"", &lines}, augmenttest.For(s))
	if got := strings.Join(lines, "\n"); got != "docs FAIL dim_without_doc: Doc is empty, want the formula, the ranges and the source" {
		t.Errorf("%s", got)
	}
}

func TestDeclared(t *testing.T) {
	if o := augmenttest.Declared("nobody_said_anything"); o.Name != "nobody_said_anything" || o.Constant {
		t.Errorf("%+v", o)
	}
	s := dim()
	s.Name = "dim_by_one"
	settings := map[string]any{"amount": 1} // only one amount can be drawn
	augmenttest.Declare(augmenttest.Opt{Name: s.Name, Settings: settings, Constant: true})
	settings["amount"] = 90
	for r := range augmenttest.Results(augmenttest.For(s)) {
		if r.Status == augmenttest.Failed {
			t.Errorf("%+v", r)
		}
	}
}

func TestResultsCanBeLeft(t *testing.T) {
	var got []string
	for r := range augmenttest.Results(augmenttest.For(dim())) {
		if got = append(got, r.Check); len(got) == 2 {
			break
		}
	}
	if !slices.Equal(got, augmenttest.Checks()[:2]) {
		t.Errorf("%q", got)
	}
}
