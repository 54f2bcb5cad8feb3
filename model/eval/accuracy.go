package eval

import (
	"fmt"
	"math"
)

// Accuracy is a share of hits, with how sure it is.
type Accuracy struct {
	Hits  int     `json:"hits"`
	N     int     `json:"n"`
	Value float64 `json:"value"` // Hits / N; 0 if N is 0
	Low   float64 `json:"low"`   // ends of Wilson's interval, which holds the true share with 95 %
	High  float64 `json:"high"`
}

// NewAccuracy returns the share of hits among n, with Wilson's score interval (Wilson 1927): unlike that of the normal
// distribution it stays within 0 and 1 and is right for few samples and for shares near the ends. Of n = 0 nothing is known: 0 to 1.
func NewAccuracy(hits, n int) Accuracy {
	if n == 0 {
		return Accuracy{High: 1}
	}
	const z = 1.959963984540054 // the quantile of 0.975
	p, m := float64(hits)/float64(n), float64(n)
	centre := p + z*z/(2*m)
	reach := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	a := Accuracy{Hits: hits, N: n, Value: p, Low: (centre - reach) / (1 + z*z/m), High: (centre + reach) / (1 + z*z/m)}
	if hits == 0 {
		a.Low = 0
	}
	if hits == n {
		a.High = 1
	}
	return a
}

// String returns, for example, 71.4 % (69.3 to 73.5, n 1800).
func (a Accuracy) String() string {
	return fmt.Sprintf("%.1f %% (%.1f to %.1f, n %d)", 100*a.Value, 100*a.Low, 100*a.High, a.N)
}
