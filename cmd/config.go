package cmd

import (
	"fmt"
	"maps"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/preprocess"
	"vidcsl/pipeline/config"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config print|check|schema",
		Short: "Print, check or describe the configuration of preprocess",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	for _, sub := range []*cobra.Command{configPrintCommand(), configCheckCommand(), configSchemaCommand()} {
		args := sub.Args
		sub.Args = func(c *cobra.Command, a []string) error { return usage(args(c, a)) }
		c.AddCommand(sub)
	}
	return c
}

func configPrintCommand() *cobra.Command {
	var file, recipe string
	c := &cobra.Command{
		Use:   "print [--config FILE] [--recipe NAME]",
		Short: "Print the configuration with every setting, as a run stores it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := overlay(c, preprocess.Default(), file, recipe, preprocess.Config{})
			if err != nil {
				return usage(err)
			}
			text, err := cfg.YAML()
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
	c.Flags().StringVar(&file, "config", "", "YAML file; what it does not set has its default")
	c.Flags().StringVar(&recipe, "recipe", "", "recipe that takes the place of the file's transforms")
	return c
}

func configCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Check configuration files: every error, with its line, value and what is legal",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			bad := false
			for _, file := range files {
				cfg := preprocess.Default()
				if err := cfg.Read(file); err != nil { // which checks as well
					bad = true
					fmt.Fprintln(c.OutOrStdout(), err)
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: ok\n", file)
			}
			if bad {
				return usage(errSaid)
			}
			return nil
		},
	}
}

func configSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration, for editors",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s := config.Schema(preprocess.Default())
			s["title"] = "vidcsl preprocess"
			hoist(s)
			return printJSON(c, s)
		},
	}
}

// hoist moves the definitions that properties bring along to the root, where their references point.
func hoist(schema map[string]any) {
	all := map[string]any{}
	properties, _ := schema["properties"].(map[string]any)
	for _, p := range properties {
		p, _ := p.(map[string]any)
		defs, _ := p["$defs"].(map[string]any)
		maps.Copy(all, defs)
		delete(p, "$defs")
	}
	if len(all) > 0 {
		schema["$defs"] = all
	}
}
