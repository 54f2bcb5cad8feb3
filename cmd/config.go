package cmd

import (
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/preprocess"
	"vidcsl/cmd/internal/runs"
	"vidcsl/cmd/internal/study"
	"vidcsl/pipeline/config"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "config print|check|schema [train|study]",
		Short: "Print, check or describe the configuration of preprocess, or that of train or study",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	print, check, schema := configPrintCommand(), configCheckCommand(checkPreprocess), configSchemaCommand("preprocess", preprocess.Default())
	train, ofStudy := runs.Default(), study.Default()
	print.AddCommand(forVerb("train", configPrintFileCommand(&train)), forVerb("study", configPrintFileCommand(&ofStudy)))
	check.AddCommand(forVerb("train", configCheckCommand(checkTraining)), forVerb("study", configCheckCommand(checkStudy)))
	schema.AddCommand(forVerb("train", configSchemaCommand("train", runs.Default())), forVerb("study", configSchemaCommand("study", study.Default())))
	for _, sub := range []*cobra.Command{print, check, schema} {
		wrapArgs(sub)
		c.AddCommand(sub)
	}
	return c
}

// forVerb makes a command the one that is called like a verb.
func forVerb(verb string, c *cobra.Command) *cobra.Command {
	c.Use = strings.Replace(c.Use, c.Name(), verb, 1)
	c.Short = "Do the same for the configuration of " + verb
	wrapArgs(c)
	return c
}

// wrapArgs makes wrong arguments an error of usage.
func wrapArgs(c *cobra.Command) {
	args := c.Args
	c.Args = func(c *cobra.Command, a []string) error { return usage(args(c, a)) }
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
			return printYAML(c, cfg)
		},
	}
	c.Flags().StringVar(&file, "config", "", "YAML file; what it does not set has its default")
	c.Flags().StringVar(&recipe, "recipe", "", "recipe that takes the place of the file's transforms")
	return c
}

// configPrintFileCommand prints a configuration, which is used up by that, under a file.
func configPrintFileCommand(cfg interface {
	Read(file string) error
	YAML() ([]byte, error)
}) *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "print [--config FILE]",
		Short: "Print the configuration with every setting, as a run stores it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if file != "" {
				if err := cfg.Read(file); err != nil {
					return usage(err)
				}
			}
			return printYAML(c, cfg)
		},
	}
	c.Flags().StringVar(&file, "config", "", "YAML file; what it does not set has its default")
	return c
}

// printYAML prints the canonical text of a configuration.
func printYAML(c *cobra.Command, cfg interface{ YAML() ([]byte, error) }) error {
	text, err := cfg.YAML()
	if err != nil {
		return err
	}
	_, err = c.OutOrStdout().Write(text)
	return err
}

func checkPreprocess(file string) error {
	c := preprocess.Default()
	return c.Read(file) // which checks as well
}

func checkTraining(file string) error {
	c := runs.Default()
	return c.Read(file)
}

func checkStudy(file string) error {
	c := study.Default()
	return c.Read(file)
}

func configCheckCommand(check func(file string) error) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Check configuration files: every error, with its line, value and what is legal",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, files []string) error {
			bad := false
			for _, file := range files {
				if err := check(file); err != nil {
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

func configSchemaCommand(verb string, defaults any) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration, for editors",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, all := config.Schema(defaults), map[string]any{}
			s["title"] = "vidcsl " + verb
			hoist(s, all)
			if len(all) > 0 {
				s["$defs"] = all
			}
			return printJSON(c, s)
		},
	}
}

// hoist moves the definitions that properties bring along, at any depth, to all, which is to be at the root, where their references
// point.
func hoist(schema, all map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	for _, p := range properties {
		p, _ := p.(map[string]any)
		defs, _ := p["$defs"].(map[string]any)
		maps.Copy(all, defs)
		delete(p, "$defs")
		hoist(p, all)
	}
}
