package clip

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// Extensions are the endings by which a folder's videos and images are recognised. What a file really is shows when it is
// opened.
var Extensions = []string{
	".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".flv", ".wmv", ".asf", ".3gp",
	".ogv", ".ogg", ".mxf", ".vob", ".gif", ".ivf", ".obu", ".y4m", ".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff",
}

// Listing is the sources of a run, sorted by name, and the names of their classes.
type Listing struct {
	Root   string   // the folder that Source names are relative to
	Items  []Item   // without clips: the caller sets First, Clips and Total
	Labels []string // class names; an Item's Label is an index into it
	Others int      // files passed over because of their ending

	// Missing are the sources that the input names and that are not there, where it is a list that may be out of date.
	Missing []string
}

// ErrNoVideos is wrapped by [List] when nothing to decode is found.
var ErrNoVideos = errors.New("no videos or images found")

// List finds the sources that an input names: a folder (searched recursively, symbolic links followed), a glob pattern, a
// CSV file with the columns path and optionally label, or one file. In a folder or a pattern's match the first folder
// below the root is the class; a source without one has label -1. The order does not depend on the file system.
func List(input string) (*Listing, error) {
	st, err := os.Stat(input)
	switch {
	case err == nil && st.IsDir():
		return listFolder(input)
	case err == nil && strings.EqualFold(filepath.Ext(input), ".csv"):
		return listCSV(input)
	case err == nil:
		return finish(input, &Listing{Root: filepath.Dir(input)}, map[string]string{filepath.Base(input): ""})
	case strings.ContainsAny(input, "*?["):
		return listGlob(input)
	}
	return nil, fmt.Errorf("clip: input %s: %w", input, pathless(err))
}

func pathless(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

func listFolder(root string) (*Listing, error) {
	l := &Listing{Root: root}
	found := map[string]string{}
	seen := map[string]bool{}
	var walk func(dir, rel string) error
	walk = func(dir, rel string) error {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[real] { // a link that points nowhere, or back into what was seen
			return err
		}
		seen[real] = true
		entries, err := os.ReadDir(dir)
		if err != nil {
			return fmt.Errorf("clip: input folder %s: %w", dir, pathless(err))
		}
		for _, e := range entries {
			path, name := filepath.Join(dir, e.Name()), filepath.Join(rel, e.Name())
			st, err := os.Stat(path) // an unreadable file is listed, and fails when it is opened
			if err == nil && st.IsDir() {
				if err := walk(path, name); err != nil {
					return err
				}
				continue
			}
			if !slices.Contains(Extensions, strings.ToLower(filepath.Ext(name))) {
				l.Others++
				continue
			}
			found[filepath.ToSlash(name)] = ""
		}
		return nil
	}
	if err := walk(root, ""); err != nil {
		return nil, err
	}
	classByFolder(found)
	return finish(root, l, found)
}

func listGlob(pattern string) (*Listing, error) {
	matches, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("clip: input pattern %s: %w", pattern, err)
	}
	root := pattern
	for strings.ContainsAny(root, "*?[") {
		root = filepath.Dir(root)
	}
	l := &Listing{Root: root}
	found := map[string]string{}
	for _, m := range matches {
		if st, err := os.Stat(m); err == nil && st.IsDir() {
			continue
		}
		rel, err := filepath.Rel(root, m)
		if err != nil {
			return nil, fmt.Errorf("clip: input pattern %s: %w", pattern, err)
		}
		found[filepath.ToSlash(rel)] = ""
	}
	classByFolder(found)
	return finish(pattern, l, found)
}

func classByFolder(found map[string]string) {
	for name := range found {
		if class, _, nested := strings.Cut(name, "/"); nested {
			found[name] = class
		}
	}
}

func listCSV(path string) (*Listing, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("clip: input %s: %w", path, pathless(err))
	}
	defer f.Close()
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("clip: input %s: read the header: %w", path, err)
	}
	for i, h := range head { // spreadsheets begin a file with a byte order mark, and capitalise
		head[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	pathCol, labelCol := slices.Index(head, "path"), slices.Index(head, "label")
	if pathCol < 0 {
		return nil, fmt.Errorf("clip: input %s: the first line is %q, want column names with path and, if there are classes, label", path, strings.Join(head, ","))
	}
	l := &Listing{Root: filepath.Dir(path)}
	found := map[string]string{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("clip: input %s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		if row[pathCol] == "" {
			return nil, fmt.Errorf("clip: input %s: line %d has no path", path, line)
		}
		name := filepath.Clean(row[pathCol])
		if _, twice := found[name]; twice {
			return nil, fmt.Errorf("clip: input %s: line %d names %s a second time", path, line, name)
		}
		found[name] = ""
		if labelCol >= 0 {
			found[name] = row[labelCol]
		}
	}
	return finish(path, l, found)
}

// finish makes the items of what was found: source name to class name, "" for none.
func finish(input string, l *Listing, found map[string]string) (*Listing, error) {
	if len(found) == 0 {
		return nil, fmt.Errorf("clip: input %s: %w (%d other files)", input, ErrNoVideos, l.Others)
	}
	classes := map[string]bool{}
	for _, c := range found {
		if c != "" {
			classes[c] = true
		}
	}
	for c := range classes {
		l.Labels = append(l.Labels, c)
	}
	slices.Sort(l.Labels)
	for name, class := range found {
		it := NewItem(l.Root, name, -1)
		if i, ok := slices.BinarySearch(l.Labels, class); ok && class != "" {
			it.Label = int32(i)
		}
		l.Items = append(l.Items, it)
	}
	slices.SortFunc(l.Items, func(a, b Item) int { return strings.Compare(a.Source, b.Source) })
	return l, nil
}

// NewItem returns the item of a source by its name, which is relative to a folder, or absolute, and has forward slashes. It has no clips yet.
func NewItem(root, name string, label int32) Item {
	it := Item{Path: name, Source: printable(filepath.ToSlash(name)), Label: label}
	if !filepath.IsAbs(name) {
		it.Path = filepath.Join(root, filepath.FromSlash(name))
	}
	return it
}

// printable returns name with the bytes that are not UTF-8 written as \xNN, as keys must be text.
func printable(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRuneInString(name[i:])
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, name[i])
		} else {
			b.WriteString(name[i : i+n])
		}
		i += n
	}
	return b.String()
}

// Take returns the listed items with n clips to take from each.
func (l *Listing) Take(n int) []Item {
	items := slices.Clone(l.Items)
	for i := range items {
		items[i].First, items[i].Clips, items[i].Total = 0, n, n
	}
	return items
}
