package feed

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// part is an open shard. Rows of raw pixels are read from the file one by one; batches of other storage are read whole and kept in
// the cache.
type part struct {
	path    string
	number  int32
	shape   augment.Shape // of every stored view
	views   int
	meta    *clip.Meta // of every row: its frames are numbered
	ends    []int      // of each record batch: rows up to its end
	raw     []*shard.Rows
	cache   *cache
	classes []string
	reader  *shard.Reader
	access  *shard.Access

	list    []row    // while the run is opened
	sources []string // of each row, likewise
}

// openPart opens a shard and reads what is not pixels.
func openPart(path string, e shard.Entry, number int32, c *cache) (*part, error) {
	if st, err := os.Stat(path); err == nil && st.Size() != e.Bytes {
		return nil, fmt.Errorf("%s: %w: %d bytes, the manifest says %d", path, shard.ErrDamaged, st.Size(), e.Bytes)
	}
	r, err := shard.OpenFile(path)
	if err != nil {
		return nil, err
	}
	f := &part{path: path, number: number, reader: r, cache: c}
	if err := f.prepare(); err != nil {
		r.Close()
		return nil, err
	}
	return f, nil
}

func (f *part) prepare() (err error) {
	if err := f.shapes(); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	if f.classes, err = labelsOf(f.reader); err != nil {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	if f.access, err = f.reader.Access(); err != nil {
		return err
	}
	for i := range f.reader.NumRecords() {
		if err := f.keys(i); err != nil {
			return fmt.Errorf("%s: record batch %d: %w", f.path, i, err)
		}
	}
	if f.access.Compressed() || f.coded() {
		return nil
	}
	f.raw = make([]*shard.Rows, f.views)
	for k := range f.raw {
		if f.raw[k], err = f.access.Rows(viewName(k)); err != nil {
			return err
		}
	}
	return nil
}

func viewName(k int) string { return fmt.Sprintf("view_%d", k) }

func (f *part) coded() bool {
	_, coded := f.reader.Schema().Field(f.reader.Schema().FieldIndices(viewName(0))[0]).Type.(*store.ClipType)
	return coded
}

// shapes finds the views, which are all of one shape.
func (f *part) shapes() error {
	schema := store.DecodedSchema(f.reader.Schema())
	for ; ; f.views++ {
		at := schema.FieldIndices(viewName(f.views))
		if len(at) == 0 {
			break
		}
		t, ok := schema.Field(at[0]).Type.(*shard.TensorType)
		if !ok || len(t.Shape()) != 4 || t.Shape()[3] != clip.Channels || t.Storage.(*arrow.FixedSizeListType).Elem().ID() != arrow.UINT8 {
			return fmt.Errorf("%s is %v, want pixels: uint8 of the shape [T,H,W,3]", viewName(f.views), schema.Field(at[0]).Type)
		}
		shape := augment.Shape{T: t.Shape()[0], H: t.Shape()[1], W: t.Shape()[2]}
		if f.views > 0 && shape != f.shape {
			return fmt.Errorf("%s is of the shape %v, view_0 of %v", viewName(f.views), shape, f.shape)
		}
		f.shape = shape
	}
	if f.views == 0 {
		return errors.New("no column view_0: not a shard of clips")
	}
	const fps = 25 // of no consequence: frames are taken by number
	f.meta = &clip.Meta{
		Source: f.path, Width: f.shape.W, Height: f.shape.H, TimeBase: clip.Rational{Num: 1, Den: fps},
		Duration: int64(f.shape.T), FrameRate: clip.Rational{Num: fps, Den: 1},
	}
	for t := range f.shape.T {
		f.meta.Frames.PTS = append(f.meta.Frames.PTS, int64(t))
	}
	return nil
}

// keys lists the rows of record batch i.
func (f *part) keys(i int) error {
	rec, err := f.access.Columns(i, shard.KeyColumn, "source", "label")
	if err != nil {
		return err
	}
	defer rec.Release()
	keys, ok := rec.Column(0).(*array.String)
	sources, ok2 := rec.Column(1).(*array.String)
	labels, ok3 := rec.Column(2).(*array.Int32)
	if !ok || !ok2 || !ok3 {
		return fmt.Errorf("columns key, source and label are %v, %v and %v, want utf8, utf8 and int32", rec.Column(0).DataType(), rec.Column(1).DataType(), rec.Column(2).DataType())
	}
	for k := range int(rec.NumRows()) {
		r := row{key: strings.Clone(keys.Value(k)), label: -1, file: f.number, at: int32(len(f.list))}
		if labels.IsValid(k) {
			r.label = labels.Value(k)
		}
		if r.label < -1 || len(f.classes) > 0 && int(r.label) >= len(f.classes) {
			return fmt.Errorf("row %q has the label %d, but there are %d classes", r.key, r.label, len(f.classes))
		}
		f.list, f.sources = append(f.list, r), append(f.sources, strings.Clone(sources.Value(k)))
	}
	f.ends = append(f.ends, len(f.list))
	return nil
}
