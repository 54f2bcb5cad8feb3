package shard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/ipc"
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
