// Package look opens what a user may want to look at, a video, an image, a shard or a run, and describes it.
package look

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"vidcsl/pipeline/shard"
)

// Subject is something to look at.
type Subject interface {
	Describe() any                                // for JSON
	Text() string                                 // for people
	Sheet(ctx context.Context, path string) error // contact sheet as PNG
	Close()
}

// Open recognises what path is and opens it.
func Open(ctx context.Context, path string) (Subject, error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case st.IsDir():
		m, err := shard.ReadManifest(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s is a folder without manifest.json; want a video, an image, a shard or a run", path)
		}
		if err != nil {
			return nil, err
		}
		return &run{dir: path, m: m}, nil
	case filepath.Ext(path) == ".arrow":
		return openTable(path)
	}
	return openVideo(ctx, path)
}
