package synth

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
)

// NamesFile is the name of the optional file beside a sheet that names its classes: one per line, from the top of the sheet.
const NamesFile = "labels.txt"

// maxSheet is the most pixels of a sheet, so that a damaged header cannot ask for all memory.
const maxSheet = 1 << 26

// Sheet is a sprite sheet: pictures of items, ordered by class. It does not change and may be shared by goroutines.
type Sheet struct {
	names []string // of the classes
	cell  int      // width and height of an item, pixels
	items [][]byte // [class * perClass + item], cell * cell greys, row by row
}

// Classes returns the names of the sheet's classes in label order. The slice is the caller's.
func (s *Sheet) Classes() []string { return append([]string(nil), s.names...) }

// Items returns the number of items of each class.
func (s *Sheet) Items() int { return len(s.items) / len(s.names) }

// ReadSheet reads the PNG image at path as a sheet of cell x cell pixels per item, black behind the items, without gaps. The
// rows of cells are shared out to the classes in equal parts from the top; within a class, items count from 0, left to right and
// then down. Colours become greys (luma of BT.601), what is transparent black.
//
// A class is named by its line of NamesFile in the same folder, which must have as many lines as there are classes; without
// that file the names are class-0, class-1 and so on, with zeros in front where there are more than ten.
//
// It is an error when the image is not a PNG image, does not divide into cells and classes, is larger than 64 Mi pixels or has an
// all black cell.
func ReadSheet(path string, classes, cell int) (*Sheet, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("synth: sheet: %w", err)
	}
	s := &Sheet{cell: cell}
	if err := s.cut(data, classes); err != nil {
		return nil, fmt.Errorf("synth: sheet %s: %w", path, err)
	}
	if s.names, err = readNames(filepath.Join(filepath.Dir(path), NamesFile), classes); err != nil {
		return nil, fmt.Errorf("synth: names of a sheet's classes: %w", err)
	}
	return s, nil
}

// cut divides a PNG image into items.
func (s *Sheet) cut(data []byte, classes int) error {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("not a PNG image: %w", err)
	}
	switch {
	case classes < 1 || s.cell < 1:
		return fmt.Errorf("%d classes of cells of %d pixels: want at least 1 of each", classes, s.cell)
	case c.Width%s.cell != 0 || c.Height%s.cell != 0:
		return fmt.Errorf("%dx%d pixels: want a multiple of its cells, which are %dx%d", c.Width, c.Height, s.cell, s.cell)
	case c.Height/s.cell%classes != 0:
		return fmt.Errorf("%d rows of cells: want a multiple of the number of classes, which is %d", c.Height/s.cell, classes)
	case c.Width > maxSheet/c.Height:
		return fmt.Errorf("%dx%d pixels: want at most %d", c.Width, c.Height, maxSheet)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("damaged PNG image: %w", err)
	}
	for y := 0; y < c.Height; y += s.cell {
		for x := 0; x < c.Width; x += s.cell {
			item := greys(img, x, y, s.cell)
			if len(bytes.Trim(item, "\x00")) == 0 {
				return fmt.Errorf("the cell in row %d, column %d is all black: want an item in every cell", y/s.cell, x/s.cell)
			}
			s.items = append(s.items, item)
		}
	}
	return nil
}

// greys copies side x side pixels at (x, y).
func greys(img image.Image, x, y, side int) []byte {
	out := make([]byte, 0, side*side)
	for j := range side {
		for i := range side {
			out = append(out, color.GrayModel.Convert(img.At(x+i, y+j)).(color.Gray).Y)
		}
	}
	return out
}

// readNames reads n names of classes, which will be names of folders, or makes some up where there is no file.
func readNames(file string, n int) ([]string, error) {
	data, err := os.ReadFile(file)
	names := strings.Split(strings.TrimSpace(string(data)), "\n")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		names = names[:0]
		for i := range n {
			names = append(names, fmt.Sprintf("class-%0*d", len(strconv.Itoa(n-1)), i))
		}
		return names, nil
	case err != nil:
		return nil, err
	case len(names) != n:
		return nil, fmt.Errorf("%s: %d lines: want a name for each of %d classes", file, len(names), n)
	}
	seen := map[string]bool{}
	for i, name := range names {
		name = strings.TrimSpace(name)
		odd := strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || strings.ContainsRune(`/\:`, r) })
		if name == "" || odd || strings.HasPrefix(name, ".") || seen[name] {
			return nil, fmt.Errorf("%s: line %d is %q: want a name of a folder that no other class has", file, i+1, name)
		}
		names[i], seen[name] = name, true
	}
	return names, nil
}
