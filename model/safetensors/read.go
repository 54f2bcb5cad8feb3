package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
)

// Tensor is a named tensor in memory, row-major: Data is a []float32, []float64, []int64, []int32 or []uint8 with as many
// elements as the shape has. An empty shape is a scalar.
type Tensor struct {
	Name  string
	Shape []int
	Data  any
}

// File is an open file. Several goroutines may read from it.
type File struct {
	path string
	r    io.ReaderAt
	c    io.Closer
	base int64 // where the header ends
	list []Info
	at   map[string]int
	meta map[string]string
}

// Open opens a file and checks all of its header. The caller closes it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	s, err := NewFile(f, st.Size(), path)
	if err != nil {
		f.Close()
		return nil, err
	}
	s.c = f
	return s, nil
}

// NewFile reads from r, which has size bytes. Errors call it name.
func NewFile(r io.ReaderAt, size int64, name string) (*File, error) {
	fail := func(err error) (*File, error) { return nil, fmt.Errorf("safetensors: %s: %w", name, err) }
	var head [8]byte
	if size < 8 {
		return fail(fmt.Errorf("%d bytes are too short for a safetensors file", size))
	}
	if err := readAt(r, 0, head[:]); err != nil {
		return fail(err)
	}
	n := binary.LittleEndian.Uint64(head[:])
	if n > maxHeader || int64(n) > size-8 {
		return fail(fmt.Errorf("a header of %d bytes in a file of %d; not a safetensors file", n, size))
	}
	header := make([]byte, n)
	if err := readAt(r, 8, header); err != nil {
		return fail(err)
	}
	f := &File{path: name, r: r, base: 8 + int64(n), at: map[string]int{}}
	var err error
	if f.list, f.meta, err = parseHeader(header, size-f.base); err != nil {
		return fail(err)
	}
	for k, i := range f.list {
		f.at[i.Name] = k
	}
	return f, nil
}

// readAt fills b; the end of the file is no error if b is full.
func readAt(r io.ReaderAt, at int64, b []byte) error {
	_, err := io.ReadFull(io.NewSectionReader(r, at, int64(len(b))), b)
	return err
}

// Tensors returns what the file holds, in its order.
func (f *File) Tensors() []Info { return slices.Clone(f.list) }

// Metadata returns the free text of the file. The caller must not change it.
func (f *File) Metadata() map[string]string { return f.meta }

// Lookup returns the description of a tensor.
func (f *File) Lookup(name string) (Info, bool) {
	k, ok := f.at[name]
	if !ok {
		return Info{}, false
	}
	return f.list[k], true
}

// Read returns a tensor in memory of its own. F16 and BF16 are returned as float32.
func (f *File) Read(name string) (Tensor, error) {
	info, ok := f.Lookup(name)
	if !ok {
		return Tensor{}, fmt.Errorf("safetensors: %s: no tensor %q", f.path, name)
	}
	b := make([]byte, info.end-info.begin)
	if err := readAt(f.r, f.base+info.begin, b); err != nil {
		return Tensor{}, fmt.Errorf("safetensors: %s: tensor %q: %w", f.path, name, err)
	}
	return Tensor{name, slices.Clone(info.Shape), info.DType.decode(b, info.Len())}, nil
}

// Close closes the file.
func (f *File) Close() error {
	if f.c == nil {
		return nil
	}
	return f.c.Close()
}
