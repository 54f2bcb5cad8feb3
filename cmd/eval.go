package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/runs"
)

func evalCommand() *cobra.Command {
	var flags struct {
		job     runs.Evaluation
		workers string
		output  string
		json    bool
	}
	c := &cobra.Command{
		Use:   "eval RUN... --data DIR",
		Short: "Test what the encoder of a training has learned",
		Long: "Tests the encoder of a run of vidcsl train on labelled clips: by their nearest neighbours among the training clips, by a linear\n" +
			"classifier of its features, by retrieval, or after training all of it on with labels. Several runs are compared, a line for each.",
		Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) (err error) {
			j := flags.job
			if j.Data == "" {
				return usage(errors.New("--data DIR is missing"))
			}
			for _, p := range j.Probes {
				if !slices.Contains(runs.Probes, p) {
					return usage(fmt.Errorf("--probe is %q, want of %s", p, strings.Join(runs.Probes, ", ")))
				}
			}
			if j.FineTune.Epochs < 1 || !(j.FineTune.LR > 0) {
				return usage(fmt.Errorf("--finetune-epochs is %d and --finetune-lr %v, want both above 0", j.FineTune.Epochs, j.FineTune.LR))
			}
			if j.Threads < 0 || j.Threads > 1024 {
				return usage(fmt.Errorf("--threads is %d, want 1 to 1024, or 0 for one per processor", j.Threads))
			}
			if j.Workers, err = parseWorkers(flags.workers); err != nil {
				return usage(err)
			}
			if err := errors.Join(writable("output", flags.output), writable("embeddings", j.Embeddings)); err != nil {
				return usage(err)
			}
			j.Version, j.Log = Version(), logger(c)
			if len(args) > 1 && j.Embeddings != "" {
				return usage(fmt.Errorf("--embeddings is of one run, not of %d", len(args)))
			}
			list, err := j.Compare(c.Context(), args)
			var input *runs.InputError
			switch {
			case errors.Is(err, context.Canceled):
				return errors.New("interrupted")
			case errors.As(err, &input):
				return usage(err)
			case err != nil:
				return err
			}
			return writeReports(c, list, flags.output, flags.json)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.job.Data, "data", "", "labelled test data: shards or videos, or a data set FILE.yaml:PART")
	f.StringVar(&flags.job.Train, "train", "", "labelled data to compare with and to learn from; the training's if not given")
	f.StringSliceVar(&flags.job.Probes, "probe", []string{"knn"}, "tests, with commas between: "+strings.Join(runs.Probes, ", "))
	f.StringVar(&flags.job.Embeddings, "embeddings", "", "Arrow file to write the features of the test data to")
	f.IntVar(&flags.job.FineTune.Epochs, "finetune-epochs", 10, "epochs of the probe finetune")
	f.Float64Var(&flags.job.FineTune.LR, "finetune-lr", 0.01, "rate of the probe finetune")
	f.StringVar(&flags.output, "output", "", "JSON file to write the results to, beside the table")
	f.BoolVar(&flags.json, "json", false, "print JSON in place of the table")
	f.IntVar(&flags.job.Threads, "threads", 0, "threads of the engine; 0 is one per processor")
	f.StringVar(&flags.workers, "workers", "auto", "workers of each stage that makes views; auto is one per processor")
	return c
}

// writable returns an error if a flag names a file in a folder that is not there.
func writable(flag, path string) error {
	if path == "" {
		return nil
	}
	if st, err := os.Stat(filepath.Dir(path)); err != nil || !st.IsDir() {
		return fmt.Errorf("--%s is %s, want a file in a folder that is there", flag, path)
	}
	if st, err := os.Stat(path); err == nil && st.IsDir() {
		return fmt.Errorf("--%s is %s, which is a folder, want a file", flag, path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".vidcsl-*")
	if err != nil {
		return fmt.Errorf("--%s is %s, want a file in a folder that can be written: %w", flag, path, err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// writeReports prints the results, and writes them to a file where that is asked for: those of one run by themselves, those of several
// as a list. An error of the one does not keep from the other.
func writeReports(c *cobra.Command, list []runs.Compared, path string, asJSON bool) (err error) {
	var v any = list
	table := func(w io.Writer) error { return runs.WriteComparison(w, list) }
	if len(list) == 1 {
		v, table = list[0].Report, list[0].Report.WriteTable
	}
	if asJSON {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		err = e.Encode(v)
	} else {
		err = table(c.OutOrStdout())
	}
	if path != "" {
		err = errors.Join(err, runs.WriteJSON(path, v))
	}
	return err
}
