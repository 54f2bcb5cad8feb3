package cmd

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vidcsl/decode/synth"
	"vidcsl/pipeline/shard"
)

// Memory stays flat: over 2,000 clips from 60 files, the resident memory after the first 500 is within 5 % of that at the
// end. The median of many readings is taken, since the collector's heap breathes.
func TestMemoryStaysFlat(t *testing.T) {
	if os.Getenv("VIDCSL_LONG") == "" {
		t.Skip("a slow check: make test-long runs it")
	}
	in, out := filepath.Join(t.TempDir(), "videos"), t.TempDir()
	o := synth.DefaultOptions()
	o.VideosPerClass = 6
	if _, err := synth.Render(context.Background(), in, o, nil); err != nil {
		t.Fatal(err)
	}
	c := process("preprocess", "--input", in, "--output", out, "--clips-per-video", "34", "--workers", "2")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	type reading struct {
		clips int64
		rss   int64
	}
	var readings []reading
	for running := true; running; {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		case <-time.After(5 * time.Millisecond):
			if rss := residentKiB(c.Process.Pid); rss > 0 {
				readings = append(readings, reading{rowsWritten(out), rss})
			}
		}
	}
	median := func(lo, hi int64) int64 {
		var in []int64
		for _, r := range readings {
			if r.clips >= lo && r.clips < hi {
				in = append(in, r.rss)
			}
		}
		if len(in) < 5 {
			t.Fatalf("only %d readings between %d and %d clips, of %d", len(in), lo, hi, len(readings))
		}
		slices.Sort(in)
		return in[len(in)/2]
	}
	early, late := median(500, 1000), median(1500, 2041)
	t.Logf("%d readings; median resident memory %d KiB after 500 clips, %d KiB at the end", len(readings), early, late)
	if d := float64(late)/float64(early) - 1; d > 0.05 {
		t.Errorf("resident memory grows by %.1f %%", 100*d)
	}
}

func residentKiB(pid int) (kib int64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	if _, after, ok := bytes.Cut(b, []byte("VmRSS:")); ok {
		fmt.Sscan(string(after), &kib)
	}
	return kib
}

func rowsWritten(dir string) (rows int64) {
	m, err := shard.ReadManifest(dir)
	if err != nil {
		return 0
	}
	for _, e := range m.Entries {
		rows += e.Rows
	}
	return rows
}
