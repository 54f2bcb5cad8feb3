package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vidcsl/decode/synth"
)

// synthFlags are the flags of synth: those of shapes, and those of sprites, of which size, seed and classes are taken from shapes.
type synthFlags struct {
	output  string
	shapes  synth.Options
	sprites synth.Sprites
	sheet   string
	level   string
	cell    int
	items   []int
	videos  []int
}

// Flags that mean something for one kind of video only.
var (
	shapeFlags  = []string{"videos-per-class", "seconds"}
	spriteFlags = []string{"frames", "cell", "items", "videos-per-item"}
)

func synthCommand() *cobra.Command {
	f := &synthFlags{shapes: synth.DefaultOptions(), sprites: synth.DefaultSprites(nil)}
	c := &cobra.Command{
		Use:   "synth --output DIR [--sprites SHEET.png]",
		Short: "Render small labelled videos of moving shapes, or of the items of a sprite sheet",
		Long: "Renders H.264 videos of textured shapes that move over textured backgrounds, one folder per class.\n" +
			"The class is shape and motion together; colours, textures and speeds say nothing about it.\n\n" +
			"With --sprites, the items of a sheet move, turn and change size over a smooth background, in folders\n" +
			"train, val and test that share no item, each with a folder per class. The sheet is a PNG image of\n" +
			"square cells, black behind the items; its rows are shared out to the classes from the top, which a\n" +
			"file labels.txt beside it may name.\n\n" +
			"The same flags give the same bytes.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.output == "" {
				return usage(errors.New("--output DIR is missing"))
			}
			if c.Flags().Changed("sprites") {
				return f.runSprites(c)
			}
			return f.runShapes(c)
		},
	}
	f.declare(c)
	return c
}

func (f *synthFlags) declare(c *cobra.Command) {
	p, o, s := c.Flags(), &f.shapes, &f.sprites
	p.StringVar(&f.output, "output", "", "folder to make; it must not exist or be empty")
	p.IntVar(&o.Classes, "classes", o.Classes, "number of classes")
	p.IntVar(&o.VideosPerClass, "videos-per-class", o.VideosPerClass, "videos of each class")
	p.Float64Var(&o.Seconds, "seconds", o.Seconds, "length of a video")
	p.IntVar(&o.Size, "size", o.Size, fmt.Sprintf("width and height in pixels; with --sprites the default is %d", s.Size))
	p.Uint64Var(&o.Seed, "seed", o.Seed, "seed of all that is drawn")
	p.StringVar(&f.sheet, "sprites", "", "render the items of this sheet (PNG) instead of shapes")
	p.StringVar(&f.level, "difficulty", string(s.Difficulty), "hard or easy")
	p.IntVar(&s.Frames, "frames", s.Frames, "frames of a video of sprites")
	p.IntVar(&f.cell, "cell", 28, "width and height of an item in the sheet, in pixels")
	p.IntSliceVar(&f.items, "items", []int{s.Train.Items, s.Val.Items, s.Test.Items}, "items of each class in train, val and test")
	p.IntSliceVar(&f.videos, "videos-per-item", []int{s.Train.Videos, s.Val.Videos, s.Test.Videos}, "videos of each item in train, val and test")
}

func (f *synthFlags) runShapes(c *cobra.Command) error {
	if err := refuse(c, spriteFlags, "needs --sprites"); err != nil {
		return err
	}
	o := f.shapes
	o.Difficulty = synth.Difficulty(f.level)
	return f.render(c, o.Classes*o.VideosPerClass, o.Classes, func(ctx context.Context, progress func(int, int)) error {
		_, err := synth.Render(ctx, f.output, o, progress)
		return err
	})
}

func (f *synthFlags) runSprites(c *cobra.Command) error {
	if err := refuse(c, shapeFlags, "does not go with --sprites"); err != nil {
		return err
	}
	if len(f.items) != 3 || len(f.videos) != 3 {
		return usage(fmt.Errorf("--items is %d and --videos-per-item %d numbers: want 3 each, for train, val and test", len(f.items), len(f.videos)))
	}
	sheet, err := synth.ReadSheet(f.sheet, f.shapes.Classes, f.cell)
	if err != nil {
		return usage(err)
	}
	o := f.sprites
	o.Sheet, o.Difficulty, o.Seed = sheet, synth.Difficulty(f.level), f.shapes.Seed
	if c.Flags().Changed("size") {
		o.Size = f.shapes.Size
	}
	for i, p := range []*synth.Part{&o.Train, &o.Val, &o.Test} {
		p.Items, p.Videos = f.items[i], f.videos[i]
	}
	videos, err := synth.SpriteVideos(o)
	if err != nil {
		return usage(err)
	}
	return f.render(c, len(videos), f.shapes.Classes, func(ctx context.Context, progress func(int, int)) error {
		_, err := synth.RenderSprites(ctx, f.output, o, progress)
		return err
	})
}

// refuse returns a usage error for the first of the named flags that was given.
func refuse(c *cobra.Command, names []string, why string) error {
	for _, name := range names {
		if c.Flags().Changed(name) {
			return usage(fmt.Errorf("--%s %s", name, why))
		}
	}
	return nil
}

// render shows the progress of fn, which makes the given number of videos, and says what was made.
func (f *synthFlags) render(c *cobra.Command, videos, classes int, fn func(ctx context.Context, progress func(done, total int)) error) error {
	bar := newBar(c.ErrOrStderr(), "videos", int64(videos))
	err := fn(c.Context(), func(done, _ int) { bar.set(int64(done), "") })
	bar.stop()
	var bad *synth.OptionError
	if errors.As(err, &bad) || errors.Is(err, synth.ErrNotEmpty) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.OutOrStdout(), "%d videos of %d classes in %s\n", videos, classes, f.output)
	return nil
}
