// Command vidcsl is the vidcsl command line.
package main

import (
	"os"

	"vidcsl/cmd"
)

func main() { os.Exit(cmd.Main()) }
