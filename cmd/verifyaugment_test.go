package cmd

import (
	"encoding/json"
	"strings"
	"testing"

	"vidcsl/augment/augmenttest"
)

func TestVerifyAugment(t *testing.T) {
	out := mustRun(t, "verify-augment", "solarize", "horizontal_flip")
	for _, want := range []string{
		"solarize\n  ok    docs\n", "\n  ok    workers\n",
		"horizontal_flip\n", "\n  skip  keeps no pixels: it gets no pixels\n", "\ntransforms 2, checks ", ", failed 0\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if n := strings.Count(out, "\n"); n != 2*(len(augmenttest.Checks())+1)+1 {
		t.Errorf("%d lines:\n%s", n, out)
	}
}

func TestVerifyAugmentOfUnknownName(t *testing.T) {
	code, out, errs := run("verify-augment", "solarize", "solarise")
	if code != Usage || out != "" || !strings.Contains(errs, `no transform "solarise" (did you mean solarize?); vidcsl stages lists them`) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

func TestVerifyAugmentFindsFaults(t *testing.T) {
	code, out, errs := runRegistered("verify-augment", "broken_by_test", "--json")
	var results []augmentResult
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	for _, r := range results {
		if failed := r.Status == augmenttest.Failed; failed != (r.Check == "defaults") {
			t.Errorf("%+v", r)
		}
	}
	if code != Failed || errs != "" {
		t.Errorf("exit code %d, want %d\n%s", code, Failed, errs)
	}
	code, out, _ = runRegistered("verify-augment", "broken_by_test")
	if code != Failed || !strings.Contains(out, "\n  FAIL  defaults: ") || !strings.HasSuffix(out, ", failed 1\n") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// runRegistered runs vidcsl as a process that has registered the transforms of withBroken.
func runRegistered(args ...string) (code int, stdout, stderr string) {
	c := process(args...)
	c.Env = append(c.Env, withBroken+"=1")
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	if c.ProcessState == nil {
		panic(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// The kit brings no flags of go test along.
func TestHelpHasNoTestFlags(t *testing.T) {
	if out := mustRun(t, "verify-augment", "--help"); strings.Contains(out, "test.") {
		t.Errorf("flags of go test in\n%s", out)
	}
}
