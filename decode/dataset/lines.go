package dataset

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
)

// lists reads a list of paths and numbers of classes, from 0. A line without a number has no label.
func lists(c Config, part string) (*found, error) {
	f := &found{videos: c.videos(".")}
	files := map[string]string{Train: c.Lists.Train, Val: c.Lists.Val, Test: c.Lists.Test}
	if files[part] == "" {
		return nil, fmt.Errorf("lists.%s is not given, want the file of part %s", part, part)
	}
	folder := c.splits(".")
	named := c.Lists.Classes != ""
	if named {
		err := each(under(folder, c.Lists.Classes), func(line, _ string) error {
			if slices.Contains(f.classes, line) {
				return fmt.Errorf("class %q is there twice", line)
			}
			f.classes = append(f.classes, line)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, p := range Parts[:3] { // classes are those of all parts
		if files[p] == "" || p != part && named {
			continue
		}
		path := under(folder, files[p])
		if p == part {
			f.said = path
		}
		err := each(path, func(line, place string) error {
			e, err := labelled(line, place)
			switch {
			case err != nil:
				return err
			case named && e.label >= len(f.classes):
				return fmt.Errorf("class number %d of %s, want less than %d, the number of names in %s", e.label, e.name, len(f.classes), under(folder, c.Lists.Classes))
			}
			for e.label >= len(f.classes) {
				f.classes = append(f.classes, strconv.Itoa(len(f.classes)))
			}
			if p == part {
				f.entries = append(f.entries, e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// most is more than any class number of a list: one that is larger is not one.
const most = 1 << 16

// labelled reads a path, which may have spaces, and the number of its class.
func labelled(line, place string) (entry, error) {
	e := entry{name: line, label: -1, place: place}
	rest, last, ok := lastField(line)
	if n, err := strconv.Atoi(last); ok && err == nil {
		if n < 0 || n >= most {
			return e, fmt.Errorf("class number %d of %s, want one from 0 to %d", n, rest, most-1)
		}
		e.name, e.label = rest, n
	}
	e.name = filepath.ToSlash(filepath.Clean(e.name))
	return e, nil
}
