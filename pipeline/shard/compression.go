package shard

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Compression says how the buffers of a shard are stored. The zero value is [Raw].
type Compression int

const (
	Raw  Compression = iota // as they are: largest, and read without copying by memory-mapping readers
	LZ4                     // LZ4 frames, as the Arrow format defines
	Zstd                    // Zstandard, as the Arrow format defines
)

var compressionNames = []string{"raw", "lz4", "zstd"}

// String returns the name that [ParseCompression] reads.
func (c Compression) String() string {
	if c < 0 || int(c) >= len(compressionNames) {
		return fmt.Sprintf("Compression(%d)", int(c))
	}
	return compressionNames[c]
}

// CompressionNames returns the names that [ParseCompression] reads.
func CompressionNames() []string { return slices.Clone(compressionNames) }

// ParseCompression reads "raw", "lz4" or "zstd".
func ParseCompression(s string) (Compression, error) {
	if i := slices.Index(compressionNames, s); i >= 0 {
		return Compression(i), nil
	}
	return 0, fmt.Errorf("shard: compression %q, want one of %s", s, strings.Join(compressionNames, ", "))
}

func (c Compression) options() []ipc.Option {
	switch c {
	case LZ4:
		return []ipc.Option{ipc.WithLZ4()}
	case Zstd:
		return []ipc.Option{ipc.WithZstd()}
	default:
		return nil
	}
}

// expand returns the content of a buffer, of at most limit bytes. A compressed one begins with the length of its content in 8 bytes, -1 if
// the content is as it is (BodyCompression in format/Message.fbs).
func (c Compression) expand(b []byte, limit int64) ([]byte, error) {
	const head = 8
	if c == Raw || len(b) == 0 {
		return b, nil
	}
	if len(b) < head {
		return nil, fmt.Errorf("a compressed buffer of %d bytes", len(b))
	}
	n, b := int64(binary.LittleEndian.Uint64(b)), b[head:]
	if n == -1 {
		return b, nil
	}
	if n < 0 || n > limit {
		return nil, fmt.Errorf("a buffer of %d bytes, more than the limit of %d", n, limit)
	}
	var r io.Reader = lz4.NewReader(bytes.NewReader(b))
	if c == Zstd {
		z, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	}
	out := make([]byte, n)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, fmt.Errorf("a compressed buffer: %w", err)
	}
	return out, nil
}
