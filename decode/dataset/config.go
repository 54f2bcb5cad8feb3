package dataset

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vidcsl/pipeline/config"
)

// Config says where a data set lies and how it is laid out: the YAML of its file. Folders that are relative are relative to Root, and
// Root to the folder of the file.
type Config struct {
	Layout     string  `yaml:"layout" legal:"ucf101|hmdb51|kinetics|list" doc:"how folders and split files are laid out"`
	Root       string  `yaml:"root" doc:"folder of the data set; without one, that of this file"`
	Videos     string  `yaml:"videos" doc:"folder of the videos; without one, that of the layout: UCF-101, hmdb51_org, or root"`
	Splits     string  `yaml:"splits" doc:"folder of the split files; without one, that of the layout: ucfTrainTestlist, testTrainMulti_7030_splits, annotations, or root"`
	Split      int     `yaml:"split" legal:"1..3" doc:"which of the official splits of ucf101 and hmdb51"`
	Holdout    float64 `yaml:"holdout" legal:"0..0.5" doc:"share of the training videos of ucf101 and hmdb51 that are part val and not part train; groups of one source stay together"`
	Seed       uint64  `yaml:"seed" doc:"of what is held out"`
	MaxMissing float64 `yaml:"max_missing" legal:"[0..1)" doc:"share of the videos of a part that may be listed and not there"`
	Lists      Lists   `yaml:"lists" doc:"the files of layout list"`
}

// Lists are the files of layout list: one path and the number of its class on each line, as torchvision's and MMAction's tools write.
type Lists struct {
	Train   string `yaml:"train" doc:"list of part train"`
	Val     string `yaml:"val" doc:"list of part val"`
	Test    string `yaml:"test" doc:"list of part test"`
	Classes string `yaml:"classes" doc:"names of the classes, one on each line, the first is number 0; without it, they are called by number"`
}

// Default is the configuration where nothing is said but the layout.
func Default() Config { return Config{Split: 1, Holdout: 0.1, MaxMissing: 0.1} }

// The parts of a data set. TrainVal is all videos of the official training list, for the last training, when everything is chosen.
const (
	Train    = "train"
	Val      = "val"
	Test     = "test"
	TrainVal = "trainval"
)

// Parts are the names of the parts.
var Parts = []string{Train, Val, Test, TrainVal}

// CheckConfig implements config.Checker: what the fields together must keep to.
func (c *Config) CheckConfig() error {
	var errs []error
	if (c.Lists != Lists{}) && c.Layout != "list" {
		errs = append(errs, &config.Error{Path: "lists", Value: "given", Want: "nothing for layout " + c.Layout + ", which has files of its own; or layout: list"})
	}
	if c.Layout == "list" && c.Lists.Train == "" && c.Lists.Val == "" && c.Lists.Test == "" {
		errs = append(errs, &config.Error{Path: "lists", Value: "missing", Want: "a file for at least one of train, val and test"})
	}
	return errors.Join(errs...)
}

// Names reports whether an input names a data set by its file, FILE.yaml:PART, and which. The part is empty where none is given.
func Names(input string) (file, part string, ok bool) {
	file, part = input, ""
	if i := strings.LastIndexByte(input, ':'); i >= 0 && !strings.ContainsRune(input[i:], filepath.Separator) && isYAML(input[:i]) {
		file, part = input[:i], input[i+1:]
	}
	return file, part, isYAML(file)
}

func isYAML(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yaml" || ext == ".yml"
}

// Read reads the file of a data set and makes its root a path that the program can use. An error names every wrong place in the file.
func Read(file string) (Config, error) {
	c := Default()
	if err := config.ReadFile(file, &c); err != nil {
		return c, fmt.Errorf("dataset: %w", err)
	}
	if c.Layout == "" { // an empty file
		return c, fmt.Errorf("dataset: %s names no layout, want ucf101, hmdb51, kinetics or list", file)
	}
	c.Root = under(filepath.Dir(file), c.Root)
	return c, nil
}

// under returns a path that may be relative to a folder.
func under(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// videos returns the folder of the videos, and splits that of the split files.
func (c Config) videos(usual string) string { return under(c.Root, cmp.Or(c.Videos, usual)) }
func (c Config) splits(usual string) string { return under(c.Root, cmp.Or(c.Splits, usual)) }

// check refuses a part that the layout does not have.
func (c Config) check(file, part string) error {
	legal := Parts
	if c.Layout == "kinetics" || c.Layout == "list" { // whose part val is a file of its own
		legal = Parts[:3]
	}
	if !slices.Contains(legal, part) {
		said := fmt.Sprintf("part is %q", part)
		if part == "" {
			said = "no part is named"
		}
		return fmt.Errorf("dataset: %s: %s, want %s:PART with one of %s", file, said, file, strings.Join(legal, ", "))
	}
	if part == Val && c.Holdout == 0 && len(legal) == len(Parts) {
		return fmt.Errorf("dataset: %s: holdout is 0, so there is no part val, want a share above 0", file)
	}
	return nil
}
