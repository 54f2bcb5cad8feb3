package dataset

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"vidcsl/decode/clip"
)

// kinetics reads the annotations of Kinetics-400, 600 or 700 as their authors give them (Kay et al., arXiv 1705.06950), PART.csv with the columns
// label, youtube_id, time_start and time_end, for videos PART/ID_START_END.mp4 (as the CVDF's archives hold them) or PART/CLASS/ID_START_END.mp4.
// Where there are no annotations, classes are the folders. Classes are those of all parts, in the order of their names.
func kinetics(c Config, part string) (*found, error) {
	f := &found{videos: c.videos(".")}
	files, err := folderOf(f.videos, part)
	if err != nil {
		return nil, err
	}
	folder, err := annotations(c, part)
	if err != nil {
		return nil, err
	}
	if folder == "" {
		return f, f.byFolder(part, files)
	}
	f.said = filepath.Join(folder, part+".csv")
	f.there = map[string]string{}
	for _, name := range files {
		f.there[stem(name)] = name
	}
	for id, name := range replacements(f.videos) {
		if f.there[id] != "" {
			f.there[id] = name
		}
	}
	classes := map[string]bool{}
	labels := map[string]string{} // by place
	for _, p := range Parts[:3] {
		err := segments(filepath.Join(folder, p+".csv"), func(id, class, place string) {
			if class != "" {
				classes[class] = true
			}
			if p == part {
				f.entries, labels[place] = append(f.entries, entry{name: id, label: -1, place: place}), class
			}
		})
		if err != nil && (p == part || !errors.Is(err, fs.ErrNotExist)) {
			return nil, err
		}
	}
	f.classes = slices.Sorted(maps.Keys(classes))
	for i, e := range f.entries {
		if at, ok := slices.BinarySearch(f.classes, labels[e.place]); ok {
			f.entries[i].label = at
		}
	}
	return f, nil
}

// annotations returns the folder of a part's annotations, "" where there are none and none are asked for.
func annotations(c Config, part string) (string, error) {
	folders := []string{c.splits("annotations"), c.Root}
	if c.Splits != "" {
		folders = folders[:1]
	}
	for _, folder := range folders {
		path := filepath.Join(folder, part+".csv")
		if _, err := os.Stat(path); err == nil {
			return folder, nil
		} else if !os.IsNotExist(err) || c.Splits != "" {
			return "", missingFile(path, err)
		}
	}
	return "", nil
}

// folderOf returns the videos of a part, in its folder or one below, relative to the folder of all.
func folderOf(videos, part string) (names []string, err error) {
	entries, err := os.ReadDir(filepath.Join(videos, part))
	if err != nil {
		return nil, fmt.Errorf("there is no folder of videos %s; say where those of the parts are by videos: or root:", filepath.Join(videos, part))
	}
	for _, e := range entries {
		name := part + "/" + e.Name()
		if isVideo(name) {
			names = append(names, name)
			continue
		}
		below, err := os.ReadDir(filepath.Join(videos, part, e.Name()))
		if err != nil {
			continue // a file of another kind
		}
		for _, b := range below {
			if isVideo(b.Name()) {
				names = append(names, name+"/"+b.Name())
			}
		}
	}
	return names, nil
}

// replacements returns what the CVDF gives in place of files that are damaged, by stem.
func replacements(videos string) map[string]string {
	const folder = "replacement/replacement_for_corrupted_k400"
	names := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(videos, folder))
	if err != nil {
		return nil // there are none
	}
	for _, e := range entries {
		if isVideo(e.Name()) {
			names[stem(e.Name())] = folder + "/" + e.Name()
		}
	}
	return names
}

func isVideo(name string) bool {
	return slices.Contains(clip.Extensions, strings.ToLower(filepath.Ext(name)))
}

// byFolder takes the folders for classes.
func (f *found) byFolder(part string, files []string) error {
	f.said = filepath.Join(f.videos, part)
	classes := map[string]bool{}
	for _, p := range Parts[:3] {
		folders, err := os.ReadDir(filepath.Join(f.videos, p))
		if err != nil && !os.IsNotExist(err) {
			return err
		}
		for _, d := range folders {
			if st, err := os.Stat(filepath.Join(f.videos, p, d.Name())); err == nil && st.IsDir() {
				classes[d.Name()] = true
			}
		}
	}
	f.classes = slices.Sorted(maps.Keys(classes))
	for _, name := range files {
		e := entry{name: name, label: -1, place: name}
		if fields := strings.Split(name, "/"); len(fields) == 3 {
			e.label, _ = slices.BinarySearch(f.classes, fields[1])
		}
		f.entries = append(f.entries, e)
	}
	return nil
}

// segments calls f with the videos of a file of annotations; class is "" where the file has none, as that of the test part once was.
func segments(path string, f func(id, class, place string)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := csv.NewReader(file)
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: read the header: %w", path, err)
	}
	columns := map[string]int{"label": -1}
	for i, h := range head {
		columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))] = i
	}
	for _, name := range []string{"youtube_id", "time_start", "time_end"} {
		if _, ok := columns[name]; !ok {
			return fmt.Errorf("%s: the first line is %q, want column names with youtube_id, time_start and time_end, and label where there are classes", path, strings.Join(head, ","))
		}
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		place := fmt.Sprintf("%s:%d", path, line)
		id, class := row[columns["youtube_id"]], ""
		from, err1 := strconv.Atoi(row[columns["time_start"]])
		to, err2 := strconv.Atoi(row[columns["time_end"]])
		if err1 != nil || err2 != nil || id == "" {
			return fmt.Errorf("%s: youtube_id %q from %q to %q, want a name and whole seconds", place, id, row[columns["time_start"]], row[columns["time_end"]])
		}
		if at := columns["label"]; at >= 0 {
			class = strings.TrimSpace(row[at])
		}
		f(fmt.Sprintf("%s_%06d_%06d", id, from, to), class, place)
	}
}
