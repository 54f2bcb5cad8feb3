package report

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed testdata/inspect.js
var inspect string

// found is what testdata/inspect.js finds wrong with a page, and how much there was to look at.
type found struct {
	Wrong  []string
	Texts  int
	Images int
}

func savePage(t *testing.T, ways int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(write(t, samplePage(ways))), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// saveLong writes a page of which all names are long words.
func saveLong(t *testing.T) string {
	t.Helper()
	long := strings.Repeat("Wxyz", 30) + "<b>"
	p := samplePage(4)
	p.Title, p.Answer, p.Data, p.Notes, p.Version = long, long, long, []string{long}, long
	for i := range p.Ways {
		w := &p.Ways[i]
		w.Name, w.About, w.Corruptions[0].Name, w.Corruptions[0].Group, w.Curves[0].Attack = fmt.Sprint(i, long), long, long, long, long
	}
	p.Gaps[0].Measure, p.Spheres[0].Way, p.Spheres[0].Run, p.Spheres[0].About = long, long, long, long
	b := &p.Broken[0]
	b.Way, b.Run, b.Key, b.Label, b.Before, b.After, b.Condition.Name = long, long, long, long, long, long, long
	p.Runs[0] = Run{long, long, 1, long, long}
	p.Reproduce[0] = Command{long, long}
	path := filepath.Join(t.TempDir(), "long.html")
	if err := p.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInBrowser(t *testing.T) {
	b := startBrowser(t)
	t.Run("page", func(t *testing.T) { b.t = t; testPage(t, b) })
	t.Run("keyboard", func(t *testing.T) { b.t = t; testKeyboard(t, b) })
	t.Run("loops", func(t *testing.T) { b.t = t; testLoops(t, b) })
}

// The page says nothing to the console, asks for nothing, shows all its pictures and fits its window; its text can be read.
func testPage(t *testing.T, b *browser) {
	pages := map[int]string{-1: saveLong(t)}
	for _, ways := range []int{0, 1, 6, 16} {
		pages[ways] = savePage(t, ways)
	}
	for _, c := range []struct {
		ways, width int
		scheme      string
	}{{6, 1280, "light"}, {6, 1280, "dark"}, {6, 400, "light"}, {6, 400, "dark"}, {16, 400, "light"}, {1, 400, "dark"}, {0, 1280, "light"}, {-1, 400, "light"}} {
		b.show(pages[c.ways], c.width, c.scheme, "no-preference")
		var f found
		b.run(inspect, &f)
		for _, wrong := range append(f.Wrong, b.said()...) {
			t.Errorf("%d ways, %d px, %s: %.300s", c.ways, c.width, c.scheme, wrong)
		}
		if c.ways < 0 {
			continue
		}
		if images := 3 * min(c.ways, 6); f.Images != images || f.Texts < 10+100*c.ways {
			t.Errorf("%d ways: %d pictures and %d texts, expected %d and at least %d", c.ways, f.Images, f.Texts, images, 10+100*c.ways)
		}
	}
}

// With the Tab key one comes to the skip link, the contents and the button, and sees where one is. The button stops the clips and starts them.
func testKeyboard(t *testing.T, b *browser) {
	b.show(savePage(t, 3), 1280, "light", "no-preference")
	links := []string{"#content", "#ways", "#gap", "#matched", "#corruptions", "#attacks", "#sphere", "#broken", "#runs", "#reproduce"}
	var at struct {
		Href, ID, Outline string
		Width             float64
		Seen              bool
	}
	const active = `(() => {
		const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
		return {Href: e.getAttribute("href") || "", ID: e.id, Outline: s.outlineStyle, Width: parseFloat(s.outlineWidth), Seen: r.bottom > 0 && r.top < innerHeight};
	})()`
	reached := map[string]bool{}
	for i := 0; i < 400 && !reached["pause"]; i++ {
		b.press("Tab", 9, "")
		b.run(active, &at)
		reached[at.Href], reached[at.ID] = true, true
		if at.Outline == "none" || at.Width < 2 || !at.Seen {
			t.Fatalf("after %d times Tab the focus is not to be seen: %+v", i+1, at)
		}
	}
	for _, want := range append(links, "pause") {
		if !reached[want] {
			t.Errorf("Tab does not come to %s", want)
		}
	}
	const state = `[document.getElementById("pause").getAttribute("aria-pressed"), ...new Set(document.getAnimations().map(a => a.playState))].join(" ")`
	for _, want := range []string{"false running", "true paused", "false running"} {
		var got string
		if b.run(state, &got); got != want {
			t.Fatalf("button and clips are %q, expected %q", got, want)
		}
		b.press(" ", 32, " ")
	}
	if said := b.said(); len(said) > 0 {
		t.Error(strings.Join(said, "\n"))
	}
}

// Clips go on by whole frames, and stand still where less motion is asked for.
func testLoops(t *testing.T, b *browser) {
	path := savePage(t, 2)
	b.show(path, 1280, "light", "no-preference")
	var places []float64
	b.run(`(() => {
		const a = document.getAnimations()[0];
		a.pause();
		return [0, 1, 5, 11, 12, 13].map(frame => {
			a.currentTime = frame * 125 + 60;
			return a.effect.target.getBoundingClientRect().left - a.effect.target.parentElement.getBoundingClientRect().left;
		});
	})()`, &places)
	for i, frame := range []float64{0, 1, 5, 11, 0, 1} {
		if d := places[i] + 96*frame; d < -0.01 || d > 0.01 {
			t.Errorf("the strip is at %v, expected frame %v at %v", places[i], frame, -96*frame)
		}
	}
	b.show(path, 1280, "light", "reduce")
	var still struct {
		Moving int
		Button string
	}
	b.run(`({Moving: document.getAnimations().length, Button: getComputedStyle(document.getElementById("pause")).display})`, &still)
	if still.Moving != 0 || still.Button != "none" {
		t.Errorf("where less motion is asked for, %d clips move and the button is displayed as %s", still.Moving, still.Button)
	}
}
