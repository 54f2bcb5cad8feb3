package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance of a colour such as #0072b2, by WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour", hex)
	}
	sum := 0.0
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		v := float64(rgb>>(8*i)&0xFF) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}

// Text is told from what it is on by 4.5 to 1, and what is drawn by 3 to 1, in light and dark (WCAG 2.2, 1.4.3 and 1.4.11).
func TestContrast(t *testing.T) {
	light, dark, found := strings.Cut(pageStyle, "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("page.css has no dark colours")
	}
	dark, _, _ = strings.Cut(dark, "*, *::before")
	for scheme, css := range map[string]string{"light": light, "dark": dark} {
		colours := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
			colours[m[1]] = m[2]
		}
		ratio := func(a, b string) float64 {
			x, y := luminance(t, colours[a]), luminance(t, colours[b])
			return (max(x, y) + 0.05) / (min(x, y) + 0.05)
		}
		for _, pair := range [][2]string{{"ink", "paper"}, {"ink", "panel"}, {"muted", "paper"}, {"muted", "panel"}, {"accent", "paper"}, {"open", "open-panel"}, {"reversed", "reversed-panel"}, {"ink", "quiet-panel"}} {
			if r := ratio(pair[0], pair[1]); r < 4.5 {
				t.Errorf("%s: %s on %s has a contrast of %.2f, expected 4.5", scheme, pair[0], pair[1], r)
			}
		}
		drawn := []string{"baseline", "right", "wrong"}
		for h := range hues {
			drawn = append(drawn, "hue-"+strconv.Itoa(h))
		}
		for _, ink := range drawn {
			for _, ground := range []string{"paper", "panel", "band"} {
				if r := ratio(ink, ground); r < 3 {
					t.Errorf("%s: %s on %s has a contrast of %.2f, expected 3", scheme, ink, ground, r)
				}
			}
		}
	}
}

// Up to 16 ways have looks of their own.
func TestLooksDiffer(t *testing.T) {
	p := samplePage(16)
	type seen struct {
		ink    string
		shape  shape
		hollow bool
		dashed bool
	}
	by := map[seen]string{}
	for i, w := range p.Ways {
		l := p.look(i)
		s := seen{l.ink, l.shape, l.hollow, l.dashes != nil}
		if other, taken := by[s]; taken {
			t.Errorf("%s looks like %s", w.Name, other)
		}
		by[s] = w.Name
		if l.end != (i < 2) {
			t.Errorf("%s is an end of the gap: %v", w.Name, l.end)
		}
	}
}

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		number(-0.04, 1): "0.0", number(-1.25, 1): "−1.2", number(math.Inf(-1), 0): "−∞", number(math.NaN(), 2): "—", percent(0.7141): "71.4",
		count(1, "pair"): "1 pair", count(999, "pair"): "999 pairs", count(18240, "pair"): "18,240 pairs", count(1234567, "pair"): "1,234,567 pairs", title("gaussian_noise"): "Gaussian noise",
	} {
		if got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
	for step, want := range map[float64]int{1: 0, 20: 0, 2.5: 1, 0.05: 2, 0.25: 2} {
		if got := decimals(step); got != want {
			t.Errorf("steps of %v need %d decimals, expected %d", step, got, want)
		}
	}
	for v, want := range map[float64]float64{0.21: 0.25, 0.2: 0.2, 3: 5, 0.06: 0.1, 80: 100} {
		if got := round(v); math.Abs(got-want) > 1e-9 {
			t.Errorf("round(%v) is %v, expected %v", v, got, want)
		}
	}
}
