package cmd

import (
	"vidcsl/robust/corrupt"
	"vidcsl/robust/corrupt/reencode"
)

// registerCorruptions makes the corruptions transforms that pipelines can name, once.
func registerCorruptions() {
	reencode.Register()
	corrupt.Register()
}
