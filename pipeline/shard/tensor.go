package shard

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"
)

// TensorExtensionName is the canonical Arrow name of the extension type that [TensorType] implements.
const TensorExtensionName = "arrow.fixed_shape_tensor"

// TensorType is the canonical Arrow extension type arrow.fixed_shape_tensor: a column whose every row is a
// dense, row-major tensor of one shape. Its storage is a FixedSizeList of the element type, so that other
// Arrow implementations read it without copying; pyarrow shows it as a FixedShapeTensorArray.
//
// The package registers the type once, so that files that hold it come back with it. A TensorType is
// immutable and safe for concurrent use.
//
// Specification: https://arrow.apache.org/docs/format/CanonicalExtensions.html#fixed-shape-tensor
type TensorType struct {
	arrow.ExtensionBase
	meta tensorMeta
}

// tensorMeta is the metadata of the canonical specification, field for field.
type tensorMeta struct {
	Shape       []int    `json:"shape"`
	DimNames    []string `json:"dim_names,omitempty"`
	Permutation []int    `json:"permutation,omitempty"`
}

func init() {
	// An error means that the program has registered another implementation of the canonical type before
	// this package was initialised; columns would then silently come back as a foreign Go type.
	if err := arrow.RegisterExtensionType(&TensorType{}); err != nil {
		panic(fmt.Sprintf("shard: register %s: %v", TensorExtensionName, err))
	}
}

// FixedShapeTensor returns the type of a column of tensors of the given shape, whose elements cannot be null.
// It panics when elem is not a type of whole bytes, when shape is empty or has a dimension below 1, or when a row has
// more than 2^31-1 elements (the limit of the storage type): all three are mistakes in the program.
func FixedShapeTensor(elem arrow.DataType, shape ...int) *TensorType {
	if _, err := elemBytes(elem); err != nil {
		panic(err.Error())
	}
	n, err := elements(shape)
	if err != nil {
		panic(err.Error())
	}
	return &TensorType{
		ExtensionBase: arrow.ExtensionBase{Storage: arrow.FixedSizeListOfNonNullable(n, elem)},
		meta:          tensorMeta{Shape: slices.Clone(shape)},
	}
}

// Shape returns the shape of one row in the order in which it lies in memory (row-major). The caller owns the slice.
func (t *TensorType) Shape() []int { return slices.Clone(t.meta.Shape) }

// Elem returns the type of one element.
func (t *TensorType) Elem() arrow.DataType {
	if l, ok := t.Storage.(*arrow.FixedSizeListType); ok {
		return l.Elem()
	}
	return nil
}

// RowBytes returns the number of bytes of one row.
func (t *TensorType) RowBytes() int {
	list, ok := t.Storage.(*arrow.FixedSizeListType)
	if !ok {
		return 0
	}
	w, err := elemBytes(list.Elem())
	if err != nil {
		return 0
	}
	return int(list.Len()) * w
}

// ArrayType implements [arrow.ExtensionType].
func (t *TensorType) ArrayType() reflect.Type { return reflect.TypeFor[TensorArray]() }

// ExtensionName implements [arrow.ExtensionType].
func (t *TensorType) ExtensionName() string { return TensorExtensionName }

// ExtensionEquals implements [arrow.ExtensionType]: same element type, shape, dimension names and permutation.
// Whether the storage declares its elements nullable is not part of the type.
func (t *TensorType) ExtensionEquals(other arrow.ExtensionType) bool {
	o, ok := other.(*TensorType)
	if !ok || t.Elem() == nil || o.Elem() == nil {
		return false
	}
	return arrow.TypeEqual(t.Elem(), o.Elem()) && slices.Equal(t.meta.Shape, o.meta.Shape) &&
		slices.Equal(t.meta.DimNames, o.meta.DimNames) && slices.Equal(t.meta.Permutation, o.meta.Permutation)
}

// Serialize implements [arrow.ExtensionType]: the JSON of the canonical specification, such as {"shape":[16,112,112,3]}.
func (t *TensorType) Serialize() string {
	b, err := json.Marshal(t.meta)
	if err != nil { // slices of int and string always marshal
		panic(err)
	}
	return string(b)
}

// Deserialize implements [arrow.ExtensionType]. Dimension names and a permutation are kept but not interpreted:
// Shape is always the order in memory.
func (t *TensorType) Deserialize(storage arrow.DataType, data string) (arrow.ExtensionType, error) {
	list, ok := storage.(*arrow.FixedSizeListType)
	if !ok {
		return nil, fmt.Errorf("shard: %s over %s, want a fixed size list", TensorExtensionName, storage)
	}
	if _, err := elemBytes(list.Elem()); err != nil {
		return nil, err
	}
	var meta tensorMeta
	if err := json.Unmarshal([]byte(data), &meta); err != nil {
		return nil, fmt.Errorf("shard: metadata %q of %s: %w", data, TensorExtensionName, err)
	}
	n, err := elements(meta.Shape)
	if err != nil {
		return nil, err
	}
	if n != list.Len() {
		return nil, fmt.Errorf("shard: tensor shape %v has %d elements, its storage %d", meta.Shape, n, list.Len())
	}
	if isIdentity(meta.Permutation) { // the same as none
		meta.Permutation = nil
	}
	return &TensorType{ExtensionBase: arrow.ExtensionBase{Storage: storage}, meta: meta}, nil
}

// String returns, for example, fixed_shape_tensor<uint8>[16,112,112,3].
func (t *TensorType) String() string {
	return fmt.Sprintf("fixed_shape_tensor<%v>%s", t.Elem(), shapeString(t.meta.Shape))
}

// Fingerprint implements [arrow.DataType].
func (t *TensorType) Fingerprint() string { return t.ExtensionBase.Fingerprint() + t.Serialize() }

func isIdentity(permutation []int) bool {
	for i, p := range permutation {
		if p != i {
			return false
		}
	}
	return true
}

func shapeString(shape []int) string {
	b, _ := json.Marshal(shape)
	return string(b)
}

// elemBytes returns the width of an element in bytes.
func elemBytes(elem arrow.DataType) (int, error) {
	fw, ok := elem.(arrow.FixedWidthDataType)
	if !ok || fw.BitWidth() < 8 || fw.BitWidth()%8 != 0 {
		return 0, fmt.Errorf("shard: tensor elements of type %v, want a fixed-width type of whole bytes", elem)
	}
	return fw.BitWidth() / 8, nil
}

// elements returns the number of elements of one row.
func elements(shape []int) (int32, error) {
	if len(shape) == 0 {
		return 0, fmt.Errorf("shard: tensor without dimensions")
	}
	n := int64(1)
	for _, d := range shape {
		if d < 1 || int64(d) > math.MaxInt32/n {
			return 0, fmt.Errorf("shard: tensor shape %v, want dimensions of at least 1 and at most 2^31-1 elements", shape)
		}
		n *= int64(d)
	}
	return int32(n), nil
}

var _ arrow.ExtensionType = (*TensorType)(nil)
