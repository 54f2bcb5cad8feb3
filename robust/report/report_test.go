package report

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vidcsl/robust"
)

func write(t *testing.T, p *Page) string {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEqualPagesGiveEqualBytes(t *testing.T) {
	if write(t, samplePage(6)) != write(t, samplePage(6)) {
		t.Fatal("two equal pages differ")
	}
}

// Nothing in the page is loaded from elsewhere, and no colour of the drawing is left that has no counterpart in the dark.
func TestRefersToNothing(t *testing.T) {
	html := write(t, samplePage(16))
	for _, reference := range regexp.MustCompile(`(?:src|href|action|poster|data)="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		if !strings.HasPrefix(reference[1], "#") && !strings.HasPrefix(reference[1], "data:") {
			t.Errorf("the page refers to %.80s", reference[1])
		}
	}
	html = regexp.MustCompile(`"data:[^"]*"`).ReplaceAllString(html, `""`)
	for _, no := range []string{"url(", "@import", "http:", "https:", "ZgotmplZ", "NaN", "%!"} {
		if i := strings.Index(html, no); i >= 0 {
			t.Errorf("the page has %q: %.80s", no, html[max(i-40, 0):])
		}
	}
	for _, style := range regexp.MustCompile(`style="[^"]*"`).FindAllString(html, -1) {
		if strings.Contains(style, "#") || strings.Contains(style, "font-family") {
			t.Fatalf("a chart has a colour or a font of its own: %s", style)
		}
	}
}

func TestSectionsWithoutContentAreLeftOut(t *testing.T) {
	all := []string{"ways", "gap", "matched", "corruptions", "attacks", "sphere", "broken", "runs", "reproduce"}
	single := &Page{Title: "One run", Baseline: -1, Supervised: -1, Ways: []Way{{Name: "csl", Clean: near(0.7, 0.02), MPC: robust.Value{Undefined: "no corruptions"}}}}
	for name, c := range map[string]struct {
		page *Page
		want []string
	}{
		"empty":    {&Page{Baseline: -1, Supervised: -1}, nil},
		"one way":  {single, all[:1]},
		"six ways": {samplePage(6), all},
		"16 ways":  {samplePage(16), all},
	} {
		html := write(t, c.page)
		var got []string
		for _, m := range regexp.MustCompile(`<section id="([a-z]*)"`).FindAllStringSubmatch(html, -1) {
			got = append(got, m[1])
			if !strings.Contains(html, `<li><a href="#`+m[1]+`">`) {
				t.Errorf("%s: %s is not in the contents", name, m[1])
			}
		}
		if strings.Join(got, " ") != strings.Join(c.want, " ") {
			t.Errorf("%s: sections %v, expected %v", name, got, c.want)
		}
	}
	if html := write(t, single); strings.Contains(html, "mPC, %") || strings.Contains(html, "rPC, %") || !strings.Contains(html, "70.0 [68.0,\u00a072.2]") {
		t.Error("the table of ways has a measure that no way has, or lacks the one that it has")
	}
}

// A share is said of open gaps alone, whatever the page has for others.
func TestNoShareOfAGapThatIsNotOpen(t *testing.T) {
	p := samplePage(6)
	for i := range p.Gaps {
		p.Gaps[i].Verdict = []string{Reversed, None}[i%2]
	}
	p.Matched = nil
	html := write(t, p)
	if strings.Contains(html, "closes ") && !strings.Contains(p.Answer, "closes ") || strings.Contains(html, ">closes") || strings.Contains(html, "gap open") {
		t.Error("the page tells a share of a gap that is not open")
	}
	for _, want := range []string{"On 3 of 5 measures the baseline is ahead of supervised: clean, rPC, autoattack linf 2/255.", "which has 0 in it, so no share is given.", "csl is ahead of supervised by 3.1\u00a0points [1.2,\u00a05.0]"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if html := write(t, samplePage(6)); !strings.Contains(html, ">closes ") || !strings.Contains(html, "not defined: too few clips") || !strings.Contains(html, "[−∞,\u00a0∞]") {
		t.Error("the page does not tell the shares of open gaps, or not why one is not defined")
	}
}

// Numbers are what people take them for: a run at its end is not at step 0, no axis has accuracies below 0, and no norm more digits than are known.
func TestNumbersSayWhatTheyMean(t *testing.T) {
	p := samplePage(3)
	p.Matched.Ways[0].Steps = []int{0, 200}
	p.Gaps = p.Gaps[:1]
	for i := range p.Gaps[0].Ways {
		p.Gaps[0].Ways[i].Accuracy = robust.Value{}
	}
	p.Matched.Gaps = nil
	p.Broken = p.Broken[:1]
	p.Broken[0].Condition, p.Broken[0].Norm = robust.Condition{Kind: robust.Attack, Name: "pgd", Norm: "linf", Epsilon: 8. / 255}, 0.03137257695198059
	html := write(t, p)
	for _, want := range []string{"<td>end, 200</td>", "the linf norm 0.03137.", "<p>Written by vidcsl 1.4.0, FFmpeg", ">0.00<"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(html, ">−0.25<") {
		t.Error("an axis has accuracies below 0")
	}
}

func TestHostileText(t *testing.T) {
	p := samplePage(3)
	const evil = "</script></style></title><script>alert(1)</script><img src=x onerror=alert(2)>\" onload=\"alert(3) --> {{.}} fill:#F00002\n\x00&amp;"
	p.Title, p.Answer, p.Data, p.Version = evil, evil, evil, evil
	p.Notes, p.Libraries = []string{evil}, []string{evil}
	p.Reproduce = []Command{{evil, evil}}
	for i := range p.Ways {
		p.Ways[i].Name, p.Ways[i].About = evil, evil
		p.Ways[i].Corruptions[0].Name, p.Ways[i].Corruptions[0].Group = evil, evil
		p.Ways[i].Curves[0].Attack, p.Ways[i].Curves[0].Norm = evil, evil
	}
	for i := range p.Gaps {
		p.Gaps[i].Measure = evil
	}
	p.Matched.Ways[0].Left = evil
	p.Spheres[0].Way, p.Spheres[0].Run, p.Spheres[0].About, p.Spheres[0].Classes[0] = evil, evil, evil, evil
	b := &p.Broken[0]
	b.Way, b.Run, b.Key, b.Label, b.Before, b.After, b.Condition.Name = evil, evil, evil, evil, evil, evil, evil
	p.Runs[0] = Run{evil, evil, 1, evil, evil}
	html := write(t, p)
	for tag, n := range map[string]int{"<script": 1, "</script": 1, "</style": 1, "<title": 1, "<img": 3 * len(p.Broken), " onerror=alert(2)>": 0, `" onload=`: 0} {
		if got := strings.Count(html, tag); got != n {
			t.Errorf("%d times %s, expected %d", got, tag, n)
		}
	}
}

func TestNumbersThatAreNone(t *testing.T) {
	p := samplePage(4)
	strange := []robust.Value{{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}, {Value: math.Inf(1), Low: math.Inf(-1), High: math.Inf(1)}, {Value: 0.5, Low: math.Inf(-1), High: math.Inf(1)}, {Undefined: "no clips"}, {Value: 0.5, Low: 0.7, High: 0.2}, {Value: 7, Low: -3, High: 9}, {}}
	at := 0
	next := func() robust.Value { at++; return strange[at%len(strange)] }
	for i := range p.Ways {
		w := &p.Ways[i]
		w.Clean, w.MPC, w.RPC = next(), next(), next()
		for _, c := range w.Corruptions {
			for k := range c.Accuracy {
				c.Accuracy[k] = next()
			}
		}
		for _, c := range w.Curves {
			for k := range c.Accuracy {
				c.Accuracy[k] = next()
			}
		}
		w.Alignment, w.Uniformity = []float64{math.NaN(), 1, math.Inf(1)}, []float64{1, 1}
	}
	for _, gaps := range [][]Gap{p.Gaps, p.Matched.Gaps} {
		for i := range gaps {
			gaps[i].Size = next()
			for k := range gaps[i].Ways {
				gaps[i].Ways[k] = GapOf{next(), next()}
			}
		}
	}
	p.Gaps = append(p.Gaps, Gap{Measure: "nothing", Verdict: None, Ways: []GapOf{{strange[3], strange[3]}, {strange[3], strange[3]}, {strange[3], strange[3]}, {strange[3], strange[3]}}})
	s := &p.Spheres[0]
	for i := range s.Points {
		s.Points[i].X = []float64{math.NaN(), math.Inf(1), 1}[i%3]
	}
	s.Right, p.Spheres[1].Points, p.Spheres[1].Pairs = math.NaN(), nil, nil
	html := regexp.MustCompile(`"data:[^"]*"`).ReplaceAllString(write(t, p), `""`)
	for _, no := range []string{"NaN", "Inf", "%!"} {
		if i := strings.Index(html, no); i >= 0 {
			t.Errorf("the page has %s: %.80s", no, html[max(i-40, 0):])
		}
	}
}

func TestPageThatContradictsItself(t *testing.T) {
	for want, spoil := range map[string]func(p *Page){
		"baseline is way 6 of 6":         func(p *Page) { p.Baseline = 6 },
		"supervised is way -2 of 6":      func(p *Page) { p.Supervised = -2 },
		"5 gaps without a baseline":      func(p *Page) { p.Baseline = -1 },
		"has 2 ways, expected all 6":     func(p *Page) { p.Gaps[0].Ways = p.Gaps[0].Ways[:2] },
		`has the verdict "shut"`:         func(p *Page) { p.Gaps[0].Verdict = "shut" },
		"5 severities and 4 accuracies":  func(p *Page) { c := &p.Ways[1].Corruptions[0]; c.Accuracy = c.Accuracy[:4] },
		"6 epsilons and 1 accuracies":    func(p *Page) { c := &p.Ways[1].Curves[0]; c.Accuracy = c.Accuracy[:1] },
		"expected finite and rising":     func(p *Page) { p.Ways[1].Curves[0].Epsilons[2] = 0 },
		"pair 3 joins points 0 and 2000": func(p *Page) { p.Spheres[0].Pairs[3] = Pair{0, 2000, true} },
		"12 clean and 11 perturbed":      func(p *Page) { p.Broken[0].Perturbed = p.Broken[0].Perturbed[1:] },
		"0 clean and 0 perturbed":        func(p *Page) { p.Broken[0].Clean, p.Broken[0].Perturbed = nil, nil },
		"frame 2 is (80,80) pixels":      func(p *Page) { p.Broken[0].Clean[2] = p.Broken[1].Clean[2] },
		"matched accuracy has 1 ways":    func(p *Page) { p.Matched.Ways = p.Matched.Ways[:1] },
		"NaN times as large":             func(p *Page) { p.Broken[0].Scale = math.NaN() },
	} {
		p := samplePage(6)
		spoil(p)
		var b bytes.Buffer
		err := p.Write(&b)
		if err == nil || !strings.HasPrefix(err.Error(), "report: ") || !strings.Contains(err.Error(), want) || b.Len() > 0 {
			t.Errorf("error %v and %d bytes, expected one that says %q and nothing", err, b.Len(), want)
		}
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	p := samplePage(2)
	if err := p.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != write(t, p) {
		t.Errorf("the file is not the page: %d bytes, %v", len(got), err)
	}
	p.Baseline = 9
	if err := p.WriteFile(path); err == nil {
		t.Error("a page that contradicts itself was written")
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, got) {
		t.Errorf("the file was changed by a page that could not be written: %v", err)
	}
	full := errors.New("the disk is full")
	if err := samplePage(1).Write(writerFunc(func([]byte) (int, error) { return 0, full })); !errors.Is(err, full) {
		t.Errorf("error %v, expected that of the writer", err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
