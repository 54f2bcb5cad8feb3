package look

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/cmd/internal/sheet"
	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// table is a shard or a table of failures.
type table struct {
	path string
	r    *shard.Reader
}

func openTable(path string) (Subject, error) {
	r, err := shard.OpenFile(path)
	if err != nil {
		return nil, err
	}
	return &table{path, r}, nil
}

// column is one column as inspect prints it.
type column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func (t *table) columns() (cs []column) {
	for _, f := range t.r.Schema().Fields() {
		cs = append(cs, column{f.Name, fmt.Sprint(f.Type)})
	}
	return cs
}

func (t *table) Describe() any {
	meta := map[string]string{}
	md := t.r.Metadata()
	for i, k := range md.Keys() {
		meta[k] = md.Values()[i]
	}
	return map[string]any{"path": t.path, "rows": t.r.NumRows(), "batches": t.r.NumRecords(), "columns": t.columns(), "metadata": meta, "keys": t.keys(1 << 20)}
}

func (t *table) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-10s %s\n%-10s %d in %d batches\n", "file", t.path, "rows", t.r.NumRows(), t.r.NumRecords())
	for _, c := range t.columns() {
		fmt.Fprintf(&b, "%-10s %s\n", c.Name, c.Type)
	}
	const shown = 8
	for _, k := range t.keys(shown) {
		fmt.Fprintf(&b, "  %s\n", k)
	}
	if n := t.r.NumRows(); n > shown {
		fmt.Fprintf(&b, "  … and %d more\n", n-shown)
	}
	return b.String()
}

// keys returns the first keys; reading stops at an error, which verify reports.
func (t *table) keys(most int) []string {
	keys := []string{}
	for rec, err := range t.r.Records() {
		if err != nil {
			break
		}
		col, ok := stringColumn(rec, "key")
		if !ok {
			break
		}
		for i := 0; i < col.Len() && len(keys) < most; i++ {
			keys = append(keys, strings.Clone(col.Value(i)))
		}
		if len(keys) == most {
			break
		}
	}
	return keys
}

func stringColumn(rec arrow.Record, name string) (*array.String, bool) {
	at := rec.Schema().FieldIndices(name)
	if len(at) != 1 {
		return nil, false
	}
	col, ok := rec.Column(at[0]).(*array.String)
	return col, ok
}

// Sheet shows the first rows, each view as a line of frames.
func (t *table) Sheet(_ context.Context, path string) error {
	cells, err := t.cells(max(sheetLines/max(t.views(), 1), 1))
	if err != nil {
		return err
	}
	if len(cells) == 0 {
		return fmt.Errorf("%s has no views to show", t.path)
	}
	return sheet.Write(path, sheet.Draw(cells, sheet.Columns))
}

// sheetLines is the number of lines of a sheet, one for every view of a row.
const sheetLines = 12

// cells returns a line of frames for every view of the first rows.
func (t *table) cells(rows int) (cells []sheet.Cell, err error) {
	labels := t.labels()
	for rec, err := range decoded(t.r, int64(rows)) {
		if err != nil {
			return nil, err
		}
		for i := range int(rec.NumRows()) {
			cells = append(cells, rowCells(rec, i, labels)...)
		}
	}
	return cells, nil
}

// views returns the number of views of a row.
func (t *table) views() (n int) {
	for _, f := range t.r.Schema().Fields() {
		if strings.HasPrefix(f.Name, "view_") {
			n++
		}
	}
	return n
}

func (t *table) labels() (names []string) {
	md := t.r.Metadata()
	if k := md.FindKey("vidcsl.labels"); k >= 0 {
		_ = json.Unmarshal([]byte(md.Values()[k]), &names) // without names the sheet shows none
	}
	return names
}

