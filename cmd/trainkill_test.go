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
	rounds, kills := 1, 3
	if os.Getenv("VIDCSL_LONG") != "" {
		rounds, kills = 20, 12
	}
	args := func(run string) []string {
		return with(training(t, run, "steps: 12", "steps: 18"), "--val", videos(t), "--resume")
	}
	whole := t.TempDir()
	if out, err := process(args(whole)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, steps := readFile(t, whole, "encoder.safetensors"), metrics(t, whole)
	for round := range rounds {
		rng, dir := rand.New(rand.NewPCG(1, uint64(round))), t.TempDir()
		killed, done := 0, false
		for ; killed < kills && !done; killed++ {
			more, while := rng.IntN(6), time.Duration(rng.Int64N(int64(20*time.Millisecond)))
			if more == 0 {
				while *= 20 // in which the process starts
			}
			done = !killAfter(t, dir, more, while, args(dir))
		}
		t.Logf("round %d: killed %d times", round, killed)
		if out, err := process(args(dir)...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if !bytes.Equal(want, readFile(t, dir, "encoder.safetensors")) {
			t.Errorf("round %d: the encoder differs", round)
		}
		if got := metrics(t, dir); !reflect.DeepEqual(got, steps) {
			t.Errorf("round %d: metrics are\n%v\nwant\n%v", round, got, steps)
		}
	}
}

// killAfter runs vidcsl and kills it a while after its run has made so many steps more than it had; false if it was done before.
func killAfter(t *testing.T, run string, more int, while time.Duration, args []string) (killed bool) {
	t.Helper()
	var out bytes.Buffer
	c := process(args...)
	c.Stdout, c.Stderr = &out, &out
	want, ended := stepsOf(run)+more, make(chan error, 1)
	if more == 0 {
		want = 0
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { ended <- c.Wait() }()
	var err error
	for waiting := true; waiting; {
		select {
		case err = <-ended:
			waiting = false
		case <-time.After(time.Millisecond):
			if stepsOf(run) >= want {
				time.Sleep(while)
				_ = c.Process.Kill()
				err, waiting = <-ended, false
			}
		}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
		return true
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	return false
}

// stepsOf counts the steps that a run has written.
func stepsOf(run string) int {
	text, _ := os.ReadFile(filepath.Join(run, "metrics.jsonl")) // which is not there yet at first
	return bytes.Count(text, []byte("\n"))
}

// begin starts vidcsl and waits until its run has made so many steps more than it had.
func begin(t *testing.T, run string, more int, args []string) (c *exec.Cmd, said *bytes.Buffer) {
	t.Helper()
	said = &bytes.Buffer{}
	c = process(args...)
	c.Stdout, c.Stderr = said, said
	want := stepsOf(run) + more
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	for deadline := time.Now().Add(2 * time.Minute); stepsOf(run) < want; time.Sleep(5 * time.Millisecond) {
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
