package synth

import (
	"fmt"
	"math"
	"slices"

	"vidcsl/pipeline"
)

// Difficulty says how much of a video is not its class: of sprites how much items move and how bright the background is behind
// them, of shapes how much their colours and textures differ.
type Difficulty string

// The difficulties. Easy halves starts and turns, slows motion by two fifths, keeps items larger and the background dark.
const (
	Easy Difficulty = "easy"
	Hard Difficulty = "hard"
)

// Part says how much goes into one split.
type Part struct {
	Items  int // of each class, 0 to all of the sheet; 0 leaves the split out
	Videos int // of each item, 1 to 1000
}

// Sprites says what RenderSprites makes. Every field takes part in the bytes except Workers. There are no zero defaults: start
// from DefaultSprites.
type Sprites struct {
	Sheet            *Sheet
	Difficulty       Difficulty
	Train, Val, Test Part
	Frames           int     // of each video, 1 to 64
	Size             int     // width and height in pixels, even, 32 to 1024
	Background       float64 // amplitude of the background, 0 to 1: twice the standard deviation of its greys, where 1 is white
	Seed             uint64  // every value is legal
	Workers          int     // videos made at the same time, 0 to 1024; 0 means one per CPU; does not change the bytes
}

// DefaultSprites returns what `vidcsl synth --sprites` renders of a sheet without other flags: hard; of each class 50 items to train
// with, 10 to validate and 30 to test, in 4, 4 and 6 videos each; 12 frames of 32x32.
func DefaultSprites(s *Sheet) Sprites {
	return Sprites{
		Sheet: s, Difficulty: Hard, Train: Part{50, 4}, Val: Part{10, 4}, Test: Part{30, 6},
		Frames: 12, Size: 32, Background: 0.12, Seed: 1,
	}
}

// Check returns an *OptionError for the first field that is out of range, else nil.
func (o Sprites) Check() error {
	if o.Sheet == nil || len(o.Sheet.names) == 0 {
		return &OptionError{"Sheet", "empty", "one that ReadSheet returned"}
	}
	if o.Difficulty != Easy && o.Difficulty != Hard {
		return &OptionError{"Difficulty", fmt.Sprintf("%q", string(o.Difficulty)), "easy or hard"}
	}
	all := o.Sheet.Items()
	for _, f := range []struct {
		name      string
		v, lo, hi int
	}{
		{"Train.Items", o.Train.Items, 0, all},
		{"Val.Items", o.Val.Items, 0, all},
		{"Test.Items", o.Test.Items, 0, all},
		{"Train.Videos", o.Train.Videos, 1, 1000},
		{"Val.Videos", o.Val.Videos, 1, 1000},
		{"Test.Videos", o.Test.Videos, 1, 1000},
		{"Frames", o.Frames, 1, 64}, // with more, an item that shrinks could vanish
		{"Size", o.Size, 32, 1024},
		{"Workers", o.Workers, 0, 1024},
	} {
		if f.v < f.lo || f.v > f.hi {
			return &OptionError{f.name, f.v, fmt.Sprintf("%d to %d", f.lo, f.hi)}
		}
	}
	if n := o.Train.Items + o.Val.Items + o.Test.Items; n < 1 || n > all {
		return &OptionError{"Train.Items + Val.Items + Test.Items", n, fmt.Sprintf("1 to %d, the items of a class in the sheet", all)}
	}
	if o.Size%2 != 0 {
		return &OptionError{"Size", o.Size, "an even number from 32 to 1024"}
	}
	if !(o.Background >= 0 && o.Background <= 1) { // written so that NaN fails
		return &OptionError{"Background", o.Background, "0 to 1"}
	}
	return nil
}

// SpriteVideo is one rendered file.
type SpriteVideo struct {
	Split string // "train", "val" or "test"
	Path  string // relative to the folder of the split, with forward slashes: "class-0/item-017-video-2.mp4"
	Class string // "class-0"
	Label int    // index of Class in Sheet.Classes()
	Item  int    // index of the item within its class in the sheet
	Index int    // index of the video within those of the item
}

// split is a Part with its name and, for every class, its items.
type split struct {
	name string
	Part
	items [][]int // [class], rising
}

// splits deals out the items of each class: the first of a random order to train, the last to test, those before them to val. So
// the number of training items changes nothing in val and test.
func (o Sprites) splits() []split {
	out := []split{{name: "train", Part: o.Train}, {name: "val", Part: o.Val}, {name: "test", Part: o.Test}}
	for label := range o.Sheet.names {
		order := pipeline.Rand(o.Seed, "sprites", fmt.Sprintf("items/%d", label)).Perm(o.Sheet.Items())
		test := len(order) - o.Test.Items
		val := test - o.Val.Items
		for i, part := range [][]int{order[:o.Train.Items], order[val:test], order[test:]} {
			slices.Sort(part)
			out[i].items = append(out[i].items, part)
		}
	}
	return out
}

// SpriteVideos lists what RenderSprites makes with o: train, then val, then test; in each, in the order of its labels.csv, by
// label, item and index. An error is an *OptionError.
func SpriteVideos(o Sprites) ([]SpriteVideo, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	var videos []SpriteVideo
	for _, s := range o.splits() {
		for label, class := range o.Sheet.names {
			for _, item := range s.items[label] {
				for i := range s.Videos {
					path := fmt.Sprintf("%s/item-%03d-video-%d.mp4", class, item, i)
					videos = append(videos, SpriteVideo{s.name, path, class, label, item, i})
				}
			}
		}
	}
	return videos, nil
}

// wave runs between -0.3 and 0.3 and back at constant speed, as something that bounces between walls does; it is x near 0.
func wave(x float64) float64 {
	return 0.6 / math.Pi * math.Asin(math.Sin(x*math.Pi/0.6))
}
