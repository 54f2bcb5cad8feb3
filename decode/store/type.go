package store

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"

	"vidcsl/decode/clip"
	"vidcsl/decode/internal/enc"
	"vidcsl/pipeline/shard"
)

// ExtensionName is the Arrow name of [ClipType].
const ExtensionName = "vidcsl.encoded_clip"

// maxSide bounds height and width, so that a damaged file cannot claim more than the codecs can hold.
const maxSide = 16384

// ClipType is an Arrow extension type: a column whose every row is an encoded clip of one shape. Its storage is list<binary>
// for JPEG, a file per frame, and binary for H.264. The package registers it, so that files that hold it come back with it.
// It is immutable and safe for concurrent use.
type ClipType struct {
	arrow.ExtensionBase
	meta clipMeta
}

type clipMeta struct {
	Codec   Codec  `json:"codec"`
	Shape   []int  `json:"shape"` // of the decoded row: T, H, W, 3
	Chroma  string `json:"chroma,omitempty"`
	Quality int    `json:"quality,omitempty"`
	CRF     int    `json:"crf,omitempty"`
	GOP     int    `json:"gop,omitempty"`
}

func init() {
	if err := arrow.RegisterExtensionType(&ClipType{ExtensionBase: arrow.ExtensionBase{Storage: arrow.BinaryTypes.Binary}}); err != nil {
		panic(fmt.Sprintf("store: register %s: %v", ExtensionName, err))
	}
}

func storageOf(c Codec) arrow.DataType {
	if c == JPEG {
		return arrow.ListOfNonNullable(arrow.BinaryTypes.Binary)
	}
	return arrow.BinaryTypes.Binary
}

// newClipType returns the type of a column of clips of a shape that checkShape has passed.
func newClipType(shape []int, o Options) *ClipType {
	o = o.WithDefaults()
	return &ClipType{
		ExtensionBase: arrow.ExtensionBase{Storage: storageOf(o.Codec)},
		meta:          clipMeta{Codec: o.Codec, Shape: slices.Clone(shape), Chroma: o.chroma(), Quality: o.Quality, CRF: o.CRF, GOP: o.GOP},
	}
}

func checkShape(shape []int) error {
	if len(shape) != 4 || shape[3] != clip.Channels || shape[0] < 1 || min(shape[1], shape[2]) < 1 || max(shape[1], shape[2]) > maxSide ||
		shape[0] > math.MaxInt32/(shape[1]*shape[2]*clip.Channels) {
		return fmt.Errorf("shape %v, want [T,H,W,3] with height and width of at most %d and at most 2^31-1 bytes", shape, maxSide)
	}
	return nil
}

// Codec returns how the rows are coded.
func (t *ClipType) Codec() Codec { return t.meta.Codec }

// Options returns how the rows were coded: [Encode] with it makes the same bytes of the same pixels.
func (t *ClipType) Options() Options {
	return Options{Codec: t.meta.Codec, Quality: t.meta.Quality, CRF: t.meta.CRF, GOP: t.meta.GOP, FullChroma: t.meta.Chroma == Options{FullChroma: true}.chroma()}
}

// Shape returns [T,H,W,3], the shape of a decoded row. The caller owns the slice.
func (t *ClipType) Shape() []int { return slices.Clone(t.meta.Shape) }

// Tensor returns the type of the decoded column.
func (t *ClipType) Tensor() *shard.TensorType {
	return shard.FixedShapeTensor(arrow.PrimitiveTypes.Uint8, t.meta.Shape...)
}

func (t *ClipType) shape() enc.Shape {
	return enc.Shape{T: t.meta.Shape[0], H: t.meta.Shape[1], W: t.meta.Shape[2]}
}

// ArrayType implements [arrow.ExtensionType].
func (t *ClipType) ArrayType() reflect.Type { return reflect.TypeFor[ClipArray]() }

// ExtensionName implements [arrow.ExtensionType].
func (t *ClipType) ExtensionName() string { return ExtensionName }

// ExtensionEquals implements [arrow.ExtensionType]: same codec and shape. How well the clips were coded is not part of the type.
func (t *ClipType) ExtensionEquals(other arrow.ExtensionType) bool {
	o, ok := other.(*ClipType)
	return ok && t.meta.Codec == o.meta.Codec && slices.Equal(t.meta.Shape, o.meta.Shape)
}

// Serialize implements [arrow.ExtensionType].
func (t *ClipType) Serialize() string {
	b, err := json.Marshal(t.meta)
	if err != nil { // strings and ints always marshal
		panic(err)
	}
	return string(b)
}

// Deserialize implements [arrow.ExtensionType]. Keys it does not know are passed over.
func (t *ClipType) Deserialize(storage arrow.DataType, data string) (arrow.ExtensionType, error) {
	var meta clipMeta
	if err := json.Unmarshal([]byte(data), &meta); err != nil {
		return nil, fmt.Errorf("store: metadata %q of %s: %w", data, ExtensionName, err)
	}
	if _, err := ParseCodec(string(meta.Codec)); err != nil {
		return nil, err
	}
	if err := checkShape(meta.Shape); err != nil {
		return nil, fmt.Errorf("store: metadata of %s: %w", ExtensionName, err)
	}
	list, isList := storage.(*arrow.ListType)
	if isList != (meta.Codec == JPEG) || isList && list.Elem().ID() != arrow.BINARY || !isList && storage.ID() != arrow.BINARY {
		return nil, fmt.Errorf("store: %s of codec %s over %s, want %s", ExtensionName, meta.Codec, storage, storageOf(meta.Codec))
	}
	return &ClipType{ExtensionBase: arrow.ExtensionBase{Storage: storage}, meta: meta}, nil
}

// String returns, for example, encoded_clip<jpeg>[16,112,112,3].
func (t *ClipType) String() string {
	shape, _ := json.Marshal(t.meta.Shape)
	return fmt.Sprintf("encoded_clip<%s>%s", t.meta.Codec, shape)
}

// Fingerprint implements [arrow.DataType].
func (t *ClipType) Fingerprint() string { return t.ExtensionBase.Fingerprint() + t.Serialize() }

// ClipArray is a column of encoded clips. Like every Arrow array it is immutable, reference-counted and safe for concurrent reading.
type ClipArray struct {
	array.ExtensionArrayBase
}

// Clip returns the type of the column.
func (a *ClipArray) Clip() *ClipType { return a.DataType().(*ClipType) }

// Files returns the encoded files of row i, without copying: one per frame for JPEG, one in all for H.264. They are valid as
// long as the array is, and must not be changed. Files panics when i is out of range.
func (a *ClipArray) Files(i int) [][]byte {
	list, ok := a.Storage().(*array.List)
	if !ok {
		return [][]byte{a.Storage().(*array.Binary).Value(i)}
	}
	values := list.ListValues().(*array.Binary)
	from, to := list.ValueOffsets(i)
	files := make([][]byte, 0, to-from)
	for k := from; k < to; k++ {
		files = append(files, values.Value(int(k)))
	}
	return files
}

// String returns the type and the number of rows; it does not print the bytes.
func (a *ClipArray) String() string { return fmt.Sprintf("%v × %d", a.Clip(), a.Len()) }

// ValueStr returns a short description of row i.
func (a *ClipArray) ValueStr(i int) string {
	if a.IsNull(i) {
		return array.NullValueStr
	}
	n := 0
	for _, f := range a.Files(i) {
		n += len(f)
	}
	return fmt.Sprintf("%v, %d bytes", a.Clip(), n)
}

var (
	_ arrow.ExtensionType  = (*ClipType)(nil)
	_ array.ExtensionArray = (*ClipArray)(nil)
)
