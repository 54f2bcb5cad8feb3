package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vidcsl/pipeline/shard"
)

// preprocessArgs are flags that make shards of several clips with failures among them.
func preprocessArgs(t testing.TB, output string, more ...string) []string {
	t.Helper()
	return append([]string{"preprocess", "--input", hurtVideos(t), "--output", output, "--size", "32", "--frames", "4", "--clips-per-video", "3",
		"--views", "2", "--recipe", "mocov2", "--seed", "5", "--max-failures", "100%", "--log-level", "error"}, more...)
}

// hurtVideos is a copy of the videos plus three files that cannot be decoded.
func hurtVideos(t testing.TB) string {
	t.Helper()
	clean := videos(t)
	dir := filepath.Join(videosDir, "hurt")
	hurtOnce.Do(func() {
		if err := os.CopyFS(dir, os.DirFS(clean)); err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string]string{"disc-up/bad.mp4": "text", "square-up/empty.mp4": "", "square-down/zz.mp4": "more text"} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	})
	return dir
}

var hurtOnce sync.Once

// The same input, flags and seed give the same bytes at any number of workers, in one process or three.
func TestSameBytes(t *testing.T) {
	one := t.TempDir()
	mustRun(t, preprocessArgs(t, one, "--workers", "1")...)
	want := digest(t, one)
	if len(want) < 10 {
		t.Fatalf("only %d files: %v", len(want), want)
	}
	for _, n := range []string{"2", "8"} {
		dir := t.TempDir()
		mustRun(t, preprocessArgs(t, dir, "--workers", n)...)
		sameFiles(t, n+" workers", want, digest(t, dir))
	}
	dir := t.TempDir()
	tasks := make([]*exec.Cmd, 3)
	for i := range tasks { // at the same time, as processes of their own
		tasks[i] = process(preprocessArgs(t, dir, "--task", fmt.Sprintf("%d/3", i))...)
		if err := tasks[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range tasks {
		if err := c.Wait(); err != nil {
			t.Errorf("task %d: %v", i, err)
		}
	}
	sameFiles(t, "three tasks", want, digest(t, dir))
	other := t.TempDir()
	mustRun(t, append(preprocessArgs(t, other), "--seed", "6")...)
	for name, sum := range digest(t, other) {
		if strings.HasPrefix(name, "part-") && want[name] == sum {
			t.Errorf("another seed gives the same bytes in %s", name)
		}
	}
}

// A process killed at random moments, and resumed each time, leaves what an uninterrupted one does.
func TestKillAndResume(t *testing.T) {
	whole := t.TempDir()
	start := time.Now()
	if out, err := process(preprocessArgs(t, whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(start)
	want := digest(t, whole)
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) // moments are random by nature; the outcome is not
	kills := 0
	for round := 0; kills < 12; round++ {
		dir := t.TempDir()
		for {
			c := process(preprocessArgs(t, dir, "--resume")...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- c.Wait() }()
			timer := time.NewTimer(time.Duration(rng.Int64N(int64(took))))
			select {
			case <-timer.C:
				if c.Process.Kill() == nil {
					kills++
				}
				<-done
				for name := range digest(t, dir) { // nothing unfinished has a final name
					if strings.HasSuffix(name, ".arrow") && !strings.HasPrefix(filepath.Base(name), ".") {
						if r, err := shard.OpenFile(filepath.Join(dir, name)); err != nil {
							t.Errorf("after a kill: %v", err)
						} else {
							r.Close()
						}
					}
				}
				continue
			case err := <-done:
				timer.Stop()
				if err != nil {
					t.Fatalf("resumed run: %v", err)
				}
			}
			break
		}
		sameFiles(t, fmt.Sprintf("round %d, %d kills", round, kills), want, digest(t, dir))
	}
}

// An interrupt ends the run within a second or so, says how to go on, and leaves what can be resumed.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	args := []string{"preprocess", "--input", videos(t), "--output", dir, "--clips-per-video", "400", "--size", "160", "--max-failures", "100%"}
	c := process(args...)
	var said strings.Builder
	c.Stderr = &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if m, err := shard.ReadManifest(dir); err == nil && len(m.Entries) > 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	start := time.Now()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	err := c.Wait()
	var exited *exec.ExitError
	if !errors.As(err, &exited) || exited.ExitCode() != Failed {
		t.Errorf("%v, want exit code %d", err, Failed)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("it took %v to end", d)
	}
	if !strings.Contains(said.String(), "--resume") {
		t.Errorf("stderr does not say how to go on: %s", said.String())
	}
	r, err := shard.Verify(dir)
	if err != nil || !r.OK || r.Complete || r.Finished == 0 {
		t.Errorf("after the interrupt: %+v, %v", r, err)
	}
}

// What cannot be used as input or output ends with a clear message, the right exit code, and nothing written.
func TestBadInput(t *testing.T) {
	in := videos(t)
	empty, file, fifo := t.TempDir(), filepath.Join(t.TempDir(), "notes.mp4"), filepath.Join(t.TempDir(), "pipe.mp4")
	if err := os.WriteFile(file, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "x.mp4")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(list, []byte("file,class\na.mp4,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(config, []byte("frames: 4\nstrde: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	fraction := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(fraction, []byte("stride: 2.5\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	taken := t.TempDir()
	mustRun(t, "preprocess", "--input", in, "--output", taken, "--size", "16", "--frames", "2", "--max-failures", "100%")
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "manifest.json"), []byte(`{"name":"somebody's else"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"no videos":          {[]string{"--input", empty}, Usage, empty},
		"no such input":      {[]string{"--input", filepath.Join(empty, "gone")}, Usage, "gone"},
		"a folder x.mp4":     {[]string{"--input", dir}, Usage, "no videos"},
		"a text file":        {[]string{"--input", file}, TooManyLost, "1 of 1 clips failed"},
		"a FIFO":             {[]string{"--input", fifo}, TooManyLost, "1 of 1 clips failed"},
		"CSV without path":   {[]string{"--input", list}, Usage, "path"},
		"unknown flag":       {[]string{"--input", in, "--frmes", "3"}, Usage, "frmes"},
		"no output":          {[]string{"--input", in, "--output", ""}, Usage, "--output"},
		"frames 0":           {[]string{"--input", in, "--frames", "0"}, Usage, "frames is 0"},
		"size":               {[]string{"--input", in, "--size", "big"}, Usage, "native"},
		"store":              {[]string{"--input", in, "--store", "zip"}, Usage, "raw, lz4, zstd"},
		"sampler":            {[]string{"--input", in, "--sampler", "best"}, Usage, "random, regular or uniform"},
		"task":               {[]string{"--input", in, "--task", "3/3"}, Usage, "3/3"},
		"workers":            {[]string{"--input", in, "--workers", "none"}, Usage, "auto"},
		"max failures":       {[]string{"--input", in, "--max-failures", "few"}, Usage, "few"},
		"config":             {[]string{"--input", in, "--config", config}, Usage, "strde"},
		"other run":          {[]string{"--input", in, "--output", taken, "--size", "24", "--frames", "2", "--resume"}, Usage, "size"},
		"done before":        {[]string{"--input", in, "--output", taken, "--size", "16", "--frames", "2"}, Usage, "resume"},
		"foreign manifest":   {[]string{"--input", in, "--output", other}, Usage, "manifest.json"},
		"output in the air":  {[]string{"--input", in, "--output", filepath.Join(file, "out")}, Failed, "notes.mp4"},
		"metrics":            {[]string{"--input", in, "--metrics-addr", "localhost:notaport"}, Usage, "notaport"},
		"fraction":           {[]string{"--input", in, "--config", fraction}, Usage, "stride is 2.5"},
		"too large a view":   {[]string{"--input", in, "--frames", "1000", "--size", "900"}, Usage, "want at most 2147483647"},
		"surplus argument":   {[]string{"--input", in, "surplus"}, Usage, "surplus"},
		"unknown log format": {[]string{"--input", in, "--log-format", "xml"}, Usage, "text or json"},
	} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			code, _, stderr := run(append([]string{"preprocess", "--output", out}, c.args...)...)
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("exit code %d, want %d; stderr, want %q in it:\n%s", code, c.code, c.says, stderr)
			}
			if parts, _ := filepath.Glob(filepath.Join(out, "*.arrow")); len(parts) > 1 || len(parts) == 1 && filepath.Base(parts[0]) != "failures.arrow" {
				t.Errorf("files under final names: %v", parts)
			}
		})
	}
}

// On a full disk the run fails with the path and the cause, and nothing unfinished has a final name.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("cannot mount a small tmpfs: %v", err)
	}
	defer syscall.Unmount(dir, 0)
	out := filepath.Join(dir, "out")
	code, _, stderr := run("preprocess", "--input", videos(t), "--output", out, "--size", "96")
	if code != Failed || !strings.Contains(stderr, "no space left") || !strings.Contains(stderr, out) {
		t.Errorf("exit code %d, stderr: %s", code, stderr)
	}
	parts, _ := filepath.Glob(filepath.Join(out, "part-*.arrow"))
	for _, p := range parts {
		r, err := shard.OpenFile(p)
		if err != nil {
			t.Errorf("unfinished file under a final name: %v", err)
			continue
		}
		r.Close()
	}
}

// Failures are rows with their stage and reason, for every clip of the file.
func TestFailuresAreRows(t *testing.T) {
	dir := t.TempDir()
	mustRun(t, preprocessArgs(t, dir)...)
	rows, err := shard.ReadFailures(filepath.Join(dir, "failures.arrow"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"disc-up/bad.mp4": "invalid", "square-up/empty.mp4": "empty", "square-down/zz.mp4": "invalid"}
	n := map[string]int{}
	for _, f := range rows {
		source, _, _ := strings.Cut(f.Key, "#")
		n[source]++
		if f.Reason != want[source] || f.Stage != "probe" || f.Message == "" {
			t.Errorf("%+v, want reason %q at stage probe", f, want[source])
		}
	}
	for source := range want {
		if n[source] != 3 {
			t.Errorf("%d rows for %s, want one for each of its 3 clips", n[source], source)
		}
	}
	r, err := shard.Verify(dir)
	if err != nil || !r.OK || !r.Complete || r.Rows != 24*3 || r.Failures != 9 {
		t.Errorf("%+v, %v", r, err)
	}
}

// Every clip of the shared data becomes a row, or a failure with the right reason.
func TestSharedClips(t *testing.T) {
	const clips = "../../shared/data/clips"
	if _, err := os.Stat(clips); err != nil {
		t.Skip("no shared test data beside the checkout")
	}
	for _, size := range []string{"112", "native"} {
		dir := t.TempDir()
		code, out, stderr := run("preprocess", "--input", clips, "--output", dir, "--size", size, "--frames", "8", "--sampler", "uniform", "--log-level", "error")
		if code != TooManyLost {
			t.Fatalf("size %s: exit code %d, want %d: 1 of 49 is more than 1%%\n%s%s", size, code, TooManyLost, out, stderr)
		}
		rows, err := shard.ReadFailures(filepath.Join(dir, "failures.arrow"))
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) != 1 || rows[0].Key != "decord/corrupted.mp4#0" || rows[0].Reason != "damaged" || !rows[0].HasPTS {
			t.Errorf("size %s: failures %+v, want corrupted.mp4, damaged", size, rows)
		}
		if r, err := shard.Verify(dir); err != nil || !r.OK || r.Rows != 48 {
			t.Errorf("size %s: %+v, %v", size, r, err)
		}
		checkWithPyarrow(t, dir)
	}
}

// A run that lost too much says so again when it is resumed, and is not worked on again.
func TestResumeOfFinishedRun(t *testing.T) {
	dir := t.TempDir()
	args := preprocessArgs(t, dir, "--max-failures", "8")
	code, _, stderr := run(args...)
	if code != TooManyLost || !strings.Contains(stderr, "9 of 81 clips failed") {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	want := digest(t, dir)
	code, out, stderr := run(append(args, "--resume")...)
	if code != TooManyLost || !strings.Contains(stderr, "9 of 81 clips failed") || !strings.Contains(out, "0 written, 0 failed, 81 done before") {
		t.Errorf("exit code %d\n%s%s", code, out, stderr)
	}
	sameFiles(t, "resumed", want, digest(t, dir))
	if code, _, _ := run(append(args, "--resume", "--max-failures", "9")...); code != Done {
		t.Errorf("exit code %d with 9 failures allowed", code)
	}
}

// A configuration file without keys changes nothing.
func TestEmptyConfig(t *testing.T) {
	config := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(config, []byte("# nothing yet\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	with, without := t.TempDir(), t.TempDir()
	mustRun(t, preprocessArgs(t, with, "--config", config)...)
	mustRun(t, preprocessArgs(t, without)...)
	sameFiles(t, "with an empty file", digest(t, without), digest(t, with))
}

// At native size, a source whose clips are too large for a row fails alone.
func TestTooLargeAtNativeSize(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	for name, side := range map[string]int{"huge.png": 5000, "small.png": 20} {
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(in, name), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	mustRun(t, "preprocess", "--input", in, "--output", out, "--size", "native", "--frames", "30", "--max-failures", "1", "--log-level", "error")
	rows, err := shard.ReadFailures(filepath.Join(out, "failures.arrow"))
	if err != nil || len(rows) != 1 || rows[0].Key != "huge.png#0" || rows[0].Reason != "bad_plan" {
		t.Errorf("%+v, %v; want huge.png, bad_plan", rows, err)
	}
}

// checkWithPyarrow opens a run with pyarrow and checks its columns.
func checkWithPyarrow(t testing.TB, dir string) {
	t.Helper()
	python := os.Getenv("VIDCSL_PYTHON")
	if python == "" {
		t.Log("pyarrow is not checked: VIDCSL_PYTHON is not set (make test sets it)")
		return
	}
	if out, err := exec.Command(python, "../scripts/check_shards.py", dir).CombinedOutput(); err != nil {
		t.Errorf("check_shards.py: %v\n%s", err, out)
	}
}
