package cmd

import (
	"slices"
	"strings"
	"testing"
)

// The threads of a verb that computes spin for a short while, unless the user has said how long.
func TestThreadsSpinBriefly(t *testing.T) {
	for setting, want := range map[string]string{"": "10000", "GOMP_SPINCOUNT=7": "7", "GOMP_SPINCOUNT=": "300000", "OMP_WAIT_POLICY=passive": "0"} {
		c := process("train")
		c.Env = slices.DeleteFunc(c.Env, func(v string) bool { return strings.HasPrefix(v, "GOMP_") || strings.HasPrefix(v, "OMP_") })
		c.Env = append(c.Env, "OMP_DISPLAY_ENV=verbose")
		if setting != "" {
			c.Env = append(c.Env, setting)
		}
		out, _ := c.CombinedOutput() // flags are missing
		lines := strings.Split(string(out), "GOMP_SPINCOUNT = ")
		if len(lines) == 1 {
			t.Skip("the program is not linked with libgomp")
		}
		if last, _, _ := strings.Cut(lines[len(lines)-1], "\n"); last != "'"+want+"'" {
			t.Errorf("%q: %s spins, want %s", setting, last, want)
		}
	}
}
