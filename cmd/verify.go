package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/look"
	"vidcsl/pipeline/shard"
)

func verifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify PATH",
		Short: "Check a run (checksums, schema, rows), a shard, or that a video decodes",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			st, err := os.Stat(args[0])
			if err != nil {
				return usage(err)
			}
			if st.IsDir() {
				return verifyRun(c, args[0], asJSON)
			}
			r, err := verifyFile(c, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c, r)
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: ok, %s\n", args[0], r.Found)
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

// verified is the result for one file.
type verified struct {
	Path  string `json:"path"`
	OK    bool   `json:"ok"`
	Found string `json:"found"`
}

func verifyFile(c *cobra.Command, path string) (*verified, error) {
	if filepath.Ext(path) == ".arrow" {
		rows, err := look.ReadThrough(path)
		if err != nil {
			return nil, err
		}
		if err := listedOtherwise(path); err != nil {
			return nil, err
		}
		return &verified{path, true, fmt.Sprintf("%d rows", rows)}, nil
	}
	n, err := look.DecodeThrough(c.Context(), path)
	if err != nil {
		return nil, err
	}
	return &verified{path, true, fmt.Sprintf("%d frames decoded", n)}, nil
}

// listedOtherwise returns an error if the file belongs to a run whose manifest does not agree with it.
func listedOtherwise(path string) error {
	problems, err := shard.VerifyFile(path)
	if err != nil || len(problems) == 0 { // an error: the file belongs to no run
		return nil
	}
	return fmt.Errorf("%s: %s", path, problems[0].Message)
}

func verifyRun(c *cobra.Command, dir string, asJSON bool) error {
	r, err := shard.Verify(dir)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return usage(fmt.Errorf("%s holds no run: it has no manifest.json", dir))
		}
		return err
	}
	if asJSON {
		if err := printJSON(c, r); err != nil {
			return err
		}
	} else {
		printVerified(c, r)
	}
	if !r.OK || !r.Complete {
		return &exit{Failed, errSaid}
	}
	return nil
}

func printVerified(c *cobra.Command, r *shard.Report) {
	w := c.OutOrStdout()
	fmt.Fprintf(w, "%s: %d of %d shards, %d rows, %d failures, %.1f MB\n", r.Dir, r.Finished, r.Shards, r.Rows, r.Failures, float64(r.Bytes)/1e6)
	for _, p := range r.Problems {
		fmt.Fprintf(w, "  %s: %s\n", p.File, p.Message)
	}
	switch {
	case !r.OK:
		fmt.Fprintf(w, "damaged: %d problems; remove the files named, then preprocess --resume makes them again\n", len(r.Problems))
	case !r.Complete:
		fmt.Fprintf(w, "not complete: %d shards are missing; preprocess --resume makes them\n", len(r.Missing))
	default:
		fmt.Fprintln(w, "ok")
	}
}

func printJSON(c *cobra.Command, v any) error {
	e := json.NewEncoder(c.OutOrStdout())
	e.SetIndent("", "  ")
	return e.Encode(v)
}
