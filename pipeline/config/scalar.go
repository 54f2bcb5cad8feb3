package config

import (
	"regexp"
	"strings"
)

// Scalars are read by the rules of YAML 1.2, with numbers in decimal only: 010, 0x10 and 1_000 are numbers to some
// readers and not to others, so they are neither a number nor a text here.

var (
	decimal   = regexp.MustCompile(`^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$`)
	whole     = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)$`)
	otherwise = regexp.MustCompile(`^[-+]?(0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$`)
	leading   = regexp.MustCompile(`^[-+]?0[0-9]`)
)

func isNull(s string) bool { return s == "" || s == "~" || s == "null" || s == "Null" || s == "NULL" }

func isTrue(s string) bool  { return s == "true" || s == "True" || s == "TRUE" }
func isFalse(s string) bool { return s == "false" || s == "False" || s == "FALSE" }
func isBool(s string) bool  { return isTrue(s) || isFalse(s) }

// isNumber reports whether some YAML reader takes a plain s for a number.
func isNumber(s string) bool { return decimal.MatchString(s) || otherwise.MatchString(s) }

// isDecimal reports whether all YAML readers agree on the number s, exponents aside.
func isDecimal(s string) bool { return decimal.MatchString(s) && !leading.MatchString(s) }

func isWhole(s string) bool { return whole.MatchString(s) }

// isZero reports whether the digits of a decimal are all 0.
func isZero(s string) bool {
	mantissa, _, _ := strings.Cut(strings.ToLower(s), "e")
	return strings.Trim(mantissa, "+-.0") == ""
}

// looksOther reports whether a text without quotes could be taken for something that is not a text, here or by a YAML
// 1.1 reader.
func looksOther(s string) bool {
	switch strings.ToLower(s) {
	case "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return true
	}
	return false
}
