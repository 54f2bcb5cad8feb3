package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vidcsl/robust"
)

// table is the numbers of a chart. The first cell of each row is its name.
type table struct {
	Head []string
	Rows [][]string
}

// number writes a number with some decimals, a proper minus sign, and — for what is none.
func number(v float64, decimals int) string {
	switch {
	case math.IsNaN(v):
		return "—"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "−∞"
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if digits, negative := strings.CutPrefix(s, "-"); negative {
		if strings.Trim(digits, "0.") == "" {
			return digits
		}
		return "−" + digits
	}
	return s
}

// percent writes a share as a percentage without its sign: 71.4.
func percent(v float64) string { return number(100*v, 1) }

// interval writes a share with its interval, in percent without the sign: 71.4 [69.3, 73.5].
func interval(v robust.Value) string {
	if !v.Defined() {
		return "not defined"
	}
	return fmt.Sprintf("%s [%s,\u00a0%s]", percent(v.Value), percent(v.Low), percent(v.High))
}

// whole is interval without decimals.
func whole(v robust.Value) string {
	return fmt.Sprintf("%s\u00a0%% [%s,\u00a0%s]", number(100*v.Value, 0), number(100*v.Low, 0), number(100*v.High, 0))
}

// explained is interval that says why where the value is not defined.
func explained(v robust.Value) string {
	if v.Defined() {
		return interval(v)
	}
	return "not defined: " + v.Undefined
}

// count writes a number of things: 1 pair, 18,240 pairs.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// thousands writes a number with commas: 18,240.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// title returns the name of a corruption or an attack as a heading: gaussian_noise becomes Gaussian noise.
func title(name string) string {
	name = strings.ReplaceAll(name, "_", " ")
	if name == "" {
		return name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
