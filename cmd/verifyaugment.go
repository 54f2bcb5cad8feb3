package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
)

func verifyAugmentCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify-augment [NAME...]",
		Short: "Check that transforms keep the rules: same seed same bytes, nothing kept, no leak, no panic, ...",
		Long: "Runs the conformance kit augment/augmenttest on the transforms of this program, also on those that it has registered\n" +
			"itself, and prints a line per check. Without NAME, all are checked. It takes about half a second for each.",
		RunE: func(c *cobra.Command, names []string) error {
			for _, name := range names {
				if _, err := augment.Default().Info(name); err != nil {
					return usage(err)
				}
			}
			if len(names) == 0 {
				names = augment.Default().Names()
			}
			results, err := checkTransforms(c, names, asJSON)
			if err != nil {
				return err
			}
			failed := 0
			for _, r := range results {
				if r.Status == augmenttest.Failed {
					failed++
				}
			}
			if asJSON {
				err = printJSON(c, results)
			} else {
				_, err = fmt.Fprintf(c.OutOrStdout(), "transforms %d, checks %d, failed %d\n", len(names), len(results), failed)
			}
			if err == nil && failed > 0 {
				return &exit{Failed, errSaid}
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the results as JSON")
	return c
}

// augmentResult is what one check says of one transform.
type augmentResult struct {
	Transform string             `json:"transform"`
	Check     string             `json:"check"`
	Status    augmenttest.Status `json:"status"`
	Text      string             `json:"text,omitempty"`
}

// checkTransforms runs the kit on each transform and, unless silent, prints what it finds as it goes.
func checkTransforms(c *cobra.Command, names []string, silent bool) ([]augmentResult, error) {
	var out []augmentResult
	for _, name := range names {
		if !silent {
			fmt.Fprintln(c.OutOrStdout(), name)
		}
		for r := range augmenttest.Results(augmenttest.Declared(name)) {
			if c.Context().Err() != nil {
				return nil, context.Cause(c.Context())
			}
			out = append(out, augmentResult{name, r.Check, r.Status, r.Text})
			if !silent {
				printResult(c.OutOrStdout(), r)
			}
		}
	}
	return out, nil
}

func printResult(w io.Writer, r augmenttest.Result) {
	line := fmt.Sprintf("  %-4s  %s", r.Status, r.Check)
	if r.Text != "" {
		line += ": " + strings.ReplaceAll(r.Text, "\n", "\n        ")
	}
	fmt.Fprintln(w, line)
}
