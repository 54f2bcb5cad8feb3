package cmd

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/cmd/internal/preprocess"
	"vidcsl/pipeline/shard"
)

// A pipeline defined in Go gives the same run, byte for byte, as the same one in YAML.
func TestPipelineInGo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "c.yaml")
	text := `frames: 4
size: 32
clips_per_video: 2
views: 2
seed: 9
augment:
  - temporal_offset: {max: 0.5}
  - random_resized_crop: {scale: [0.3, 1]}
  - horizontal_flip
  - sometimes:
      p: 0.8
      apply:
        - color_jitter: {brightness: 0.2, hue: 0}
        - one_of:
            - gaussian_blur: {kernel_size: 5}
            - compose: [grayscale, {solarize: {threshold: 200}}]
  - cutout: {size: 8, value: [1, 2, 3]}
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	offset, crop, jitter := augment.TemporalOffset.Default, augment.RandomResizedCrop.Default, augment.ColorJitter.Default
	blur, solarize := augment.GaussianBlur.Default, augment.Solarize.Default
	offset.Max, crop.Scale[0], jitter.Brightness, jitter.Hue, blur.KernelSize, solarize.Threshold = 0.5, 0.3, 0.2, 0, 5, 200
	p, err := augment.NewPipeline(
		augment.TemporalOffset.With(offset),
		augment.RandomResizedCrop.With(crop),
		augment.HorizontalFlip.With(augment.HorizontalFlip.Default),
		augment.Sometimes(0.8,
			augment.ColorJitter.With(jitter),
			augment.OneOf(
				augment.GaussianBlur.With(blur),
				augment.Compose(augment.Grayscale.With(augment.Grayscale.Default), augment.Solarize.With(solarize)))),
		augment.Cutout.With(augment.CutoutConfig{Size: 8, Value: [3]int{1, 2, 3}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	yaml, inGo := t.TempDir(), t.TempDir()
	mustRun(t, "preprocess", "--input", hurtVideos(t), "--output", yaml, "--config", file, "--max-failures", "100%", "--log-level", "error")
	cfg := preprocess.Default()
	cfg.Frames, cfg.Size, cfg.ClipsPerVideo, cfg.Views, cfg.Seed, cfg.Augment = 4, 32, 2, 2, 9, p
	j := preprocess.Job{Config: cfg, Input: hurtVideos(t), Output: inGo, Version: Version(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if sum, err := j.Run(t.Context()); err != nil || sum.Written != 48 {
		t.Fatalf("%+v, %v", sum, err)
	}
	sameFiles(t, "in Go", digest(t, yaml), digest(t, inGo))
}

// A recipe changes every shard, and the tests that compare runs by their bytes have one: see preprocessArgs.
func TestRecipeChangesShards(t *testing.T) {
	plain, recipe := t.TempDir(), t.TempDir()
	if !slices.Contains(preprocessArgs(t, plain), "--recipe") {
		t.Error("runs are compared without augmentation only")
	}
	mustRun(t, preprocessArgs(t, plain, "--recipe", "none")...)
	mustRun(t, preprocessArgs(t, recipe, "--recipe", "mocov2")...)
	want := digest(t, recipe)
	for name, sum := range digest(t, plain) {
		if strings.HasPrefix(name, "part-") && want[name] == sum {
			t.Errorf("the recipe changes nothing in %s", name)
		}
	}
}

// A crop larger than the frame fails the clips of that source alone, with a message that says what to do; how many may fail
// decides the exit code.
func TestCropLargerThanFrame(t *testing.T) {
	in := t.TempDir()
	for name, m := range map[string]image.Image{"large.png": picture(100, 80), "small.png": picture(60, 80)} {
		writePNG(t, filepath.Join(in, name), m)
	}
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte("size: 64\nframes: 1\nviews: 2\naugment: [center_crop]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for allowed, code := range map[string]int{"0": TooManyLost, "1%": TooManyLost, "1": Done} {
		out := t.TempDir()
		got, said, errs := run("preprocess", "--input", in, "--output", out, "--config", file, "--max-failures", allowed, "--log-level", "error")
		if got != code {
			t.Errorf("%s allowed: exit code %d, want %d\n%s%s", allowed, got, code, said, errs)
		}
		rows, err := shard.ReadFailures(filepath.Join(out, "failures.arrow"))
		if err != nil || len(rows) != 1 {
			t.Fatalf("%+v, %v", rows, err)
		}
		want := "the view of 60x80 pixels is smaller than the square of 64; put resize before it"
		if f := rows[0]; f.Key != "small.png#0" || f.Stage != "plan" || f.Reason != "augment" || !strings.Contains(f.Message, want) {
			t.Errorf("%+v, want %q", f, want)
		}
		if r, err := shard.Verify(out); err != nil || !r.OK || r.Rows != 1 {
			t.Errorf("%+v, %v", r, err)
		}
	}
}

// A pipeline whose views do not have the run's size fails every clip, and says why.
func TestPipelineOfAnotherSize(t *testing.T) {
	in, out, file := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "c.yaml")
	writePNG(t, filepath.Join(in, "a.png"), picture(100, 80))
	if err := os.WriteFile(file, []byte("size: 64\nframes: 1\naugment: [resize]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	code, _, _ := run("preprocess", "--input", in, "--output", out, "--config", file, "--log-level", "error")
	rows, err := shard.ReadFailures(filepath.Join(out, "failures.arrow"))
	if code != TooManyLost || err != nil || len(rows) != 1 || !strings.Contains(rows[0].Message, "views of 80x64 pixels, the run wants 64x64") {
		t.Errorf("exit code %d, %+v, %v", code, rows, err)
	}
}

// Every transform works on one-frame sources of any size and pixel format, at even and odd sizes, and with the same result at
// another number of workers.
func TestAugmentOddSources(t *testing.T) {
	in := t.TempDir()
	kinds := map[string]func(image.Image) image.Image{
		"rgb":   func(m image.Image) image.Image { return m },
		"grey":  func(m image.Image) image.Image { return converted(m, image.NewGray(m.Bounds())) },
		"deep":  func(m image.Image) image.Image { return converted(m, image.NewNRGBA64(m.Bounds())) },
		"alpha": func(m image.Image) image.Image { return converted(m, image.NewNRGBA(m.Bounds())) },
	}
	for name, make := range kinds {
		for _, size := range [][2]int{{64, 48}, {33, 47}, {7, 90}, {1, 1}} {
			writePNG(t, filepath.Join(in, name, fmt.Sprintf("%dx%d.png", size[0], size[1])), make(picture(size[0], size[1])))
		}
	}
	for _, c := range []struct{ config, size, frames string }{
		{"all_transforms", "112", "1"}, {"all_transforms", "33", "5"}, {"groups", "9", "2"}, {"native", "native", "3"}, {"recipe_cvrl", "31", "2"},
	} {
		t.Run(c.config+" "+c.size, func(t *testing.T) {
			args := []string{"preprocess", "--input", in, "--config", "testdata/config/" + c.config + ".yaml", "--size", c.size, "--frames", c.frames,
				"--views", "2", "--clips-per-video", "2", "--log-level", "error", "--max-failures", "0"}
			out, again := t.TempDir(), t.TempDir()
			mustRun(t, append(args, "--output", out)...)
			mustRun(t, append(args, "--output", again, "--workers", "1")...)
			sameFiles(t, "one worker", digest(t, out), digest(t, again))
			if r, err := shard.Verify(out); err != nil || !r.OK || r.Rows != 32 {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}

// picture is an image with a gradient, half of it transparent where the format allows it.
func picture(w, h int) image.Image {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), uint8(x ^ y), 255})
		}
	}
	return m
}

// converted copies m into another kind of image; a kind with alpha becomes transparent from left to right.
func converted(m image.Image, to interface {
	image.Image
	Set(x, y int, c color.Color)
}) image.Image {
	b := m.Bounds()
	for y := range b.Dy() {
		for x := range b.Dx() {
			c := m.At(x, y).(color.NRGBA)
			c.A = uint8(255 * x / b.Dx())
			if _, grey := to.(*image.Gray); grey {
				c.A = 255
			}
			to.Set(x, y, c)
		}
	}
	return to
}

func writePNG(t *testing.T, path string, m image.Image) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, m); err != nil {
		t.Fatal(err)
	}
}
