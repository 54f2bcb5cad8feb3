package store

import (
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"

	"vidcsl/pipeline/shard"
)

// viewPrefix and a number make the name of a column of pixels, see augment.Schema.
const viewPrefix = "view_"

func isView(name string) bool {
	number, ok := strings.CutPrefix(name, viewPrefix)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// EncodedSchema returns the schema of what [Encode] makes of batches of schema s: every column view_0, view_1, … is a [ClipType],
// names, order, metadata and the other columns are the same. A view that is no fixed_shape_tensor<uint8>[T,H,W,3], a schema
// without views, and options out of range are errors.
func EncodedSchema(s *arrow.Schema, o Options) (*arrow.Schema, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	fields, views := s.Fields(), 0
	for i, f := range fields {
		if !isView(f.Name) {
			continue
		}
		t, ok := f.Type.(*shard.TensorType)
		if !ok || t.Elem() == nil || t.Elem().ID() != arrow.UINT8 {
			return nil, fmt.Errorf("store: column %q is %v, want fixed_shape_tensor<uint8>[T,H,W,3]", f.Name, f.Type)
		}
		if err := checkShape(t.Shape()); err != nil {
			return nil, fmt.Errorf("store: column %q: %w", f.Name, err)
		}
		fields[i].Type = newClipType(t.Shape(), o)
		views++
	}
	if views == 0 {
		return nil, fmt.Errorf("store: the schema has no column %s0: %v", viewPrefix, s)
	}
	meta := s.Metadata()
	return arrow.NewSchema(fields, &meta), nil
}

// DecodedSchema returns the schema of what [Decode] makes of batches of schema s: every encoded column is a tensor again,
// whatever its name. A schema without encoded columns comes back as it is.
func DecodedSchema(s *arrow.Schema) *arrow.Schema {
	fields, coded := s.Fields(), false
	for i, f := range fields {
		if t, ok := f.Type.(*ClipType); ok {
			fields[i].Type = t.Tensor()
			coded = true
		}
	}
	if !coded {
		return s
	}
	meta := s.Metadata()
	return arrow.NewSchema(fields, &meta)
}
