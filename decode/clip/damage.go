package clip

import (
	"fmt"
	"iter"
	"math"
)

// DamageKind says what happens to the packets of a damaged stream.
type DamageKind string

// The kinds of damage.
const (
	// BitError flips single bits of packets.
	BitError DamageKind = "bit_error"
	// PacketLoss drops whole packets.
	PacketLoss DamageKind = "packet_loss"
)

// Damage says how the compressed stream of a view is spoilt before it is decoded. What is spoilt is a function of the seed and of
// where it stands in the stream alone: the number of the packet in decoding order and, for bits, the byte in the packet. So it is the
// same whichever frames are wanted and wherever decoding begins. It is a value and read-only.
type Damage struct {
	Kind DamageKind `json:"kind"`
	// Rate is the probability from 0 to 1 that a byte has one of its eight bits flipped, or that a packet is lost.
	Rate float64 `json:"rate"`
	Seed uint64  `json:"seed"`
}

// Check returns what is wrong with the damage.
func (d Damage) Check() error {
	switch {
	case d.Kind != BitError && d.Kind != PacketLoss:
		return fmt.Errorf("clip: damage of kind %q, want %s or %s", d.Kind, BitError, PacketLoss)
	case !(d.Rate >= 0 && d.Rate <= 1):
		return fmt.Errorf("clip: damage at a rate of %v, want 0 to 1", d.Rate)
	}
	return nil
}

// golden is 2^64 divided by the golden ratio, the step of SplitMix64 (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom
// Number Generators").
const golden = 0x9e3779b97f4a7c15

// mix is the output function of SplitMix64.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is what a uniform 64-bit number must be less than, to be so with probability d.Rate.
func (d Damage) below() uint64 {
	if d.Rate >= 1 {
		return math.MaxUint64
	}
	return uint64(d.Rate * (1 << 64))
}

func (d Damage) of(packet int64) uint64 { return mix(d.Seed + golden*(uint64(packet)+1)) }

// Lost reports whether the packet of that number is lost.
func (d Damage) Lost(packet int64) bool {
	return d.Kind == PacketLoss && (d.Rate >= 1 || mix(d.of(packet)+golden) < d.below())
}

// Flips yields the bytes of a packet of that number and size that are changed, in order, and the bit of each that is flipped. It costs
// about a nanosecond for each byte of the packet.
func (d Damage) Flips(packet int64, size int) iter.Seq2[int, byte] {
	return func(yield func(int, byte) bool) {
		if d.Kind != BitError {
			return
		}
		state, below := d.of(packet), d.below()
		for i := range size {
			state += golden
			if h := mix(state); h < below && !yield(i, 1<<(h&7)) {
				return
			}
		}
	}
}
