package pipeline

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// Rand returns the generator for one item in one stage. It depends on its
// arguments only, so a draw is the same at any number of workers, in any process,
// resumed or not, and whatever other stages draw. key is the item's key, not its
// place in the input.
//
// The derivation is stable: SHA-256 of the text "vidcsl/pipeline.Rand/1", the
// seed as 8 bytes little-endian, and then stage and key, each as its length (8
// bytes little-endian) and its bytes. Bytes 0-7 and 8-15 of the sum,
// little-endian, are the two seeds of math/rand/v2's PCG. It costs about 300 ns.
// The generator is not safe for concurrent use.
func Rand(seed uint64, stage, key string) *rand.Rand {
	const domain = "vidcsl/pipeline.Rand/1"
	b := make([]byte, 0, len(domain)+24+len(stage)+len(key))
	b = append(b, domain...)
	b = binary.LittleEndian.AppendUint64(b, seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(stage)))
	b = append(b, stage...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(key)))
	b = append(b, key...)
	sum := sha256.Sum256(b)
	return rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:8]), binary.LittleEndian.Uint64(sum[8:16])))
}
