package shard

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// ErrDamaged: a file is not a whole Arrow IPC file, or contradicts itself.
var ErrDamaged = errors.New("damaged file")

// Reader reads one Arrow IPC file. It is not safe for concurrent use.
type Reader struct {
	path string
	src  source
	fr   *ipc.FileReader
	rows int64
	max  int64 // bytes of a column of a batch
}

// source is what a Reader reads: a file, or bytes in a test.
type source interface {
	ipc.ReadAtSeeker
	io.Closer
}

// ReaderOption changes how [OpenFile] reads.
type ReaderOption func(*readerConfig)

type readerConfig struct {
	mem       memory.Allocator
	maxBuffer int64
}

// WithAllocator makes the reader take the memory of records from mem instead of the Go allocator.
func WithAllocator(mem memory.Allocator) ReaderOption {
	return func(c *readerConfig) { c.mem = mem }
}

// WithMaxBuffer bounds the memory of one column of one batch, which a damaged compressed file might otherwise claim at
// will. The default is 4 GiB, or the size of the file where that is larger.
func WithMaxBuffer(bytes int64) ReaderOption {
	return func(c *readerConfig) { c.maxBuffer = bytes }
}

const defaultMaxBuffer = 4 << 30

// OpenFile opens a part file, failures.arrow, or any other Arrow IPC file without dictionary-coded columns. The structure
// of the whole file is checked first, so that a damaged file is an error that wraps [ErrDamaged] and says where; the
// content of the buffers cannot be checked without the manifest's SHA-256 (see [Verify]). The caller calls Close.
func OpenFile(path string, opts ...ReaderOption) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("shard: %w", err)
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", path)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("shard: %w", err)
	}
	return newReader(path, f, st.Size(), opts)
}

// newReader takes src, also on error.
func newReader(path string, src source, size int64, opts []ReaderOption) (*Reader, error) {
	r := &Reader{path: path, src: src}
	if err := r.open(size, opts); err != nil {
		src.Close()
		return nil, err
	}
	return r, nil
}

func (r *Reader) open(size int64, opts []ReaderOption) error {
	cfg := readerConfig{mem: memory.DefaultAllocator, maxBuffer: max(defaultMaxBuffer, size)}
	for _, opt := range opts {
		opt(&cfg)
	}
	layout, err := checkLayout(r.src, size)
	if err != nil {
		return r.damaged(err)
	}
	r.rows, r.max = layout.rows, cfg.maxBuffer
	return r.guard(func() error {
		fr, err := ipc.NewFileReader(r.src, ipc.WithAllocator(limitAllocator{cfg.mem, cfg.maxBuffer}))
		if err != nil {
			return err
		}
		r.fr = fr
		return checkSchema(fr.Schema())
	})
}

// guard turns errors and panics of the Arrow library into errors that name the file.
func (r *Reader) guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(error); ok {
				err = r.damaged(e)
			} else {
				err = r.damaged(fmt.Errorf("%v", p))
			}
		}
	}()
	if err := fn(); err != nil {
		return r.damaged(err)
	}
	return nil
}

func (r *Reader) damaged(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) { // the disk, not the file
		return fmt.Errorf("shard: %s: %w", r.path, err)
	}
	return fmt.Errorf("shard: %s: %w: %w", r.path, ErrDamaged, err)
}

// Schema returns the schema of the file, with its metadata.
func (r *Reader) Schema() *arrow.Schema { return r.fr.Schema() }

// Metadata returns the metadata of the schema.
func (r *Reader) Metadata() arrow.Metadata { return r.fr.Schema().Metadata() }

// NumRows returns the number of rows of the file.
func (r *Reader) NumRows() int64 { return r.rows }

// NumRecords returns the number of record batches of the file.
func (r *Reader) NumRecords() int { return r.fr.NumRecords() }

// Record returns record batch i, which the caller releases. Every array in it has been checked to lie within its buffers.
func (r *Reader) Record(i int) (arrow.Record, error) {
	if r.fr == nil {
		return nil, fmt.Errorf("shard: %s: read after Close", r.path)
	}
	if i < 0 || i >= r.fr.NumRecords() {
		return nil, fmt.Errorf("shard: %s: record batch %d of %d", r.path, i, r.fr.NumRecords())
	}
	var rec arrow.Record
	err := r.guard(func() error {
		var err error
		if rec, err = r.fr.RecordAt(i); err != nil {
			return fmt.Errorf("record batch %d: %w", i, err)
		}
		if err := checkRecord(rec); err != nil {
			rec.Release()
			return fmt.Errorf("record batch %d: %w", i, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return rec, nil
}

// Records yields the record batches in order. A record is valid until the next turn of the loop: Retain it to keep it. The
// first error ends the sequence.
func (r *Reader) Records() iter.Seq2[arrow.Record, error] {
	return func(yield func(arrow.Record, error) bool) {
		for i := 0; r.fr == nil || i < r.fr.NumRecords(); i++ {
			rec, err := r.Record(i)
			if err != nil {
				yield(nil, err)
				return
			}
			more := yield(rec, nil)
			rec.Release()
			if !more {
				return
			}
		}
	}
}

// Close frees the reader. Records that were retained stay valid. It may be called more than once.
func (r *Reader) Close() error {
	if r.fr == nil {
		return nil
	}
	r.fr.Close()
	r.fr = nil
	if err := r.src.Close(); err != nil {
		return fmt.Errorf("shard: %w", err)
	}
	return nil
}

// limitAllocator refuses what only a damaged file asks for: the Go runtime cannot recover from running out of memory.
type limitAllocator struct {
	memory.Allocator
	max int64
}

func (a limitAllocator) check(size int) {
	if size < 0 || int64(size) > a.max+64 {
		panic(fmt.Errorf("a buffer of %d bytes, more than the limit of %d", size, a.max))
	}
}

func (a limitAllocator) Allocate(size int) []byte {
	a.check(size)
	return a.Allocator.Allocate(size)
}

func (a limitAllocator) Reallocate(size int, b []byte) []byte {
	a.check(size)
	return a.Allocator.Reallocate(size, b)
}