func rowCells(rec arrow.Record, i int, labels []string) (cells []sheet.Cell) {
	caption := ""
	if col, ok := stringColumn(rec, "key"); ok {
		caption = col.Value(i)
	}
	for c := range int(rec.NumCols()) {
		view, ok := rec.Column(c).(*shard.TensorArray)
		if !ok || len(view.Shape()) != 4 {
			continue
		}
		shape := view.Shape()
		line := sheet.Line(view.Row(i), shape[0], shape[1], shape[2])
		line[0].Caption = caption
		if label := labelOf(rec, i, labels); label != "" {
			line[1].Caption = label
		}
		if rec.Schema().HasField("view_1") {
			line[2].Caption = strings.Replace(rec.ColumnName(c), "_", " ", 1) + ", " + line[2].Caption
		}
		cells = append(cells, line...)
	}
	return copied(cells)
}

// copied makes the cells independent of the record, which is valid only until the next one is read.
func copied(cells []sheet.Cell) []sheet.Cell {
	for i := range cells {
		cells[i].RGB = append([]byte(nil), cells[i].RGB...)
		cells[i].Caption = strings.Clone(cells[i].Caption)
	}
	return cells
}

func labelOf(rec arrow.Record, i int, labels []string) string {
	at := rec.Schema().FieldIndices("label")
	if len(at) != 1 {
		return ""
	}
	col, ok := rec.Column(at[0]).(*array.Int32)
	if !ok || col.IsNull(i) || int(col.Value(i)) >= len(labels) {
		return ""
	}
	return labels[col.Value(i)]
}

func (t *table) Close() { t.r.Close() }

// decoded is the records of a file, up to a number of rows in all, with their pixels as tensors, however they are stored. A
// record is valid until the next.
func decoded(r *shard.Reader, rows int64) iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		for rec, err := range r.Records() {
			if err != nil {
				yield(nil, err)
				return
			}
			part := rec.NewSlice(0, min(rows, rec.NumRows())) // what nobody looks at need not be decoded
			rows -= part.NumRows()
			plain, err := store.Decode(context.Background(), memory.DefaultAllocator, part, 0)
			part.Release()
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(plain, nil)
			plain.Release()
			if !more || rows == 0 {
				return
			}
		}
	}
}

// ReadThrough reads and decodes every record of an Arrow file and returns the number of rows.
func ReadThrough(path string) (rows int64, err error) {
	r, err := shard.OpenFile(path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	for rec, err := range decoded(r, r.NumRows()) {
		if err != nil {
			return rows, err
		}
		rows += rec.NumRows()
	}
	return rows, nil
}

// run is an output folder of preprocess.
type run struct {
	dir string
	m   *shard.Manifest
}

func (r *run) Describe() any { return r.m }

func (r *run) Text() string {
	var rows, failures, bytes int64
	for _, e := range r.m.Entries {
		rows, failures, bytes = rows+e.Rows, failures+e.Failures, bytes+e.Bytes
	}
	return fmt.Sprintf("%-10s %s, written by %s\n%-10s %d of %d, %.1f MB, %s\n%-10s %d of %d items, %d failures\n%-10s %s\n",
		"run", r.dir, r.m.Tool, "shards", len(r.m.Entries), r.m.Shards, float64(bytes)/1e6, r.m.Compression, "rows", rows, r.m.Items, failures, "config", r.m.Config)
}

// Sheet shows the first row of shards spread over the run, up to the size of a sheet.
func (r *run) Sheet(_ context.Context, path string) error {
	var cells []sheet.Cell
	var files []string
	for _, e := range r.m.Entries {
		if e.Rows > 0 {
			files = append(files, e.File)
		}
	}
	for k, n := 0, min(len(files), sheetLines); k < n; k++ {
		s, err := openTable(filepath.Join(r.dir, files[k*len(files)/n]))
		if err != nil {
			return err
		}
		if k == 0 {
			n = min(n, max(sheetLines/max(s.(*table).views(), 1), 1))
		}
		row, err := s.(*table).cells(1)
		s.Close()
		if err != nil {
			return err
		}
		cells = append(cells, row...)
	}
	if len(cells) == 0 {
		return fmt.Errorf("%s has no rows to show", r.dir)
	}
	return sheet.Write(path, sheet.Draw(cells, sheet.Columns))
}

func (r *run) Close() {}
