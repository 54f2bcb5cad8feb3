package augment

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"

	"vidcsl/decode/clip"
	"vidcsl/pipeline/shard"
)

// SchemaVersion is the version of the record batch schema, in its metadata under "vidcsl.schema_version".
const SchemaVersion = "1"

// Shape is the shape of one view: frames, height and width in pixels; three channels follow.
type Shape struct{ T, H, W int }

// Bytes returns the size of one view.
func (s Shape) Bytes() int64 { return int64(s.T) * int64(s.H) * int64(s.W) * clip.Channels }

// ShapeOf returns the shape of a clip.
func ShapeOf(c *clip.Clip) Shape { return Shape{c.Frames, c.Height, c.Width} }

// Schema returns the schema of record batches of samples with one view per shape. One row is one sample:
//
//	key     utf8              unique in a run
//	label   int32, nullable   class; names in the metadata "vidcsl.labels", a JSON list
//	source  utf8              file, relative to the input's root
//	view_k  arrow.fixed_shape_tensor<uint8>[T,H,W,3]   RGB
//	pts_k   list<int64>       timestamp of each frame, in ticks of the time base that stands in plan_k
//	plan_k  utf8              the view's plan as canonical JSON, see clip.View
//	flags   uint32            clip.Flags of all views together
//
// Entries of more are added to the schema's metadata.
func Schema(views []Shape, labels []string, more ...arrow.Metadata) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "key", Type: arrow.BinaryTypes.String},
		{Name: "label", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
		{Name: "source", Type: arrow.BinaryTypes.String},
	}
	for k, s := range views {
		fields = append(fields,
			arrow.Field{Name: fmt.Sprintf("view_%d", k), Type: shard.FixedShapeTensor(arrow.PrimitiveTypes.Uint8, s.T, s.H, s.W, clip.Channels)},
			arrow.Field{Name: fmt.Sprintf("pts_%d", k), Type: arrow.ListOfNonNullable(arrow.PrimitiveTypes.Int64)},
			arrow.Field{Name: fmt.Sprintf("plan_%d", k), Type: arrow.BinaryTypes.String})
	}
	fields = append(fields, arrow.Field{Name: "flags", Type: arrow.PrimitiveTypes.Uint32})
	if labels == nil {
		labels = []string{}
	}
	names, err := json.Marshal(labels)
	if err != nil { // strings only: cannot fail
		panic(fmt.Sprintf("augment: encode labels: %v", err))
	}
	keys, values := []string{"vidcsl.schema_version", "vidcsl.labels"}, []string{SchemaVersion, string(names)}
	for _, m := range more {
		keys, values = append(keys, m.Keys()...), append(values, m.Values()...)
	}
	meta := arrow.NewMetadata(keys, values)
	return arrow.NewSchema(fields, &meta)
}
