package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// hmdbName is a file's name as HMDB51 makes it: source and class, then visible parts of the body, camera motion, number of people, point of
// view, quality, and the number of the clip (Kuehne et al. 2011).
var hmdbName = regexp.MustCompile(`^(.+)_[hulf]_(?:nm|cm)_np\d+_(?:fr|ba|le|ri)_(?:goo|med|bad)_\d+$`)

// What the lists of HMDB51 say of a file.
const (
	hmdbUnused = "0"
	hmdbTrain  = "1"
	hmdbTest   = "2"
)

// hmdb51 reads HMDB51's lists: for each class a file CLASS_test_splitN.txt with lines of a name and 1 for training, 2 for test, 0 for neither.
// Classes are in the order of their names.
func hmdb51(c Config, part string) (*found, error) {
	folder := c.splits("testTrainMulti_7030_splits")
	end := fmt.Sprintf("_test_split%d.txt", c.Split)
	f := &found{videos: c.videos("hmdb51_org"), said: filepath.Join(folder, "*"+end)}
	files, err := os.ReadDir(folder) // in the order of names
	if err != nil {
		return nil, missingFile(folder, err)
	}
	want := hmdbTrain
	if part == Test {
		want = hmdbTest
	}
	for _, file := range files {
		class, ok := strings.CutSuffix(file.Name(), end)
		if !ok {
			continue
		}
		label := len(f.classes)
		f.classes = append(f.classes, class)
		err := each(filepath.Join(folder, file.Name()), func(line, place string) error {
			name, use, _ := lastField(line)
			switch use {
			case want:
				f.entries = append(f.entries, entry{name: class + "/" + name, label: label, place: place, group: hmdbGroup(stem(name), class)})
			case hmdbUnused, hmdbTrain, hmdbTest:
			default:
				return fmt.Errorf("%q, want the name of a video, a space, and 0, 1 or 2", line)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if len(f.classes) == 0 {
		return nil, fmt.Errorf("%s has no file CLASS%s", folder, end)
	}
	if part != Test && part != TrainVal {
		err = f.hold(c, part)
	}
	return f, err
}

// hmdbGroup is the source that a video was cut from, which may have clips of several classes.
func hmdbGroup(name, class string) string {
	if m := hmdbName.FindStringSubmatch(name); m != nil {
		return strings.TrimSuffix(m[1], "_"+class)
	}
	if i := strings.LastIndexByte(name, '_'); i > 0 {
		return name[:i]
	}
	return name
}
