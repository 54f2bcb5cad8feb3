package cmd

import (
	"io"
	"strings"
	"testing"

	"github.com/vbauerster/mpb/v8"
)

// No line is lost, before a bar is shown and after it has ended.
func TestAboveBar(t *testing.T) {
	var out strings.Builder
	a, p := &aboveBar{w: &out}, mpb.New(mpb.WithOutput(io.Discard))
	for _, step := range []func(){func() {}, func() { a.show(&bar{p: p}); p.Wait() }} {
		step()
		if n, err := io.WriteString(a, "line\n"); n != 5 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if out.String() != "line\nline\n" {
		t.Errorf("it says %q", &out)
	}
}
