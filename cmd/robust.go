package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/robustness"
	"vidcsl/cmd/internal/runs"
	"vidcsl/pipeline/shard"
	"vidcsl/robust/attack"
)

func robustCommand() *cobra.Command {
	var flags struct {
		job                          robustness.Job
		workers, task, epsilon, norm string
		output                       []string
		json                         bool
	}
	c := &cobra.Command{
		Use:   "robust RUN... --data DIR",
		Short: "Test what the encoder of a training does on spoiled or attacked clips",
		Long: "Tests the encoder of a run of vidcsl train on labelled clips that are spoiled by noise, weather, codecs and lost packets, each at severities\n" +
			"1 to 5, or that are attacked. What was measured is kept in the folder of the run, cell by cell: the same command goes on where it was\n" +
			"interrupted, and several processes share the work by --task. Several runs are compared. With --output report.html, all of it is shown on one page.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			j := flags.job
			j.Version, j.Norm = Version(), attack.Norm(flags.norm)
			for _, run := range args {
				j.Runs = append(j.Runs, filepath.Clean(run)) // shells complete run/ for run
			}
			for _, run := range []*string{&j.Baseline, &j.Supervised} {
				if *run != "" {
					*run = filepath.Clean(*run)
				}
			}
			if err := suited(c, j.Suite); err != nil {
				return usage(err)
			}
			if j.Epsilons, err = parseEpsilons(flags.epsilon); err != nil {
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
			if j.FineTune.Epochs < 1 || !(j.FineTune.LR > 0) {
				return usage(fmt.Errorf("--finetune-epochs is %d and --finetune-lr %v, want both above 0", j.FineTune.Epochs, j.FineTune.LR))
			}
			if j.Threads < 0 || j.Threads > 1024 {
				return usage(fmt.Errorf("--threads is %d, want 1 to 1024, or 0 for one per processor", j.Threads))
			}
			for _, path := range flags.output {
				if err := writable("output", path); err != nil {
					return usage(err)
				}
				j.Evidence = j.Evidence || isPage(path)
			}
			j.Command = append([]string{"vidcsl"}, c.Context().Value(argsKey{}).([]string)...)
			return runRobust(c, &j, flags.output, flags.json)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.job.Data, "data", "", "labelled test data: shards, videos or a data set FILE.yaml:PART (damage of the stream needs videos)")
	f.StringVar(&flags.job.Train, "train", "", "labelled data that the head learns from; the training's if not given")
	f.StringVar(&flags.job.Suite, "suite", robustness.Suites[0], "what is done to the clips: "+strings.Join(robustness.Suites, ", "))
	f.StringVar(&flags.job.Head, "head", robustness.Heads[0], "what classifies: "+strings.Join(robustness.Heads, ", "))
	f.StringSliceVar(&flags.job.Corruptions, "corruptions", nil, "names or sets, with commas between; all if not given: "+strings.Join(robustness.CorruptionNames(), ", "))
	f.IntSliceVar(&flags.job.Severities, "severities", []int{1, 2, 3, 4, 5}, "of each corruption")
	f.StringSliceVar(&flags.job.Attacks, "attacks", []string{"pgd"}, "with commas between: "+strings.Join(attack.Names(), ", "))
	f.StringVar(&flags.norm, "norm", string(attack.Linf), "norm of the attacks: linf, l2 or l1")
	f.StringVar(&flags.epsilon, "epsilon", "1/255,2/255,4/255,8/255", "sizes of the attacks, for pixels from 0 to 1")
	f.IntVar(&flags.job.Steps, "steps", 0, "steps of the attacks; 0: as many as is usual for each")
	f.IntVar(&flags.job.Clips, "clips", 0, "test videos that are attacked, drawn by the seed; 0 is all")
	f.Uint64Var(&flags.job.Seed, "seed", 0, "seed of corruptions, attacks and intervals")
	f.StringVar(&flags.job.Baseline, "baseline", "", "the run that others are compared with, such as one without removal: mCE is against it")
	f.StringVar(&flags.job.Supervised, "supervised", "", "the run with labels: says how much of the gap from the baseline to it others close")
	f.StringVar(&flags.task, "task", "", "make part I of N of the cells, as I/N counted from 0")
	f.StringArrayVar(&flags.output, "output", nil, "file to write the results to, beside the table: a page if it ends in .html, else JSON; can be given for each")
	f.BoolVar(&flags.json, "json", false, "print JSON in place of the table")
	f.IntVar(&flags.job.FineTune.Epochs, "finetune-epochs", 10, "epochs of the head finetune")
	f.Float64Var(&flags.job.FineTune.LR, "finetune-lr", 0.01, "rate of the head finetune")
	f.IntVar(&flags.job.Threads, "threads", 0, "threads of the engine; 0 is one per processor")
	f.StringVar(&flags.workers, "workers", "auto", "workers of each stage that makes views; auto is one per processor")
	return c
}

// suited returns an error where a flag is given that says how to do what is not in the suite: the tests that are left take long, and are not what
// was meant.
func suited(c *cobra.Command, suite string) error {
	for _, of := range []struct {
		suite string // that has nothing to do with the flags
		has   string
		flags []string
	}{
		{"corruptions", "attacks", []string{"attacks", "norm", "epsilon", "steps", "clips"}},
		{"attacks", "corruptions", []string{"corruptions", "severities"}},
	} {
		for _, name := range of.flags {
			if suite == of.suite && c.Flags().Changed(name) {
				return fmt.Errorf("--%s is given, but --suite %s has no %s, want --suite %s or all", name, suite, of.has, of.has)
			}
		}
	}
	return nil
}

// runRobust tests and reports, with a progress bar on a terminal and else a line of the log for each cell.
func runRobust(c *cobra.Command, j *robustness.Job, output []string, asJSON bool) (err error) {
	j.Log = logger(c)
	var b *bar
	j.Show = func(p robustness.Progress) {
		if b == nil {
			b = newBar(c.ErrOrStderr(), "cells", int64(p.Cells))
		}
		if !b.shown() && p.Clips == 0 {
			switch {
			case p.Done < p.Cells:
				j.Log.Info("testing", "what", p.Now, "cell", p.Done+1, "of", p.Cells)
			case p.Now != "done":
				j.Log.Info("making the page", "what", p.Now)
			}
		}
		b.set(int64(p.Done), fmt.Sprintf("%s, %d clips", p.Now, p.Clips))
	}
	report, missing, err := j.Run(c.Context())
	if b != nil {
		b.stop()
	}
	var input *runs.InputError
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; the same command goes on with the cells that are not there yet")
	case errors.As(err, &input):
		return usage(err)
	case err != nil:
		return err
	case report == nil:
		return writeMissing(c.OutOrStdout(), missing)
	}
	if asJSON {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else {
		err = report.WriteTable(c.OutOrStdout())
	}
	for _, path := range output {
		if isPage(path) {
			err = errors.Join(err, report.Page.WriteFile(path))
		} else {
			err = errors.Join(err, runs.WriteJSON(path, report))
		}
	}
	return err
}

// isPage reports whether a file is to be a page for people.
func isPage(path string) bool { return strings.EqualFold(filepath.Ext(path), ".html") }

// writeMissing says what other tasks have still to do.
func writeMissing(w io.Writer, missing []string) error {
	const most = 10
	_, err := fmt.Fprintf(w, "this task is done; %d cells of others are missing:\n  %s\n", len(missing), strings.Join(missing[:min(len(missing), most)], "\n  "))
	if err == nil && len(missing) > most {
		_, err = fmt.Fprintf(w, "  and %d more\n", len(missing)-most)
	}
	return err
}
