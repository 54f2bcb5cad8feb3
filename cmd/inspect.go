package cmd

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/look"
)

func inspectCommand() *cobra.Command {
	var png string
	var asJSON bool
	c := &cobra.Command{
		Use:   "inspect PATH",
		Short: "Show what is in a video, an image, a shard or a run, as text, JSON or a contact sheet",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			subject, err := look.Open(c.Context(), args[0])
			if err != nil {
				return usage(err)
			}
			defer subject.Close()
			if err := replaceable(png, args[0]); err != nil {
				return usage(err)
			}
			if png != "" {
				if err := subject.Sheet(c.Context(), png); err != nil {
					return err
				}
				logger(c).Info("contact sheet written", "path", png)
			}
			if asJSON {
				return printJSON(c, subject.Describe())
			}
			fmt.Fprint(c.OutOrStdout(), subject.Text())
			return nil
		},
	}
	c.Flags().StringVar(&png, "png", "", "write a contact sheet to this file")
	c.Flags().BoolVar(&asJSON, "json", false, "print the description as JSON")
	return c
}

// replaceable refuses a target that is the input, or no regular file.
func replaceable(target, input string) error {
	st, err := os.Stat(target)
	if target == "" || err != nil {
		return nil
	}
	if in, err := os.Stat(input); err == nil && os.SameFile(st, in) {
		return fmt.Errorf("--png %s is the file to inspect", target)
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("--png %s is there already and is no regular file", target)
	}
	return nil
}
