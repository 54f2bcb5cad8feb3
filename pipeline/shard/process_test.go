package shard

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// The test binary started with this variable works as one task of a run, and is killed by its parent.
const childDir = "SHARD_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		child(dir)
		return
	}
	os.Exit(m.Run())
}

func processPlan() *Plan {
	items := make([]Item, 120)
	for i := range items {
		items[i] = Item{Key: "k" + strconv.Itoa(i)}
	}
	p, err := NewPlan(items, 4, "processes")
	if err != nil {
		panic(err)
	}
	return p
}

func child(dir string) {
	task, tasks, err := ParseTask(os.Getenv("SHARD_TEST_TASK"))
	if err != nil {
		panic(err)
	}
	run, err := Open(dir, processPlan(), withTask(task, tasks, true))
	if err != nil {
		panic(err)
	}
	defer run.Close()
	for _, s := range run.Pending() {
		if _, err := fillShard(memory.DefaultAllocator, run, s); err != nil {
			panic(err)
		}
	}
	if err := run.Finish(); err != nil {
		panic(err)
	}
}

func startChild(t *testing.T, dir, task string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childDir+"="+dir, "SHARD_TEST_TASK="+task)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// Three processes fill one directory and are killed at random moments, again and again; in the end it holds the same bytes as
// a run that was left alone.
func TestKilledProcesses(t *testing.T) {
	p := processPlan()
	want := t.TempDir()
	fillAll(t, want, p, withTask(0, 1, false))
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 2))
	kills := 12
	if testing.Short() {
		kills = 4
	}
	for range kills {
		var children []*exec.Cmd
		for _, task := range []string{"0/3", "1/3", "2/3"} {
			children = append(children, startChild(t, dir, task))
		}
		time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond)
		for _, c := range children {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		if m, err := ReadManifest(dir); err == nil {
			t.Logf("%d of %d shards after the kill", len(m.Entries), m.Shards)
			if r, err := Verify(dir); err != nil || len(r.Problems) > 0 && !r.Complete {
				t.Fatalf("after a kill: %+v, %v", r, err)
			}
		}
	}
	var children []*exec.Cmd
	for _, task := range []string{"0/3", "1/3", "2/3"} {
		children = append(children, startChild(t, dir, task))
	}
	for _, c := range children {
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	wantVerified(t, dir)
	sameFiles(t, dir, want)
}
