package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/runs"
	"vidcsl/cmd/internal/study"
	"vidcsl/pipeline/shard"
)

func studyCommand() *cobra.Command {
	var flags struct {
		job           study.Study
		workers, task string
		dry           bool
	}
	c := &cobra.Command{
		Use:   "study --config FILE --data DIR --output OUT",
		Short: "Train in several ways over several seeds, and compare what the encoders withstand",
		Long: "Trains encoders in the ways that a file describes, chooses between the candidates of a way on the data in DIR/val, tests all of them on spoiled\n" +
			"and attacked clips of DIR/test, and says whether there is a gap between training with labels and without, and how much of it each way closes: at\n" +
			"the end of the trainings, and at like validation accuracy. The same command goes on where it was interrupted or killed; several processes\n" +
			"share the work by --task.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) (err error) {
			j := flags.job
			if j.File == "" || j.Data == "" || j.Output == "" {
				return usage(errors.New("--config, --data and --output are all needed"))
			}
			j.Data, j.Output, j.Config = filepath.Clean(j.Data), filepath.Clean(j.Output), study.Default()
			if err := j.Config.Read(j.File); err != nil {
				return usage(err)
			}
			if j.Threads < 0 || j.Threads > 1024 {
				return usage(fmt.Errorf("--threads is %d, want 1 to 1024, or 0 for one per processor", j.Threads))
			}
			if j.Workers, err = parseWorkers(flags.workers); err != nil {
				return usage(err)
			}
			if flags.task != "" {
				if j.Task, j.Tasks, err = shard.ParseTask(flags.task); err != nil {
					return usage(err)
				}
			}
			j.Version, j.Log = Version(), logger(c)
			if flags.dry {
				return inputError(j.WritePlan(c.Context(), c.OutOrStdout()))
			}
			return runStudy(c, &j)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.job.File, "config", "", "YAML file of the study")
	f.StringVar(&flags.job.Data, "data", "", "folder with the folders train, val and test: shards that preprocess wrote, or videos")
	f.StringVar(&flags.job.Output, "output", "", "folder of the study: its runs, and what was found")
	f.StringVar(&flags.task, "task", "", "do part I of N of the work, as I/N counted from 0")
	f.BoolVar(&flags.dry, "dry-run", false, "check everything and print what the study is made of; nothing is written")
	f.IntVar(&flags.job.Threads, "threads", 0, "threads of the engine; 0 is one per processor")
	f.StringVar(&flags.workers, "workers", "auto", "workers of each stage that makes views; auto is one per processor")
	return c
}

// inputError makes an error of the input one of usage.
func inputError(err error) error {
	var input *runs.InputError
	if errors.As(err, &input) {
		return usage(err)
	}
	return err
}

// runStudy makes a study and reports, with a progress bar for each phase on a terminal and else a line of the log for each part.
func runStudy(c *cobra.Command, j *study.Study) error {
	var b *bar
	var last study.Progress
	j.Show = func(p study.Progress) {
		if b == nil || p.Phase != last.Phase {
			if b != nil {
				b.stop()
			}
			b = newBar(c.ErrOrStderr(), p.Phase, int64(p.Parts))
		}
		if !b.shown() && (p.Phase != last.Phase || p.Now != last.Now) {
			j.Log.Info(p.Phase, "now", p.Now, "done", p.Done, "of", p.Parts, "left", p.Left.Round(time.Second))
		}
		b.set(int64(p.Done), fmt.Sprintf("%s, %s, %v left", p.Now, p.Note, p.Left.Round(time.Second)))
		last = p
	}
	result, err := j.Run(c.Context())
	if b != nil {
		b.stop()
	}
	var missing *study.MissingError
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted; the same command goes on with what is not done yet")
	case errors.As(err, &missing):
		return fmt.Errorf("%w; start the other tasks, or the same command without --task", err)
	case err != nil:
		return inputError(err)
	}
	return result.WriteTable(c.OutOrStdout())
}
