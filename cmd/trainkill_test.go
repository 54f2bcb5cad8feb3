package cmd

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A training that is killed at random moments and resumed until it is done ends with the encoder and the metrics of one that never
// was, bit for bit.
func TestKillTraining(t *testing.T) {
	rounds, kills := 1, 4
	if os.Getenv("VIDCSL_LONG") != "" {
		rounds, kills = 12, 20
	}
	whole := t.TempDir()
	began := time.Now()
	if out, err := process(with(training(t, whole), "--val", videos(t))...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	want, steps := readFile(t, whole, "encoder.safetensors"), metrics(t, whole)
	for round := range rounds {
		rng, dir, killed := rand.New(rand.NewPCG(1, uint64(round))), t.TempDir(), 0
		for done := false; !done; {
			moment := time.Duration(rng.Int64N(int64(took)))
			if killed == kills {
				moment = time.Hour
			}
			done = !killAfter(t, moment, with(training(t, dir), "--val", videos(t), "--resume"))
			if !done {
				killed++
			}
		}
		t.Logf("round %d: killed %d times, moments up to %v", round, killed, took)
		if !bytes.Equal(want, readFile(t, dir, "encoder.safetensors")) {
			t.Errorf("round %d: the encoder differs", round)
		}
		if got := metrics(t, dir); !reflect.DeepEqual(got, steps) {
			t.Errorf("round %d: metrics are\n%v\nwant\n%v", round, got, steps)
		}
	}
}

// killAfter runs vidcsl and kills it after a while; false if it was done before.
func killAfter(t *testing.T, while time.Duration, args []string) (killed bool) {
	t.Helper()
	var out bytes.Buffer
	c := process(args...)
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(while, func() { _ = c.Process.Kill() })
	defer timer.Stop()
	err := c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return false
}

// begin starts vidcsl and waits until its run has made so many steps more than it had.
func begin(t *testing.T, run string, more int, args []string) (c *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	lines := func() int {
		text, _ := os.ReadFile(filepath.Join(run, "metrics.jsonl")) // which is not there yet at first
		return bytes.Count(text, []byte("\n"))
	}
	said = &bytes.Buffer{}
	c = process(args...)
	c.Stdout, c.Stderr = said, said
	want := lines() + more
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	for deadline := time.Now().Add(2 * time.Minute); lines() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = c.Process.Kill()
			_ = c.Wait()
			t.Fatalf("not %d steps in two minutes:\n%s", want, said)
		}
	}
	return c, said
}

// interrupt starts vidcsl, interrupts it once its run has made so many steps more, and makes sure that it ends in order.
// It returns what it said.
func interrupt(t *testing.T, run string, more int, args []string) string {
	t.Helper()
	c, said := begin(t, run, more, args)
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if code := c.ProcessState.ExitCode(); code != Failed || !strings.Contains(said.String(), "interrupted; the same command with --resume goes on with "+run) {
		t.Fatalf("exit code %d, want %d\n%s", code, Failed, said)
	}
	return said.String()
}

// Ctrl-C once ends with a checkpoint of the last step, twice at once; either way the run goes on, and nobody else trains in its folder
// meanwhile.
func TestInterruptTraining(t *testing.T) {
	dir := t.TempDir()
	args := with(training(t, dir, "steps: 12", "steps: 100000"), "--val", videos(t))
	interrupt(t, dir, 3, args)
	done := len(metrics(t, dir))
	if _, err := os.Stat(filepath.Join(dir, "checkpoints", fmt.Sprintf("step-%06d.safetensors", done))); err != nil {
		t.Error(err)
	}
	args = with(args, "--resume")
	c, said := begin(t, dir, 1, args)
	if code, _, errs := run(args...); code != Usage || !strings.Contains(errs, "output "+dir+": another process trains into it") {
		t.Errorf("a second process: exit code %d, %s", code, errs)
	}
	for range 2 {
		if err := c.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
	}
	_ = c.Wait()
	if s := c.ProcessState.Sys().(syscall.WaitStatus); s.Signal() != syscall.SIGINT && s.ExitStatus() != Failed {
		t.Errorf("interrupted twice, it ends with %v\n%s", s, said)
	}
	interrupt(t, dir, 1, args)
	if now := len(metrics(t, dir)); now < done+2 {
		t.Errorf("%d steps, want at least %d", now, done+2)
	}
}
