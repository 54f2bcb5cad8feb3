package synth

import (
	"fmt"

	"vidcsl/decode/internal/enc"
)

// coding is how files are coded: H.264 with B-frames, so that decoding order differs from display order.
func coding(size, fps, gop, crf int) enc.Video {
	return enc.Video{W: size, H: size, FPS: fps, GOP: gop, CRF: crf, BFrames: 2, Preset: "medium", Left: true}
}

// create begins the file at path.
func create(path string, v enc.Video) (*enc.File, error) {
	f, err := enc.Create("file:"+path, v) // the prefix keeps a colon in path from naming a protocol
	if err != nil {
		return nil, fmt.Errorf("creating the file: %w", err)
	}
	return f, nil
}
