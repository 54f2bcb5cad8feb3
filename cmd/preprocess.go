package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/pipeline"
	"vidcsl/pipeline/shard"
)

func preprocessCommand() *cobra.Command {
	d := preprocess.Default()
	var flags struct {
		config      preprocess.Config
		file        string
		recipe      string
		task        string
		workers     string
		maxFailures string
		metrics     string
		job         preprocess.Job
	}
	c := &cobra.Command{
		Use:   "preprocess --input DIR|GLOB|FILE.csv|FILE.yaml:PART|VIDEO --output DIR",
		Short: "Turn videos into shards of clips: Arrow record batches",
		Long: "Takes clips from videos and images and writes them as Arrow record batches, in shards with a manifest.\n" +
			"In a folder the first folder below it is the class. Clips that cannot be delivered are rows of failures.arrow.\n" +
			"The same input, flags and seed give the same bytes at any number of workers and tasks, resumed or not.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			j := flags.job
			cfg, err := overlay(c, d, flags.file, flags.recipe, flags.config)
			if err != nil {
				return usage(err)
			}
			allowed, err := parseShare(flags.maxFailures)
			if err != nil {
				return usage(err)
			}
			if j.Workers, err = parseWorkers(flags.workers); err != nil {
				return usage(err)
			}
			if flags.task != "" {
				if j.Task, j.Tasks, err = shard.ParseTask(flags.task); err != nil {
					return usage(err)
				}
			}
			if j.Input == "" || j.Output == "" {
				return usage(errors.New("--input and --output are both needed"))
			}
			stop, err := serveMetrics(flags.metrics)
			if err != nil {
				return usage(err)
			}
			defer stop()
			j.Config, j.Version, j.Log = cfg, Version(), logger(c)
			j.Watch = watch(c.ErrOrStderr(), flags.metrics != "")
			sum, err := j.Run(c.Context())
			return report(c, &j, sum, err, allowed)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.job.Input, "input", "", "folder, glob pattern, CSV file with the columns path and label, data set FILE.yaml:PART, or one video")
	f.StringVar(&flags.job.Output, "output", "", "folder to write")
	f.StringVar(&flags.file, "config", "", "YAML file with the values of the flags below; flags given here come first")
	f.StringVar(&flags.recipe, "recipe", "", "augmentation of every view: "+strings.Join(augment.Recipes(), ", "))
	f.IntVar(&flags.config.Frames, "frames", d.Frames, "frames per clip")
	f.IntVar(&flags.config.Stride, "stride", d.Stride, "take every n-th frame of the video")
	flags.config.Size = d.Size
	f.Var(&flags.config.Size, "size", "side of the square in pixels (short side scaled, centre crop), or native")
	f.StringVar(&flags.config.Sampler, "sampler", d.Sampler, "where clips begin: random, regular, or uniform (one frame of each of --frames segments)")
	f.IntVar(&flags.config.ClipsPerVideo, "clips-per-video", d.ClipsPerVideo, "clips taken from each video")
	f.IntVar(&flags.config.Views, "views", d.Views, "views per clip, each with frames of its own")
	f.Uint64Var(&flags.config.Seed, "seed", d.Seed, "seed of all that is drawn")
	f.StringVar(&flags.config.Store, "store", d.Store, "how pixels are stored: raw, lz4, zstd, or with loss jpeg or h264")
	f.StringVar(&flags.workers, "workers", "auto", "decoders at work at the same time; auto is one per processor")
	f.StringVar(&flags.task, "task", "", "do part I of N of the work, as I/N counted from 0")
	f.BoolVar(&flags.job.Resume, "resume", false, "go on with a run that was interrupted")
	f.StringVar(&flags.maxFailures, "max-failures", "1%", "exit with 3 if more clips than this fail: a number or a percentage")
	f.StringVar(&flags.metrics, "metrics-addr", "", "serve /metrics and /debug/pprof on this address, such as localhost:9090")
	return c
}

