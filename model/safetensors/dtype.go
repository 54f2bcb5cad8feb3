package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
)

// DType is the type of the elements in a file, by its name in the format.
type DType string

// The element types that can be read. F16 and BF16 become float32.
const (
	F64  DType = "F64"
	F32  DType = "F32"
	F16  DType = "F16"
	BF16 DType = "BF16"
	I64  DType = "I64"
	I32  DType = "I32"
	U8   DType = "U8"
)

// Size returns the bytes of an element, 0 for a type that is not known.
func (d DType) Size() int {
	switch d {
	case F64, I64:
		return 8
	case F32, I32:
		return 4
	case F16, BF16:
		return 2
	case U8:
		return 1
	}
	return 0
}

// decode returns n elements that stand in b.
func (d DType) decode(b []byte, n int) any {
	le := binary.LittleEndian
	switch d {
	case F64:
		return each(n, func(i int) float64 { return math.Float64frombits(le.Uint64(b[8*i:])) })
	case F32:
		return each(n, func(i int) float32 { return math.Float32frombits(le.Uint32(b[4*i:])) })
	case F16:
		return each(n, func(i int) float32 { return half(le.Uint16(b[2*i:])) })
	case BF16:
		return each(n, func(i int) float32 { return math.Float32frombits(uint32(le.Uint16(b[2*i:])) << 16) })
	case I64:
		return each(n, func(i int) int64 { return int64(le.Uint64(b[8*i:])) })
	case I32:
		return each(n, func(i int) int32 { return int32(le.Uint32(b[4*i:])) })
	}
	return append(make([]uint8, 0, n), b[:n]...)
}

func each[T any](n int, at func(int) T) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = at(i)
	}
	return s
}

// half returns the value of a 16-bit floating-point number (IEEE 754 binary16). All of them are exact in float32.
func half(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exp {
	case 0: // zero and subnormal: frac * 2^-24
		return math.Float32frombits(math.Float32bits(float32(frac)*0x1p-24) | sign)
	case 0x1f: // infinity and NaN
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	}
	return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
}

// typeOf returns the type in which data is written, and the number of its elements.
func typeOf(data any) (DType, int, error) {
	switch s := data.(type) {
	case []float64:
		return F64, len(s), nil
	case []float32:
		return F32, len(s), nil
	case []int64:
		return I64, len(s), nil
	case []int32:
		return I32, len(s), nil
	case []uint8:
		return U8, len(s), nil
	}
	return "", 0, fmt.Errorf("data is a %T, want []float32, []float64, []int64, []int32 or []uint8", data)
}
