// Command customstage is vidcsl with one more transform: scanlines.
package main

import (
	"os"

	"customstage/scanlines"

	"vidcsl/augment"
	"vidcsl/cmd"
)

func main() {
	augment.Register(scanlines.Transform)
	os.Exit(cmd.Main())
}
