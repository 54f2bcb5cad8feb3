package cpu

import (
	"unsafe"

	"vidcsl/model/op"
)

// format is how the elements of a value lie in memory. The zero value is row-major, in the type that the value has.
type format struct {
	Block int  // channels in one block: [N,C,D,H,W] lies as [N,C/Block,D,H,W,Block], C rounded up with zeros; 0: row-major
	BF16  bool // bfloat16 instead of f32
	Pack  int  // a layout of weights that only one kernel knows, by number; 0: none
}

// plain reports whether references can read the value.
func (f format) plain() bool { return f == format{} }

// home is the kind of memory that a value has.
type home uint8

const (
	transient home = iota // from the step that makes it to the last that reads it
	fed                   // from the start of the run to the last step that reads it
	state                 // always
	kept                  // always: it depends on the state alone, and is computed again where that is set
)

// stays reports whether no other value may take the memory.
func (h home) stays() bool { return h == state || h == kept }

// value is one array of numbers.
type value struct {
	name   string
	typ    op.Type
	format format
	home   home
	bytes  int
	same   int // the value whose memory this one has: itself, or what it is a view of or is written over
	offset int // of that memory in the arena
}

// step makes one value from others.
type step struct {
	name  string
	class string // the kind, for profiles
	in    []int
	out   int
	spare int   // a value that is scratch memory; -1: none
	reuse []int // the operands whose memory the result may have if nobody reads them later
	// bind returns the call that executes the step, which must not allocate on Go's heap.
	bind func(b *binding) (func() error, error)
}

// binding gives the steps their memory.
type binding struct {
	base   unsafe.Pointer
	values []value
}

// pointer returns the memory of a value.
func (b *binding) pointer(v int) unsafe.Pointer {
	return unsafe.Add(b.base, b.values[b.values[v].same].offset)
}

// spare returns the scratch memory of a step; nil if it has none.
func (b *binding) spare(s step) unsafe.Pointer {
	if s.spare < 0 {
		return nil
	}
	return b.pointer(s.spare)
}

// bytes returns the memory of a value.
func (b *binding) bytes(v int) []byte {
	return unsafe.Slice((*byte)(b.pointer(v)), b.values[v].bytes)
}

// tensor returns a value in the row-major format.
func (b *binding) tensor(v int) op.Tensor {
	return tensorAt(b.values[v].typ, b.pointer(v))
}

// tensorAt returns the tensor that lies at p.
func tensorAt(t op.Type, p unsafe.Pointer) op.Tensor {
	n := t.Len()
	switch t.DType {
	case op.F64:
		return op.Tensor{Type: t, Data: unsafe.Slice((*float64)(p), n)}
	case op.I32:
		return op.Tensor{Type: t, Data: unsafe.Slice((*int32)(p), n)}
	case op.U8:
		return op.Tensor{Type: t, Data: unsafe.Slice((*uint8)(p), n)}
	}
	return op.Tensor{Type: t, Data: unsafe.Slice((*float32)(p), n)}
}

// raw returns the memory of a tensor.
func raw(t op.Tensor) []byte {
	switch d := t.Data.(type) {
	case []float32:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(d))), 4*len(d))
	case []float64:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(d))), 8*len(d))
	case []int32:
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(d))), 4*len(d))
	case []uint8:
		return d
	}
	return nil
}
