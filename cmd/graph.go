package cmd

import (
	"fmt"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/preprocess"
)

func graphCommand() *cobra.Command {
	var file, format string
	c := &cobra.Command{
		Use:   "graph [--config FILE]",
		Short: "Draw the stage graph of preprocess as Mermaid or DOT",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := overlay(c, preprocess.Default(), file, "", preprocess.Config{})
			if err != nil {
				return usage(err)
			}
			g := cfg.Graph()
			switch format {
			case "mermaid":
				fmt.Fprint(c.OutOrStdout(), g.Mermaid())
			case "dot":
				fmt.Fprint(c.OutOrStdout(), g.DOT())
			default:
				return usage(fmt.Errorf("--format is %q, want mermaid or dot", format))
			}
			return nil
		},
	}
	c.Flags().StringVar(&file, "config", "", "YAML file with the configuration of preprocess")
	c.Flags().StringVar(&format, "format", "mermaid", "mermaid or dot")
	return c
}
