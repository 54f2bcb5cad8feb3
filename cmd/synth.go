package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"vidcsl/decode/synth"
)

func synthCommand() *cobra.Command {
	o := synth.DefaultOptions()
	var output string
	c := &cobra.Command{
		Use:   "synth --output DIR",
		Short: "Render small labelled videos of moving shapes",
		Long: "Renders H.264 videos of textured shapes that move over textured backgrounds, one folder per class.\n" +
			"The class is shape and motion together; colours, textures and speeds say nothing about it.\n" +
			"The same flags give the same bytes.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if output == "" {
				return usage(errors.New("--output DIR is missing"))
			}
			bar := newBar(c.ErrOrStderr(), "videos", int64(o.Classes*o.VideosPerClass))
			videos, err := synth.Render(c.Context(), output, o, func(done, _ int) { bar.set(int64(done), "") })
			bar.stop()
			var bad *synth.OptionError
			if errors.As(err, &bad) || errors.Is(err, synth.ErrNotEmpty) {
				return usage(err)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%d videos of %d classes in %s\n", len(videos), o.Classes, output)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&output, "output", "", "folder to make; it must not exist or be empty")
	f.IntVar(&o.Classes, "classes", o.Classes, "number of classes")
	f.IntVar(&o.VideosPerClass, "videos-per-class", o.VideosPerClass, "videos of each class")
	f.Float64Var(&o.Seconds, "seconds", o.Seconds, "length of a video")
	f.IntVar(&o.Size, "size", o.Size, "width and height in pixels")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "seed of all that is drawn")
	return c
}
