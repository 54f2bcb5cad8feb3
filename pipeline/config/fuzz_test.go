package config_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"vidcsl/pipeline/config"
)

// Whatever the bytes, Parse and Decode return; what they accept can be written and read back as the same.
func FuzzDecode(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.yaml")
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("label: |\n  a\n\n  b\n"))
	f.Add([]byte("? a\n: b"))
	f.Add([]byte("\xff\xfe"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<12 {
			return
		}
		v, err := decode("fuzz.yaml", string(text))
		if err != nil {
			if !utf8.ValidString(err.Error()) {
				t.Fatalf("message %q", err)
			}
			return
		}
		if err := config.Check("", &v); err != nil {
			t.Fatalf("decoded, but %v", err)
		}
		roundTrip(t, v)
	})
}

// Any text and any number come back from YAML.
func FuzzRoundTrip(f *testing.F) {
	f.Add("plain", 0.5, "x", int8(0))
	f.Add("- a: b # c\n\ttab  ", 1e300, "\u2028\u0085\ufeff", int8(-5))
	f.Add("日本\U0001F600\x00\\\"'", math.SmallestNonzeroFloat64, "&a *b !c %d @e `f", int8(5))
	f.Add("---", math.Copysign(0, -1), "...", int8(1))
	f.Add("a\r\nb\r", 123456789.125, "? ", int8(1))
	f.Fuzz(func(t *testing.T, a string, x float64, b string, small int8) {
		v := defaults()
		v.Label, v.Any, v.Small, v.Names = a, x, small, []string{b, a, strings.Repeat(b, 3)}
		if math.IsNaN(x) || math.IsInf(x, 0) || !utf8.ValidString(a) || !utf8.ValidString(b) {
			if _, err := config.Marshal(v); err == nil {
				t.Fatal("no error")
			}
			return
		}
		if len(a)+len(b) > 1<<12 {
			return
		}
		roundTrip(t, v)
	})
}
