package kernel

// Key is what the random values of one frame, or of another run of places, depend on.
type Key struct{ a, b uint32 }

// KeyOf returns the key of run n, such as a frame, under a seed. Runs of one seed are independent of each other.
func KeyOf(seed uint64, n int) Key {
	h := Bits(seed, n)
	return Key{uint32(h), uint32(h >> 32)}
}

// Bits returns 64 random bits that belong to place i: what SplitMix64 gives from a seed, i steps on. Where few values are drawn it is as good as
// a [Key] and simpler.
// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
func Bits(seed uint64, i int) uint64 {
	h := seed + 0x9e3779b97f4a7c15*(uint64(i)+1)
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// At returns 32 random bits for place i. It is Wellons' lowbias32 of i xor the key's first half, with the second half between its two
// rounds; hash.h has the same in C.
func (k Key) At(i uint32) uint32 {
	h := i ^ k.a
	h ^= h >> 16
	h *= 0x7feb352d
	h ^= k.b
	h ^= h >> 15
	h *= 0x846ca68b
	return h ^ h>>16
}
