package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/forecast"
	"vidcsl/cmd/internal/runs"
)

// dryRun are the flags of a training that is only looked at.
type dryRun struct {
	on, json bool
	gpu      string
}

func (d *dryRun) flags(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&d.on, "dry-run", false, "open configuration and data, say what the training takes, and make no step")
	f.StringVar(&d.gpu, "gpu", "", "with --dry-run: estimate hours and memory on a GPU: "+strings.Join(forecast.Names(), ", "))
	f.BoolVar(&d.json, "json", false, "with --dry-run: print JSON in place of the table")
}

// check refuses flags that belong to a dry run without one.
func (d *dryRun) check() error {
	if !d.on && (d.gpu != "" || d.json) {
		return errors.New("--gpu and --json are for --dry-run, which is not given")
	}
	return nil
}

// run counts and estimates, and prints what it found.
func (d *dryRun) run(c *cobra.Command, j *runs.Training) error {
	var gpu *forecast.GPU
	if d.gpu != "" {
		g, err := forecast.Find(d.gpu)
		if err != nil {
			return usage(fmt.Errorf("--gpu: %w", err))
		}
		gpu = &g
	}
	dry, err := j.DryRun(c.Context(), gpu)
	if err != nil {
		return usage(err)
	}
	if d.json {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(dry)
	}
	printDry(c.OutOrStdout(), dry)
	return nil
}

func printDry(w io.Writer, d *runs.Dry) {
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%-18s %s\n", name, fmt.Sprintf(format, args...))
	}
	c := d.Cost
	row("samples", "%d, of %d classes; %d steps of %d in an epoch", c.Samples, d.Classes, c.EpochSteps, d.Batch)
	row("steps", "%d, %.4g epochs", c.Steps, d.Epochs)
	row("view", "%d frames of %dx%d; %d views of a sample", d.Shape[0], d.Shape[2], d.Shape[1], d.Views)
	row("parameters", "%.2f M that are trained", float64(c.Parameters)/1e6)
	row("encoder", "%s, %.2f GFLOPs for a view forward (%.2f G multiply-adds)", d.Arch, 2*float64(c.Forward)/1e9, float64(c.Forward)/1e9)
	row("step", "%.4g TFLOPs, by kind:", 2*float64(c.MultiplyAdds)/1e12)
	for _, kind := range slices.Sorted(maps.Keys(c.Kinds)) {
		row("", "%s %.4g", kind, 2*float64(c.Kinds[kind])/1e12)
	}
	row("state", "%.3f GB: weights, optimizer, bank", float64(c.State)/1e9)
	row("memory of a step", "%.2f GB beside the state, %.2f GB in bfloat16", float64(c.Batch+c.Live.F32)/1e9, float64(c.Batch+c.Live.BF16)/1e9)
	row("data", "%.2f MB of pixels in a sample", float64(c.PixelBytes)/1e6)
	if d.Forecast == nil {
		return
	}
	g := d.Forecast.GPU
	fmt.Fprintf(w, "\nAn estimate for one %s, not a measurement: %.0f %% of its peak and %.0f %% of its bandwidth are assumed,\n"+
		"and data that are there when they are needed. Peaks are those of its vendor (%s).\n\n", g.Name, 100*d.Forecast.ComputeShare, 100*d.Forecast.BandwidthShare, g.Source)
	for _, e := range d.Forecast.Precisions {
		row(e.Precision, "%.3g hours, %.3g s for a step, bound by %s", e.Hours, e.StepSeconds, e.Bound)
		fits := "fits"
		if !e.Fits {
			fits = "does not fit"
		}
		largest := ""
		if e.LargestBatch > 0 {
			largest = fmt.Sprintf("; the largest batch that does is about %d", e.LargestBatch)
		}
		row("", "%.1f GB of %.0f: %s%s", e.MemoryGB, g.Memory, fits, largest)
		row("", "needs data at %.0f samples/s, %.0f MB/s of pixels", e.SamplesPerS, e.PixelMBPerS)
	}
}
