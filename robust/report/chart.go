package report

import (
	"bytes"
	"fmt"
	"html/template"
	"image/color"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	xfont "golang.org/x/image/font"
)

// chart is a plot whose colours are CSS: what it draws is right in light and dark, and its text is in the font of the page. Lengths are
// pixels of the page, when it is shown as wide as it was drawn.
type chart struct {
	plot  *plot.Plot
	class string
	edge  vg.Length // kept free at the right and the top: the font of the page may be larger than the one that labels are measured with
	inks  []string  // the CSS that the i-th stand-in colour is replaced by
}

// newChart returns a chart with no lines but what is added to it.
func newChart() *chart {
	c := &chart{plot: plot.New(), edge: 6}
	c.plot.BackgroundColor = nil
	for _, a := range []*plot.Axis{&c.plot.X, &c.plot.Y} {
		a.LineStyle = draw.LineStyle{}
		a.Tick.LineStyle = draw.LineStyle{}
		a.Tick.Length = 0
		a.Padding = 5
		a.Tick.Marker = plot.ConstantTicks(nil)
		tick, label := c.text("var(--muted)", 11), c.text("var(--muted)", 11)
		tick.XAlign, tick.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		label.XAlign, label.YAlign = draw.XCenter, draw.YBottom
		a.Tick.Label, a.Label.TextStyle = tick, label
	}
	return c
}

// ink returns a colour that stands for a value of CSS, such as var(--ink). Further declarations may follow it: var(--ink);text-anchor:end.
func (c *chart) ink(css string) color.Color {
	i := slices.Index(c.inks, css)
	if i < 0 {
		i = len(c.inks)
		c.inks = append(c.inks, css)
	}
	// Even numbers, since gonum may round down by one where it writes them.
	return color.RGBA{R: 0xF0, G: uint8(2 * (i / 100)), B: uint8(2*(i%100) + 2), A: 0xFF}
}

func (c *chart) line(css string, width vg.Length, dashes ...vg.Length) draw.LineStyle {
	return draw.LineStyle{Color: c.ink(css), Width: width, Dashes: dashes}
}

func (c *chart) text(css string, size vg.Length) text.Style {
	return text.Style{
		Color:   c.ink(css),
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: plot.DefaultTextHandler,
	}
}

func bold(s text.Style) text.Style {
	s.Font.Weight = xfont.WeightBold
	return s
}

// wider is how many times as wide the font of the page may be as the one that texts are measured with.
const wider = 1.25

// fit cuts a text to a width and to one line, with … at its end where something is cut.
func fit(s text.Style, line string, width vg.Length) string {
	line = strings.Join(strings.Fields(line), " ")
	width /= wider
	if s.Width(line) <= width {
		return line
	}
	letters := []rune(line)
	for len(letters) > 1 && s.Width(string(letters)+"…") > width {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

var (
	header   = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	styles   = regexp.MustCompile(`style="[^"]*"`)
	standIns = regexp.MustCompile(`#[0-9A-F]{6}`)
	fonts    = regexp.MustCompile(`font-family:[^;]*;font-variant:[^;]*;|font-weight:normal;|font-style:normal;`)
	blanks   = regexp.MustCompile(`\s*\n\s*`)
)

// svg draws the chart. The label is what a screen reader says of it.
func (c *chart) svg(width, height float64, label string) (template.HTML, error) {
	canvas := vgsvg.New(vg.Length(width), vg.Length(height))
	left := vg.Length(0)
	if c.plot.Y.Label.Text != "" {
		left = c.edge / 2
	}
	c.plot.Draw(draw.Crop(draw.New(canvas), left, -c.edge, 0, -c.edge))
	var drawn bytes.Buffer
	if _, err := canvas.WriteTo(&drawn); err != nil {
		return "", fmt.Errorf("report: %w", err)
	}
	head := fmt.Sprintf(`<svg class="%s" viewBox="0 0 %g %g" role="img" aria-label="%s">`, c.class, width, height, template.HTMLEscapeString(label))
	body := header.ReplaceAllLiteral(drawn.Bytes(), nil)
	body = blanks.ReplaceAllLiteral(body, []byte(" "))
	body = styles.ReplaceAllFunc(body, func(style []byte) []byte {
		return standIns.ReplaceAllFunc(fonts.ReplaceAllLiteral(style, nil), c.css)
	})
	return template.HTML(head + string(body)), nil
}

// css returns what a stand-in colour stands for.
func (c *chart) css(standIn []byte) []byte {
	rgb, err := strconv.ParseUint(string(standIn[1:]), 16, 32)
	i := (int(rgb&0xFF)+1)/2 - 1 + 100*((int(rgb>>8&0xFF)+1)/2)
	if err != nil || i < 0 || i >= len(c.inks) {
		return standIn
	}
	return []byte(c.inks[i])
}

// ticks returns the multiples of step from low to high with their labels.
func ticks(low, high, step float64, label func(v float64) string) plot.ConstantTicks {
	var list plot.ConstantTicks
	for k := math.Ceil(low/step - 1e-9); k*step <= high+1e-9*step; k++ {
		list = append(list, plot.Tick{Value: k * step, Label: label(k * step)})
	}
	return list
}

// round returns the least of 1, 2, 2.5 and 5 times a power of ten that is not below v, which is positive.
func round(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// decimals returns how many decimals the multiples of a step need.
func decimals(step float64) int {
	n := 0
	for ; n < 9 && math.Abs(step-math.Round(step)) > 1e-6; n++ {
		step *= 10
	}
	return n
}
