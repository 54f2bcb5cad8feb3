package cmd

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/replay"
	"vidcsl/cmd/internal/sheet"
)

type replayFlags struct {
	key, input, png string
	edits           []string
	json            bool
}

func replayCommand() *cobra.Command {
	var flags replayFlags
	c := &cobra.Command{
		Use:   "replay SHARD|RUN --key KEY --input DIR|GLOB|FILE.csv|FILE.yaml:PART|VIDEO",
		Short: "Make a row again from its source and its plan, and compare bit for bit",
		Long: "Makes the views of one row again and compares them with what is stored. With --edit a value of a plan is changed first, and\n" +
			"the difference it makes is shown: --edit view_0.color_jitter.brightness=1.5 or --edit view_1.crop.x=16.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runReplay(c, args[0], flags) },
	}
	f := c.Flags()
	f.StringVar(&flags.key, "key", "", "key of the row")
	f.StringVar(&flags.input, "input", "", "what preprocess was given as --input")
	f.StringArrayVar(&flags.edits, "edit", nil, "change a value of a plan first, as view_0.NAME.NAME=VALUE; may be given again")
	f.StringVar(&flags.png, "png", "", "write a picture of stored, remade and difference to this file")
	f.BoolVar(&flags.json, "json", false, "print the comparison as JSON")
	return c
}

func runReplay(c *cobra.Command, path string, flags replayFlags) error {
	if flags.key == "" || flags.input == "" {
		return usage(errors.New("--key and --input are both needed"))
	}
	if err := replaceable(flags.png, path); err != nil {
		return usage(err)
	}
	row, err := replay.Find(c.Context(), path, flags.key)
	if err != nil {
		return usage(err)
	}
	for _, e := range flags.edits {
		if err := row.Edit(e); err != nil {
			return usage(fmt.Errorf("--edit: %w", err))
		}
	}
	views, err := row.Rebuild(c.Context(), flags.input)
	if err != nil && len(flags.edits) > 0 && c.Context().Err() == nil {
		return usage(fmt.Errorf("with %s: %w", strings.Join(flags.edits, " and "), err))
	}
	if err != nil {
		return err
	}
	same := true
	diffs := make([]replay.Difference, len(views))
	for k, v := range views {
		diffs[k] = replay.Compare(k, row.Views[k], v)
		same = same && diffs[k].Identical
	}
	if flags.png != "" {
		if err := sheet.Write(flags.png, sheet.Draw(replaySheet(row, views), sheet.Columns)); err != nil {
			return err
		}
	}
	if flags.json {
		if err := printJSON(c, map[string]any{"file": row.File, "key": row.Key, "source": row.Source, "edits": flags.edits, "views": diffs}); err != nil {
			return err
		}
	} else {
		printReplay(c.OutOrStdout(), row, diffs)
	}
	if !same && len(flags.edits) == 0 {
		return fmt.Errorf("%s is not what its plan makes of %s: the source, the program or the shard has changed", row.Key, row.Source)
	}
	return nil
}

func printReplay(w io.Writer, row *replay.Row, diffs []replay.Difference) {
	fmt.Fprintf(w, "%-10s %s\n%-10s %s\n%-10s %s\n", "key", row.Key, "source", row.Source, "shard", row.File)
	for _, d := range diffs {
		name := fmt.Sprintf("view %d", d.View)
		switch {
		case d.Identical:
			fmt.Fprintf(w, "%-10s identical, %d bytes\n", name, d.Bytes)
		case d.Shape != "":
			fmt.Fprintf(w, "%-10s another shape: %s\n", name, d.Shape)
		default:
			fmt.Fprintf(w, "%-10s differs in %d of %d bytes, by %d at most and %.3f on average, PSNR %.2f dB\n", name, d.Changed, d.Bytes, d.Max, d.Mean, d.PSNR)
		}
		fmt.Fprintf(w, "%-10s %s\n", "", d.Plan)
	}
}

// replaySheet shows for every view a line of stored frames, one of remade ones and one of their difference, four times as strong.
func replaySheet(row *replay.Row, views []replay.View) (cells []sheet.Cell) {
	for k, now := range views {
		was := row.Views[k]
		lines := []replay.View{was, now}
		names := []string{"stored", "remade", "difference x4"}
		if was.Shape == now.Shape {
			diff := replay.View{Shape: now.Shape, Pixels: make([]byte, len(now.Pixels))}
			for i := range diff.Pixels {
				e := int(now.Pixels[i]) - int(was.Pixels[i])
				diff.Pixels[i] = byte(min(4*max(e, -e), 255))
			}
			lines = append(lines, diff)
		}
		for l, v := range lines {
			line := sheet.Line(v.Pixels, v.Shape.T, v.Shape.H, v.Shape.W)
			line[0].Caption = fmt.Sprintf("view %d %s", k, names[l])
			cells = append(cells, line...)
		}
	}
	return cells
}
