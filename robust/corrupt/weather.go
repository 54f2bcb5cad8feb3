package corrupt

import (
	"math"
	"sync"

	"vidcsl/robust/corrupt/internal/kernel"
)

// Weather is one state of the world for a clip: what is between the camera and the scene is drawn once, and drifts or falls from frame to frame;
// what is on the glass stays.
var weathers = []entry{
	of(Info{Name: "snow", Group: "weather", Set: ImageNetC, Changing: true, Uneven: unevenSnow}, snow),
	of(Info{Name: "frost", Group: "weather", Set: ImageNetC, Uneven: unevenFrost}, frost),
	of(Info{Name: "fog", Group: "weather", Set: ImageNetC, Changing: true, Uneven: unevenFog}, fog),
	of(Info{Name: "brightness", Group: "weather", Set: ImageNetC, Fixed: true}, brightness),
	of(Info{Name: "spatter", Group: "weather", Set: ImageNetCExtra, Uneven: unevenSpatter}, spatter),
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
