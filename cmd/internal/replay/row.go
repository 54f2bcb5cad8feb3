// Package replay makes a row of a shard again, from its source and its plan, and compares: the work behind the replay verb.
package replay

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/decode/store"
	"vidcsl/pipeline/shard"
)

// Row is one sample of a shard, as it is stored.
type Row struct {
	File   string
	Key    string
	Source string
	Views  []View
	coded  []store.Options // of every view, as the shard's schema has it; no codec where pixels are stored as they are
}

// View is one view of a row.
type View struct {
	Plan   string // as stored
	Pixels []byte // RGB, [T,H,W,3]
	Shape  augment.Shape
}

// Find returns the row with a key in a shard, or in any shard of a run.
func Find(ctx context.Context, path, key string) (*Row, error) {
	files := []string{path}
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		m, err := shard.ReadManifest(path)
		if err != nil {
			return nil, err
		}
		files = nil
		for _, e := range m.Entries {
			if e.Rows > 0 {
				files = append(files, filepath.Join(path, e.File))
			}
		}
	}
	if st.IsDir() {
		failed, err := shard.ReadFailures(filepath.Join(path, "failures.arrow"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, f := range failed {
			if f.Key == key {
				return nil, fmt.Errorf("%s was not delivered by stage %s: %s: %s", key, f.Stage, f.Reason, f.Message)
			}
		}
	}
	var near []string
	for _, f := range files {
		row, some, err := findIn(ctx, f, key)
		if err != nil || row != nil {
			return row, err
		}
		near = append(near, some...)
	}
	return nil, fmt.Errorf("%s has no row with the key %q; there are %s", path, key, examples(near))
}

func examples(keys []string) string {
	const most = 4
	if len(keys) <= most {
		return strings.Join(keys, ", ")
	}
	return fmt.Sprintf("%s, and more", strings.Join(keys[:most], ", "))
}

// findIn returns the row of one file, or else some of the keys that are there.
func findIn(ctx context.Context, file, key string) (*Row, []string, error) {
	r, err := shard.OpenFile(file)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	var seen []string
	for rec, err := range r.Records() {
		if err != nil {
			return nil, nil, err
		}
		keys, err := texts(rec, shard.KeyColumn)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", file, err)
		}
		for i := range keys.Len() {
			if keys.Value(i) == key {
				row, err := read(ctx, rec, i)
				if err != nil {
					return nil, nil, fmt.Errorf("%s: row %q: %w", file, key, err)
				}
				row.File = file
				return row, nil, nil
			}
			if len(seen) < 5 {
				seen = append(seen, strings.Clone(keys.Value(i)))
			}
		}
	}
	return nil, seen, nil
}

// read copies row i of a record.
func read(ctx context.Context, rec arrow.Record, i int) (*Row, error) {
	one := rec.NewSlice(int64(i), int64(i+1))
	defer one.Release()
	plain, err := store.Decode(ctx, memory.DefaultAllocator, one, 1)
	if err != nil {
		return nil, err
	}
	defer plain.Release()
	row := &Row{}
	for name, to := range map[string]*string{shard.KeyColumn: &row.Key, "source": &row.Source} {
		col, err := texts(plain, name)
		if err != nil {
			return nil, err
		}
		*to = strings.Clone(col.Value(0))
	}
	for k := 0; ; k++ {
		at := plain.Schema().FieldIndices(fmt.Sprintf("view_%d", k))
		if len(at) != 1 {
			break
		}
		pix, ok := plain.Column(at[0]).(*shard.TensorArray)
		if !ok || len(pix.Shape()) != 4 || pix.Shape()[3] != clip.Channels {
			return nil, fmt.Errorf("view_%d is %v, want pixels of shape [T,H,W,3]", k, plain.Column(at[0]).DataType())
		}
		plan, err := texts(plain, fmt.Sprintf("plan_%d", k))
		if err != nil {
			return nil, err
		}
		s := pix.Shape()
		row.Views = append(row.Views, View{strings.Clone(plan.Value(0)), append([]byte(nil), pix.Row(0)...), augment.Shape{T: s[0], H: s[1], W: s[2]}})
		var coded store.Options
		if t, ok := rec.Schema().Field(at[0]).Type.(*store.ClipType); ok {
			coded = t.Options()
		}
		row.coded = append(row.coded, coded)
	}
	if len(row.Views) == 0 {
		return nil, errors.New("it has no views")
	}
	return row, nil
}

func texts(rec arrow.Record, name string) (*array.String, error) {
	at := rec.Schema().FieldIndices(name)
	if len(at) == 1 {
		if col, ok := rec.Column(at[0]).(*array.String); ok {
			return col, nil
		}
	}
	return nil, fmt.Errorf("no column %q of type utf8", name)
}
