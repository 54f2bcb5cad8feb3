package robust

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Value is a number with a 95 % interval, or the reason why there is none. Low and High may be infinite.
type Value struct {
	Value, Low, High float64
	Undefined        string // why the number is not defined; then the others are 0
}

// Defined reports whether there is a number.
func (v Value) Defined() bool { return v.Undefined == "" }

// String returns, for example, 0.714 (0.693 to 0.735), or "not defined: " and why.
func (v Value) String() string {
	if !v.Defined() {
		return "not defined: " + v.Undefined
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", v.Value, v.Low, v.High)
}

// record is a Value as JSON has it: null stands for an infinite end.
type record struct {
	Value     *float64 `json:"value,omitempty"`
	Low       *float64 `json:"low"`
	High      *float64 `json:"high"`
	Undefined string   `json:"undefined,omitempty"`
}

// MarshalJSON writes value, low and high, where null is infinite, or undefined and the reason.
func (v Value) MarshalJSON() ([]byte, error) {
	if !v.Defined() {
		return json.Marshal(map[string]string{"undefined": v.Undefined})
	}
	r := record{Value: &v.Value}
	if !math.IsInf(v.Low, 0) {
		r.Low = &v.Low
	}
	if !math.IsInf(v.High, 0) {
		r.High = &v.High
	}
	return json.Marshal(r)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(text []byte) error {
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	switch {
	case r.Undefined != "":
		*v = Value{Undefined: r.Undefined}
		return nil
	case r.Value == nil:
		return fmt.Errorf("robust: %.100s is no value: neither value nor undefined is there", text)
	}
	*v = Value{Value: *r.Value, Low: math.Inf(-1), High: math.Inf(1)}
	if r.Low != nil {
		v.Low = *r.Low
	}
	if r.High != nil {
		v.High = *r.High
	}
	return nil
}

// draws are a statistic of the clips as they are, the first, and of resamples of them. NaN stands where it is not defined.
type draws struct {
	at  []float64
	why string // it is not defined of the clips as they are; then at is nil
}

func undefined(format string, args ...any) draws { return draws{why: fmt.Sprintf(format, args...)} }

// value is the statistic with the percentile interval of its resamples (Efron 1979): their 2.5th and 97.5th percentiles.
func (d draws) value() Value {
	if d.why != "" {
		return Value{Undefined: d.why}
	}
	var known []float64
	for _, v := range d.at[1:] {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	switch {
	case math.IsNaN(d.at[0]):
		return Value{Undefined: "no clips"}
	case 2*len(known) < len(d.at)-1:
		return Value{Undefined: "too few clips: most resamples of them do not define it"}
	}
	slices.Sort(known)
	return Value{Value: d.at[0], Low: percentile(known, 0.025), High: percentile(known, 0.975)}
}

// percentile returns the p-quantile of sorted values, between two of them by linear interpolation, as NumPy's default does.
func percentile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// combine applies f to statistics, draw by draw. It is not defined where one of them is not.
func combine(f func(v []float64) float64, list ...draws) draws {
	for _, d := range list {
		if d.why != "" {
			return d
		}
	}
	out := draws{at: make([]float64, len(list[0].at))}
	v := make([]float64, len(list))
	for r := range out.at {
		for i, d := range list {
			v[i] = d.at[r]
		}
		out.at[r] = f(v)
	}
	return out
}

func mean(list ...draws) draws {
	return combine(func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += x
		}
		return sum / float64(len(v))
	}, list...)
}

func difference(a, b draws) draws {
	return combine(func(v []float64) float64 { return v[0] - v[1] }, a, b)
}

// ratio is not defined unless the denominator, which what names, is clearly positive: its interval is above 0. Resamples in which it is not
// positive are left out.
func ratio(a, b draws, what string) draws {
	switch v := b.value(); {
	case a.why != "":
		return a
	case !v.Defined():
		return undefined("%s: %s", what, v.Undefined)
	case v.Low <= 0:
		return undefined("%s is not clearly positive: %v", what, v)
	}
	return combine(func(v []float64) float64 {
		if !(v[1] > 0) {
			return math.NaN()
		}
		return v[0] / v[1]
	}, a, b)
}
