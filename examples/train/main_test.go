package main

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"vidcsl/decode/clip"
	"vidcsl/decode/synth"
	"vidcsl/model/train"
)

// tiny trains for two epochs of two steps.
func tiny() train.Config {
	c := train.Default()
	c.Encoder.Arch, c.Encoder.Width, c.Batch, c.Queue, c.Schedule.Epochs = "tiny3d", 0.25, 4, 8, 2
	return c
}

func TestTrains(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "videos")
	o := synth.DefaultOptions()
	o.Classes, o.VideosPerClass, o.Seconds, o.Size = 3, 3, 1, 32
	if _, err := synth.Render(context.Background(), dir, o, nil); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), dir, tiny()); err != nil {
		t.Error(err)
	}
}

func TestFolderWithoutVideos(t *testing.T) {
	if err := run(t.Context(), t.TempDir(), tiny()); !errors.Is(err, clip.ErrNoVideos) {
		t.Errorf("%v", err)
	}
}
