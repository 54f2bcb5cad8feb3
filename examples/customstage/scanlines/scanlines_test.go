package scanlines

import (
	"testing"

	"vidcsl/augment/augmenttest"
)

func TestScanlines(t *testing.T) { augmenttest.Run(t, augmenttest.For(Transform)) }
