package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/sample"
	"vidcsl/cmd/internal/sheet"
	"vidcsl/cmd/internal/stages"
)

func stagesCommand() *cobra.Command {
	var png, input string
	var asJSON bool
	c := &cobra.Command{
		Use:   "stages [NAME]",
		Short: "List the transforms, groups and recipes of a pipeline, or describe one, as text, JSON or pictures",
		Long: "Without NAME, lists what stands under augment in a configuration: transforms, groups of them, and recipes.\n" +
			"With NAME, prints its settings with their defaults and legal values, what is drawn, and an example to paste.\n" +
			"With --png, draws frames before it and after three draws.",
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && png != "":
				return usage(errors.New("--png needs the NAME of what to draw"))
			case png == "" && input != "":
				return usage(errors.New("--input is what --png draws: give both"))
			case len(args) == 0:
				return printAs(c, stages.List(), asJSON)
			}
			e, err := stages.Find(args[0])
			if err != nil {
				return usage(err)
			}
			if png != "" {
				if err := drawStrip(c, e, input, png); err != nil {
					return err
				}
				logger(c).Info("strip written", "path", png)
			}
			return printAs(c, e, asJSON)
		},
	}
	c.Flags().StringVar(&png, "png", "", "write frames before and after to this file")
	c.Flags().StringVar(&input, "input", "", "video or image to show it on, instead of a built-in one")
	c.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return c
}

// printAs prints a value as text or as JSON.
func printAs(c *cobra.Command, v interface{ Text() string }, asJSON bool) error {
	if asJSON {
		return printJSON(c, v)
	}
	fmt.Fprint(c.OutOrStdout(), v.Text())
	return nil
}

func drawStrip(c *cobra.Command, e *stages.Entry, input, path string) error {
	if err := replaceable(path, input); err != nil {
		return usage(err)
	}
	src, err := sample.BuiltIn()
	if input != "" {
		src, err = sample.File(c.Context(), input)
		err = usage(err)
	}
	if err != nil {
		return err
	}
	defer src.Close()
	m, err := sample.Strip(c.Context(), src, e.Pipeline, e.Views)
	if err != nil {
		return err
	}
	return sheet.Write(path, m)
}
