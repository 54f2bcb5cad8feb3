package dataset

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ucfGroup finds the group of a video: of 25 in each class, each cut from one source (Soomro, Zamir, Shah, arXiv 1212.0402).
var ucfGroup = regexp.MustCompile(`_(g\d+)_c\d+$`)

// ucf101 reads UCF101's lists: of CLASS/FILE, in the training lists with the number of the class, from 1, which classInd.txt names.
func ucf101(c Config, part string) (*found, error) {
	folder := c.splits("ucfTrainTestlist")
	f := &found{videos: c.videos("UCF-101")}
	var err error
	if f.classes, err = classInd(filepath.Join(folder, "classInd.txt")); err != nil {
		return nil, err
	}
	name := "trainlist"
	if part == Test {
		name = "testlist"
	}
	f.said = filepath.Join(folder, fmt.Sprintf("%s%02d.txt", name, c.Split))
	err = each(f.said, func(line, place string) error {
		e := entry{name: line, place: place}
		number := 0
		if rest, last, ok := lastField(line); ok { // some copies of the test lists have it, too
			if n, err := strconv.Atoi(last); err == nil {
				e.name, number = rest, n
			}
		}
		class, _, nested := strings.Cut(e.name, "/")
		if e.label = slices.Index(f.classes, class); !nested || e.label < 0 {
			return fmt.Errorf("the class of %q is %q, want one of the %d of %s before a slash", e.name, class, len(f.classes), filepath.Join(folder, "classInd.txt"))
		}
		if number != 0 && number != e.label+1 {
			return fmt.Errorf("class number %d of %s, want %d, that of %s", number, e.name, e.label+1, class)
		}
		e.group = e.name
		if m := ucfGroup.FindStringSubmatch(stem(e.name)); m != nil {
			e.group = class + "/" + m[1]
		}
		f.entries = append(f.entries, e)
		return nil
	})
	if err == nil && part != Test && part != TrainVal {
		err = f.hold(c, part)
	}
	return f, err
}

// classInd reads lines of a number, from 1 without gaps, and the name of a class.
func classInd(path string) (classes []string, err error) {
	err = each(path, func(line, _ string) error {
		number, name, _ := strings.Cut(line, " ")
		name = strings.TrimSpace(name)
		if n, err := strconv.Atoi(number); err != nil || n != len(classes)+1 || name == "" {
			return fmt.Errorf("%q, want class %d as its number, a space and its name", line, len(classes)+1)
		}
		if slices.Contains(classes, name) {
			return fmt.Errorf("class %q is there twice", name)
		}
		classes = append(classes, name)
		return nil
	})
	if err == nil && len(classes) == 0 {
		err = fmt.Errorf("%s names no classes", path)
	}
	return classes, err
}
