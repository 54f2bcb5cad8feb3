package dataset

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vidcsl/decode/clip"
)

// List finds the sources that an input names: FILE.yaml:PART, a part of a data set, or anything that [clip.List] takes. The classes of a
// data set are the same, in the same order, for all of its parts; a class may have no video in a part.
//
// Videos that the split files name and that are not there are in Missing; more of them than max_missing allows are an error, and so is a part without
// videos. Errors name the file, its line where there is one, what was found and what was expected.
func List(input string) (*clip.Listing, error) {
	file, part, ok := Names(input)
	if !ok {
		return clip.List(input)
	}
	c, err := Read(file)
	if err != nil {
		return nil, err
	}
	if err := c.check(file, part); err != nil {
		return nil, err
	}
	f, err := layouts[c.Layout](c, part)
	if err == nil {
		var l *clip.Listing
		if l, err = f.listing(c.MaxMissing); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("dataset: %s:%s: %w", file, part, err)
}

var layouts = map[string]func(c Config, part string) (*found, error){"ucf101": ucf101, "hmdb51": hmdb51, "kinetics": kinetics, "list": lists}

// found is what split files say of a part.
type found struct {
	videos  string   // the folder that names are relative to
	classes []string // in their official order
	entries []entry
	said    string            // which file or folder names them, for errors
	there   map[string]string // where the layout does not say it: the file of each name; nil: it is the name
}

// entry is a video that a part has.
type entry struct {
	name  string // relative to the folder of videos, with forward slashes, or absolute
	label int    // -1: none
	group string // videos of one group were cut from one source
	place string // file and line that name it
}

// listing looks which of the videos are there.
func (f *found) listing(maxMissing float64) (*clip.Listing, error) {
	l := &clip.Listing{Root: f.videos, Labels: f.classes}
	if st, err := os.Stat(f.videos); err != nil || !st.IsDir() {
		return nil, fmt.Errorf("there is no folder of videos %s; say where it is by videos: or root:", f.videos)
	}
	known := map[string]entry{}
	for _, e := range f.entries {
		if old, twice := known[e.name]; twice {
			if old.label != e.label {
				return nil, fmt.Errorf("%s lists %s with class %s, but %s with class %s", e.place, e.name, f.class(e), old.place, f.class(old))
			}
			continue
		}
		known[e.name] = e
		name := e.name
		if f.there != nil {
			name = f.there[e.name]
		}
		it := clip.NewItem(f.videos, name, int32(e.label))
		if st, err := os.Stat(it.Path); name == "" || err != nil || st.IsDir() {
			l.Missing = append(l.Missing, e.name)
			continue
		}
		l.Items = append(l.Items, it)
	}
	slices.SortFunc(l.Items, func(a, b clip.Item) int { return strings.Compare(a.Source, b.Source) })
	switch missing := len(l.Missing); {
	case len(known) == 0:
		return nil, fmt.Errorf("%s lists no videos", f.said)
	case len(l.Items) == 0 || float64(missing) > maxMissing*float64(len(known)):
		return nil, fmt.Errorf("%d of the %d videos that %s lists are not in %s, such as %s: want at most the share %v, which max_missing: says",
			missing, len(known), f.said, f.videos, l.Missing[0], maxMissing)
	}
	return l, nil
}

func (f *found) class(e entry) string {
	if e.label < 0 {
		return "none"
	}
	return fmt.Sprintf("%q", f.classes[e.label])
}

// each calls f with the lines of a text file that are not blank, without a byte order mark, line ends of any kind and white space around them.
func each(path string, f func(line, place string) error) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return missingFile(path, err)
	}
	n := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(text), "\ufeff"), "\n") {
		n++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if err := f(line, fmt.Sprintf("%s:%d", path, n)); err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	return nil
}

// missingFile says which of the official files is not there.
func missingFile(path string, err error) error {
	if os.IsNotExist(err) {
		return fmt.Errorf("there is no file %s; say where the folder of the split files is by splits: or root:", path)
	}
	return err
}

// lastField cuts the last word from a line. The rest keeps its spaces.
func lastField(line string) (rest, last string, ok bool) {
	i := strings.LastIndexAny(line, " \t")
	if i < 0 {
		return line, "", false
	}
	return strings.TrimRight(line[:i], " \t"), line[i+1:], true
}

// stem is a name without its folder and its ending.
func stem(name string) string {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// Warn logs how many videos an input names that are not there, if there are any.
func Warn(log *slog.Logger, input string, l *clip.Listing) {
	if n := len(l.Missing); n > 0 {
		log.Warn("videos are missing and left out", "input", input, "missing", n, "there", len(l.Items), "first", l.Missing[0])
	}
}
