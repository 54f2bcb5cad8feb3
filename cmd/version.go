package cmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"vidcsl/decode"
)

// version is set at build time by the Makefile.
var version = "0.1.0-dev"

// Version returns the version of the program, as runs store it.
func Version() string { return "vidcsl " + version }

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of vidcsl and of the FFmpeg it runs on",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			fmt.Fprintf(c.OutOrStdout(), "%s\n%s %s/%s\nlibavcodec %s\n", Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, decode.FFmpegVersion())
			return nil
		},
	}
}