// overlay returns the defaults, under the file, under the flags that were given.
func overlay(c *cobra.Command, cfg preprocess.Config, file, recipe string, flags preprocess.Config) (preprocess.Config, error) {
	if file != "" {
		if err := cfg.Read(file); err != nil {
			return cfg, err
		}
	}
	if recipe != "" {
		p, err := augment.Recipe(recipe)
		if err != nil {
			return cfg, fmt.Errorf("--recipe is %q, want one of %s", recipe, strings.Join(augment.Recipes(), ", "))
		}
		if cfg.Augment.Len() > 0 {
			logger(c).Warn("--recipe takes the place of what the file says", "recipe", recipe, "file", file, "key", "augment")
		}
		cfg.Augment = p
	}
	given := c.Flags().Changed
	for _, set := range []struct {
		flag string
		do   func()
	}{
		{"frames", func() { cfg.Frames = flags.Frames }},
		{"stride", func() { cfg.Stride = flags.Stride }},
		{"size", func() { cfg.Size = flags.Size }},
		{"sampler", func() { cfg.Sampler = flags.Sampler }},
		{"clips-per-video", func() { cfg.ClipsPerVideo = flags.ClipsPerVideo }},
		{"views", func() { cfg.Views = flags.Views }},
		{"seed", func() { cfg.Seed = flags.Seed }},
		{"store", func() { cfg.Store = flags.Store }},
	} {
		if given(set.flag) {
			set.do()
		}
	}
	return cfg, cfg.Check()
}

// parseShare returns how many of n clips may fail.
func parseShare(s string) (func(n int) int, error) {
	bad := fmt.Errorf("--max-failures is %q, want a number of clips, or a percentage such as 1%%", s)
	if p, ok := strings.CutSuffix(s, "%"); ok {
		v, err := strconv.ParseFloat(p, 64)
		if err != nil || !(v >= 0 && v <= 100) {
			return nil, bad
		}
		return func(n int) int { return int(v / 100 * float64(n)) }, nil
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 {
		return nil, bad
	}
	return func(int) int { return v }, nil
}

func parseWorkers(s string) (int, error) {
	if s == "auto" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 1024 {
		return 0, fmt.Errorf("--workers is %q, want auto or 1 to 1024", s)
	}
	return n, nil
}

// watch shows the progress of a run on a terminal and offers its counters to the metrics server.
func watch(stderr io.Writer, metrics bool) func(*pipeline.Graph, int, func() (int64, int64)) func() {
	return func(g *pipeline.Graph, clips int, done func() (int64, int64)) func() {
		if metrics {
			offer(g)
		}
		return newBar(stderr, "clips", int64(clips)).follow(func() (int64, string) {
			written, failed := done()
			note := fmt.Sprintf("%d failed", failed)
			if b := g.Bottleneck(); b != "" {
				note += ", waiting for " + b
			}
			return written + failed, note
		})
	}
}

// report prints what a run did and turns it into an exit code.
func report(c *cobra.Command, j *preprocess.Job, s *preprocess.Summary, err error, allowed func(int) int) error {
	if s != nil {
		printSummary(c.OutOrStdout(), j, s)
	}
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted; the same command with --resume goes on with %s", j.Output)
	default:
		return err
	}
	if int(s.Lost) > allowed(int(s.Answered)) { // the same answer whether the run was resumed or not
		return &exit{TooManyLost, fmt.Errorf("%d of %d clips failed, more than allowed (--max-failures); they are listed in %s/failures.arrow", s.Lost, s.Answered, j.Output)}
	}
	return nil
}

func printSummary(w io.Writer, j *preprocess.Job, s *preprocess.Summary) {
	row := func(name string, format string, args ...any) {
		fmt.Fprintf(w, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("videos", "%d", s.Videos)
	row("clips", "%d written, %d failed, %d done before, of %d in the whole run", s.Written, s.Failed(), s.Skipped, s.Clips)
	for _, reason := range slices.Sorted(maps.Keys(s.Failures)) {
		row("", "%s: %d", reason, s.Failures[reason])
	}
	row("shards", "%d, %.1f MB", s.Shards, float64(s.Bytes)/1e6)
	row("time", "%s, %.1f clips/s", s.Elapsed.Round(10*time.Millisecond), float64(s.Written)/max(s.Elapsed.Seconds(), 1e-9))
	if s.Slowest != "" {
		row("bottleneck", "%s", s.Slowest)
	}
	state := "complete"
	if !s.Complete {
		state = "not complete yet"
	}
	row("output", "%s (%s)", j.Output, state)
}
