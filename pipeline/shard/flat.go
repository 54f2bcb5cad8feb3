package shard

import (
	"encoding/binary"
	"fmt"
)

// The Arrow library trusts the FlatBuffers metadata of a file: a damaged length makes it allocate without bound, which
// no recover can catch. The reader below follows every offset within bounds before the library sees the bytes.

// layoutError is what the functions of this file panic with; checkLayout recovers it.
type layoutError struct{ msg string }

func (e layoutError) Error() string { return e.msg }

func bad(format string, args ...any) { panic(layoutError{fmt.Sprintf(format, args...)}) }

// flat is a FlatBuffers buffer.
type flat struct {
	b      []byte
	budget int // tables left to visit; a sound buffer has no more tables than bytes
}

func newFlat(b []byte) *flat { return &flat{b: b, budget: len(b)} }

// at returns n bytes at pos.
func (f *flat) at(pos, n int) []byte {
	if pos < 0 || n < 0 || pos > len(f.b)-n {
		bad("metadata points outside itself (%d bytes at %d of %d)", n, pos, len(f.b))
	}
	return f.b[pos : pos+n]
}

func (f *flat) u32(pos int) int { return int(binary.LittleEndian.Uint32(f.at(pos, 4))) }

func (f *flat) i64(pos int) int64 { return int64(binary.LittleEndian.Uint64(f.at(pos, 8))) }

// root returns the table that the buffer begins with.
func (f *flat) root() flatTable { return f.table(f.u32(0)) }

// flatTable is a table: pos is its place, slots the offsets of its fields.
type flatTable struct {
	f     *flat
	pos   int
	slots []byte
	size  int
}

func (f *flat) table(pos int) flatTable {
	if f.budget--; f.budget < 0 {
		bad("metadata refers to itself")
	}
	v := pos - int(int32(binary.LittleEndian.Uint32(f.at(pos, 4))))
	head := f.at(v, 4)
	n := int(binary.LittleEndian.Uint16(head))
	size := int(binary.LittleEndian.Uint16(head[2:]))
	if n < 4 || n%2 != 0 || size < 4 {
		bad("metadata has a malformed table at %d", pos)
	}
	f.at(pos, size)
	return flatTable{f: f, pos: pos, slots: f.at(v, n)[4:], size: size}
}

// slot returns the place of field i of the given width, and false when it is absent.
func (t flatTable) slot(i, width int) (int, bool) {
	if 2*i+2 > len(t.slots) {
		return 0, false
	}
	off := int(binary.LittleEndian.Uint16(t.slots[2*i:]))
	if off == 0 {
		return 0, false
	}
	if off > t.size-width {
		bad("metadata has a field outside its table at %d", t.pos)
	}
	return t.pos + off, true
}

func (t flatTable) byteField(i int) byte {
	pos, ok := t.slot(i, 1)
	if !ok {
		return 0
	}
	return t.f.at(pos, 1)[0]
}

func (t flatTable) int64Field(i int) int64 {
	pos, ok := t.slot(i, 8)
	if !ok {
		return 0
	}
	return t.f.i64(pos)
}

// tableField returns the table that field i refers to.
func (t flatTable) tableField(i int) (flatTable, bool) {
	pos, ok := t.slot(i, 4)
	if !ok {
		return flatTable{}, false
	}
	return t.f.table(pos + t.f.u32(pos)), true
}

// vectorField returns the place of the first element and the number of elements of field i, of the given width.
func (t flatTable) vectorField(i, width int) (start, n int) {
	pos, ok := t.slot(i, 4)
	if !ok {
		return 0, 0
	}
	return t.f.vector(pos, width)
}

func (f *flat) vector(pos, width int) (start, n int) {
	pos += f.u32(pos)
	n = f.u32(pos)
	f.at(pos+4, n*width)
	return pos + 4, n
}

// tablesField calls fn for every table of a vector of tables.
func (t flatTable) tablesField(i int, fn func(flatTable)) {
	start, n := t.vectorField(i, 4)
	for k := range n {
		pos := start + 4*k
		fn(t.f.table(pos + t.f.u32(pos)))
	}
}
