package corrupt

import (
	"fmt"
	"math"
	"sync"

	"vidcsl/robust/corrupt/internal/kernel"
)

// Weather is one state of the world for a clip: what is between the camera and the scene is drawn once, and drifts or falls from frame to frame;
// what is on the glass stays.
var weathers = []entry{
	of(Info{Name: "snow", Group: "weather", Set: ImageNetC, Uneven: unevenSnow}, snow),
	of(Info{Name: "frost", Group: "weather", Set: ImageNetC, Uneven: unevenFrost}, frost),
	of(Info{Name: "fog", Group: "weather", Set: ImageNetC}, fog),
	of(Info{Name: "brightness", Group: "weather", Set: ImageNetC}, brightness),
	of(Info{Name: "spatter", Group: "weather", Set: ImageNetCExtra, Uneven: unevenSpatter}, spatter),
}

// LevelParams is a draw of a corruption without chance.
type LevelParams struct {
	Severity int `json:"severity"`
}

// CheckParams implements [augment.ParamsChecker].
func (p LevelParams) CheckParams() error { return checkLevel(p.Severity) }

// SeedParams is a draw of a corruption of which all chance comes from one seed.
type SeedParams struct {
	Severity int    `json:"severity"`
	Seed     uint64 `json:"seed"`
}

// CheckParams implements [augment.ParamsChecker].
func (p SeedParams) CheckParams() error { return checkLevel(p.Severity) }

func checkLevel(severity int) error {
	if severity < 1 || severity > 5 {
		return fmt.Errorf("severity is %d, want 1 to 5", severity)
	}
	return nil
}

func checkRange(name string, v, lo, hi float64) error {
	if v >= lo && v <= hi {
		return nil
	}
	return fmt.Errorf("%s is %v, want %v to %v", name, v, lo, hi)
}

// signedAt returns a uniform value of -1 to 1.
func signedAt(seed uint64, i int) float32 {
	return float32(int32(kernel.Bits(seed, i)>>32)) * (1.0 / (1 << 31))
}

// quantiles are the middles of 4096 equally likely parts of the normal distribution.
var quantiles = sync.OnceValue(func() *[4096]float32 {
	var q [4096]float32
	for i := range q {
		q[i] = float32(math.Sqrt2 * math.Erfinv((2*float64(i)+1)/4096-1))
	}
	return &q
})

// around returns i within 0..n-1, which repeats itself.
func around(i, n int) int { return ((i % n) + n) % n }

// layer is memory for planes of a clip, which a worker uses again and again.
type layer struct {
	a, b, c   []float32
	at        []int32
	weight    []float32
	words     []int16
	gain, add []uint16
	shares    []uint32
	bytes     [4][]byte
	across    gaussRows
	down      gaussRows
	kernel    kernel.Work
}

// room returns n values of undefined content.
func room[T any](b *[]T, n int) []T {
	if cap(*b) < n {
		*b = make([]T, n)
	}
	*b = (*b)[:n]
	return *b
}
