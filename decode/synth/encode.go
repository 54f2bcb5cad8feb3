package synth

import (
	"fmt"

	"vidcsl/decode/internal/enc"
)

// create begins the file at path: H.264 with B-frames, so that decoding order differs from display order.
func create(path string, o Options) (*enc.File, error) {
	f, err := enc.Create("file:"+path, enc.Video{ // the prefix keeps a colon in path from naming a protocol
		W: o.Size, H: o.Size, FPS: o.FPS, GOP: o.GOP, CRF: 20, BFrames: 2, Preset: "medium", Left: true,
	})
	if err != nil {
		return nil, fmt.Errorf("creating the file: %w", err)
	}
	return f, nil
}
