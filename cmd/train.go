package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/runs"
	"vidcsl/model/train"
)

func trainCommand() *cobra.Command {
	var flags struct {
		job     runs.Training
		file    string
		engine  string
		workers string
		seed    uint64
		dry     dryRun
	}
	c := &cobra.Command{
		Use:   "train --data DIR --output RUN",
		Short: "Train an encoder by contrast, without false negatives, or by labels",
		Long: "Trains an encoder on shards that preprocess wrote, or straight on videos. With --val, the encoder is tested on held-out clips by\n" +
			"their nearest neighbours. The same data, configuration, seed and number of threads give the same weights, interrupted and\n" +
			"resumed or not. vidcsl config print train shows the configuration. With --dry-run, it says what that takes, in hours and memory of a GPU\n" +
			"too, and makes no step.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			j := flags.job
			j.Config = runs.Default()
			if flags.file != "" {
				if err := j.Config.Read(flags.file); err != nil {
					return usage(err)
				}
			}
			if c.Flags().Changed("seed") {
				j.Config.Seed = flags.seed
			}
			if err := flags.dry.check(); err != nil {
				return usage(err)
			}
			if flags.dry.on && j.Data == "" {
				return usage(errors.New("--data is missing"))
			}
			if !flags.dry.on && (j.Data == "" || j.Output == "") {
				return usage(errors.New("--data and --output are both needed"))
			}
			if flags.engine != "cpu" {
				return usage(fmt.Errorf("--engine is %q, want cpu", flags.engine))
			}
			if j.Threads < 0 || j.Threads > 1024 {
				return usage(fmt.Errorf("--threads is %d, want 1 to 1024, or 0 for one per processor", j.Threads))
			}
			if j.Workers, err = parseWorkers(flags.workers); err != nil {
				return usage(err)
			}
			j.Version, j.Log = Version(), logger(c)
			if flags.dry.on {
				return flags.dry.run(c, &j)
			}
			return runTraining(c, &j)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.job.Data, "data", "", "shards that preprocess wrote, or videos: a folder, glob pattern, CSV file, or data set FILE.yaml:PART")
	f.StringVar(&flags.job.Val, "val", "", "labelled data that is held out, to test on")
	f.StringVar(&flags.job.Output, "output", "", "folder of the run: checkpoints, metrics, the encoder")
	f.StringVar(&flags.file, "config", "", "YAML file; what it does not set has its default")
	f.StringVar(&flags.engine, "engine", "cpu", "what computes: cpu")
	f.IntVar(&flags.job.Threads, "threads", 0, "threads of the engine; 0 is one per processor, or with --resume as many as before")
	f.StringVar(&flags.workers, "workers", "auto", "workers of each stage that makes views; auto is one per processor")
	f.Uint64Var(&flags.seed, "seed", 0, "seed of all that is drawn, in place of the file's")
	f.BoolVar(&flags.job.Resume, "resume", false, "go on with a run that was interrupted")
	flags.dry.flags(c)
	return c
}

// runTraining trains and reports, with a progress bar on a terminal.
func runTraining(c *cobra.Command, j *runs.Training) error {
	var b *bar
	j.Show = func(p train.Progress, r *train.Record) {
		if b == nil {
			b = newBar(c.ErrOrStderr(), "steps", int64(p.Steps))
		}
		b.set(int64(p.Step), trainingNote(p, r))
	}
	result, err := j.Run(c.Context())
	if b != nil {
		b.stop()
	}
	var input *runs.InputError
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted; the same command with --resume goes on with %s", j.Output)
	case errors.As(err, &input):
		return usage(err)
	case err != nil:
		return err
	}
	printTraining(c.OutOrStdout(), j, result)
	return nil
}

// trainingNote is what a progress bar says beside the steps.
func trainingNote(p train.Progress, r *train.Record) string {
	note := fmt.Sprintf("loss %.3f", p.Loss)
	for _, m := range []struct{ metric, name string }{
		{"contrast_accuracy", "acc"}, {"precision", "prec"}, {"recall", "rec"}, {"alignment", "align"}, {"uniformity", "unif"}, {"knn", "kNN"},
	} {
		if v, ok := r.Value(m.metric); ok && v == v {
			note += fmt.Sprintf(", %s %.2f", m.name, v)
		}
	}
	return note + fmt.Sprintf(", %.0f clips/s, waiting %.0f %%, %v left", p.ClipsPerSecond, 100*p.Waiting, p.Left.Round(1e9))
}

func printTraining(w io.Writer, j *runs.Training, r *runs.Result) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-18s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("steps", "%d, %.1f s, %.1f clips/s", r.Steps, r.Seconds, r.ClipsPerS)
	row("waiting for data", "%.1f %% of the time", 100*r.Waiting)
	data := fmt.Sprintf("%.0f %% of the processors", 100*r.Making)
	if r.Bottleneck != "" {
		data += ", bottleneck " + r.Bottleneck
	}
	row("making data", "%s", data)
	if r.Failed > 0 {
		row("left out", "%d clips", r.Failed)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		row(name, "%.4f", r.Metrics[name])
	}
	if r.KNN != nil {
		row("kNN", "%v", *r.KNN)
	}
	row("output", "%s", j.Output)
}
