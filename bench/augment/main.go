// Command augment is this project's contestant in the augmentation benchmark; see bench/README.md.
//
//	augment recipe -clips FILE                 serve: reads lines "THREADS SECONDS", augments clips in
//	                                           memory and answers {"wall","cpu","done"}
//	augment path -videos FILE -how HOW         serve: reads lines "SECONDS", makes batches of two views out
//	                                           of videos and answers the same; HOW is assemble or apply.
//	                                           Before, it answers twice: at its first batch, and when ready
//	augment breakdown -clips FILE              prints what each part of the recipe costs
//
// With -dump FILE -draws N, recipe and path write N views instead, for compare.py.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"syscall"
	"time"

	"vidcsl/augment"
)

const (
	seed   = 1
	frames = 16
	size   = 112
)

type options struct {
	clips, videos, how, dump string
	draws, batch, workers    int
}

// answer is what a contestant did within a given time.
type answer struct {
	Wall float64 `json:"wall"` // seconds
	CPU  float64 `json:"cpu"`  // seconds, all threads
	Done int     `json:"done"` // clips, or samples of two views
}

func main() {
	log.SetFlags(0)
	modes := map[string]func(options) error{"recipe": recipe, "path": path, "breakdown": breakdown}
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		log.Fatal("the first argument is recipe, path or breakdown")
	}
	var o options
	fs := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	fs.StringVar(&o.clips, "clips", "", "file of raw clips, from clips.py")
	fs.StringVar(&o.videos, "videos", "", "file with a JSON list of videos")
	fs.StringVar(&o.how, "how", "assemble", "assemble: ops straight into the batch; apply: ops, then batch")
	fs.StringVar(&o.dump, "dump", "", "file for the pixels of the first views")
	fs.IntVar(&o.draws, "draws", 320, "views to dump")
	fs.IntVar(&o.batch, "batch", 8, "samples of a batch")
	fs.IntVar(&o.workers, "workers", 2, "workers of each stage")
	_ = fs.Parse(os.Args[2:]) // exits on error
	if err := modes[os.Args[1]](o); err != nil {
		log.Fatal(err)
	}
}

// planner draws the recipe; stride is that of the frames.
func planner(views int, sampler augment.Planner) (augment.Planner, error) {
	p, err := augment.Recipe("mocov2")
	if err != nil {
		return augment.Planner{}, err
	}
	sampler.Seed, sampler.Views, sampler.Size, sampler.Pipeline = seed, views, size, p
	return sampler, sampler.Check()
}

// serve answers each line of standard input; the numbers of the line are run's arguments.
func serve(in io.Reader, out io.Writer, run func(args []float64) (answer, error)) error {
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var args []float64
		if err := json.Unmarshal([]byte("["+lines.Text()+"]"), &args); err != nil {
			return fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		a, err := run(args)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(out).Encode(a); err != nil {
			return err
		}
	}
	return nil
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails only on a bad argument
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
