package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// DType is the type of a tensor's elements.
type DType uint8

// The element types. Training computes in F32; F64 is for checking gradients.
const (
	F32 DType = iota
	F64
	I32
	U8
)

// String returns the name, such as f32.
func (d DType) String() string { return [...]string{"f32", "f64", "i32", "u8"}[d] }

// Float reports whether the elements are floating-point numbers.
func (d DType) Float() bool { return d == F32 || d == F64 }

// Size returns the bytes of one element.
func (d DType) Size() int { return [...]int{4, 8, 4, 1}[d] }

var dtypes = []tensor.Dtype{F32: tensor.Float32, F64: tensor.Float64, I32: tensor.Int32, U8: tensor.Uint8}

// Type is the element type and shape of a value. An empty shape is a scalar.
type Type struct {
	DType DType
	Shape []int
}

// Of returns a type.
func Of(d DType, shape ...int) Type { return Type{d, shape} }

// Len returns the number of elements.
func (t Type) Len() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Rank returns the number of dimensions.
func (t Type) Rank() int { return len(t.Shape) }

// Equal reports whether both types are the same.
func (t Type) Equal(o Type) bool { return t.DType == o.DType && slices.Equal(t.Shape, o.Shape) }

// String returns, for example, f32[4 3 16 112 112].
func (t Type) String() string { return fmt.Sprintf("%v%v", t.DType, t.Shape) }

// hm is the type in Gorgonia's type system.
func (t Type) hm() hm.Type {
	if len(t.Shape) == 0 {
		return dtypes[t.DType]
	}
	return gorgonia.TensorType{Dims: len(t.Shape), Of: dtypes[t.DType]}
}

// Tensor is a value in memory, row-major: Data is a []float32, []float64, []int32 or []uint8 of Type.Len elements.
type Tensor struct {
	Type
	Data any
}

// NewTensor returns a tensor of zeros.
func NewTensor(t Type) Tensor {
	n := t.Len()
	switch t.DType {
	case F64:
		return Tensor{t, make([]float64, n)}
	case I32:
		return Tensor{t, make([]int32, n)}
	case U8:
		return Tensor{t, make([]uint8, n)}
	}
	return Tensor{t, make([]float32, n)}
}

// From returns a tensor with these elements, which it keeps. It panics if their number is not that of the shape.
func From[T float32 | float64 | int32 | uint8](data []T, shape ...int) Tensor {
	t := Type{Shape: shape}
	switch any(data).(type) {
	case []float64:
		t.DType = F64
	case []int32:
		t.DType = I32
	case []uint8:
		t.DType = U8
	}
	if len(data) != t.Len() {
		panic(fmt.Sprintf("op: %d elements for %v", len(data), t))
	}
	return Tensor{t, data}
}

// Data returns the elements. It panics if they are of another type.
func Data[T float32 | float64 | int32 | uint8](t Tensor) []T { return t.Data.([]T) }
