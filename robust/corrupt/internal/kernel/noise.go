package kernel

import (
	"fmt"
	"math"
	"sync"
)

// gaussCells is how many parts of equal probability the positive half of the normal distribution is cut into.
const gaussCells = 4096

// gaussTable holds, for each part, where it begins and how wide it is, as 13-bit fixed point in the upper and lower 16 bits. Within a part
// the distribution is taken for even. The last part, which has no end, gets the one that makes the variance 1: 4.6 at most.
var gaussTable = sync.OnceValue(func() *[gaussCells]uint32 {
	at := func(j int) float64 { return math.Sqrt2 * math.Erfinv(float64(j)/gaussCells) }
	rest := 3.0 * gaussCells // three times the mean square, times the number of parts: what is left of it for the last
	for j := range gaussCells - 1 {
		a, b := at(j), at(j+1)
		rest -= a*a + a*b + b*b
	}
	last := at(gaussCells - 1)
	end := (math.Sqrt(4*rest-3*last*last) - last) / 2
	t := new([gaussCells]uint32)
	for j := range t {
		next := end
		if j+1 < gaussCells {
			next = at(j + 1)
		}
		a := math.Round(at(j) * (1 << 13))
		t[j] = uint32(a)<<16 | uint32(math.Round(next*(1<<13))-a)
	}
	return t
})

// maxDeviation is the greatest standard deviation that Gauss's 32 bits hold.
const maxDeviation = 154

// Gauss adds to each value v of pix a normal number with the standard deviation same + gain v, rounds to nearest and clamps. Standard
// deviations are at least 0 and at most 154.
func Gauss(pix []byte, k Key, same, gain float64) {
	if same < 0 || gain < 0 || same+255*gain > maxDeviation {
		panic(fmt.Sprintf("kernel: deviations of %v to %v, want 0 to %d", same, same+255*gain, maxDeviation))
	}
	gauss(pix, k, gaussTable(), int32(math.Round(same*(1<<16))), int32(math.Round(gain*(1<<16))))
}

// refGauss is Gauss with 16-bit fixed point deviations. The bits of the hash are, from below: 12 for the part, 16 for the place within it,
// the last one for the sign.
func refGauss(pix []byte, k Key, table *[gaussCells]uint32, same, gain int32) {
	for i, c := range pix {
		h := k.At(uint32(i))
		e := table[h%gaussCells]
		q := int32(e>>16 + (e&0xffff)*(h>>12&0xffff)>>16)
		r := q * ((same + int32(c)*gain) >> 8)
		if h>>31 != 0 {
			r = -r
		}
		pix[i] = clamp8((int32(c)<<21 + r + 1<<20) >> 21)
	}
}

// outcomeCells is the number of cells of an alias table, and so the most outcomes of one value.
const outcomeCells = 64

// Outcomes says what each of the 256 values becomes, and how often: an alias table for each. An entry has a threshold of 16 bits, what
// comes out where 16 random bits are below it, and what comes out elsewhere. Source: Walker, "New fast method for generating discrete
// random numbers", Electronics Letters 1974.
type Outcomes [256 * outcomeCells]uint32

// Set sets that v becomes value[i] with the probability p[i]. There are at most 64 outcomes; p sums to 1.
func (o *Outcomes) Set(v byte, value []byte, p []float64) {
	if len(value) != len(p) || len(p) == 0 || len(p) > outcomeCells {
		panic(fmt.Sprintf("kernel: %d outcomes with %d probabilities, want the same number, 1 to %d", len(value), len(p), outcomeCells))
	}
	var left [outcomeCells]float64 // in cells
	var poor, rich []int
	var of [outcomeCells]byte
	copy(of[:], value)
	for i := range left {
		if i < len(p) {
			left[i] = p[i] * outcomeCells
		}
		if left[i] < 1 {
			poor = append(poor, i)
		} else {
			rich = append(rich, i)
		}
	}
	cells := o[int(v)*outcomeCells:][:outcomeCells]
	for len(poor) > 0 && len(rich) > 0 {
		s, l := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		cells[s] = min(uint32(math.Round(left[s]*(1<<16))), 1<<16-1)<<16 | uint32(of[s])<<8 | uint32(of[l])
		if left[l] -= 1 - left[s]; left[l] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, l)
		}
	}
	for _, i := range append(poor, rich...) { // full, but for rounding
		cells[i] = uint32(of[i])<<8 | uint32(of[i])
	}
}

// Replace replaces each value by one of its outcomes.
func Replace(pix []byte, k Key, o *Outcomes) { outcome(pix, k, o) }

func refOutcome(pix []byte, k Key, o *Outcomes) {
	for i, c := range pix {
		h := k.At(uint32(i))
		e := o[int(c)*outcomeCells+int(h%outcomeCells)]
		if h>>16 < e>>16 {
			e >>= 8
		}
		pix[i] = byte(e)
	}
}

// Impulse sets each value with the probability p to 0 or, as often, to 255.
func Impulse(pix []byte, k Key, p float64) { impulse(pix, k, uint32(math.Round(p*(1<<24)))) }

func refImpulse(pix []byte, k Key, below uint32) {
	for i := range pix {
		if h := k.At(uint32(i)); h>>8 < below {
			pix[i] = byte(-(h & 1))
		}
	}
}
