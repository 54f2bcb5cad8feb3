package config_test

import (
	"strings"
	"testing"

	"vidcsl/pipeline/config"
)

// layered is a configuration with parts for another.
type layered struct {
	Base  limits        `yaml:"base"`
	Part  config.Part   `yaml:"part"`
	Parts []config.Part `yaml:"parts"`
}

func TestPart(t *testing.T) {
	var v layered
	text := "base: {low: 1, high: 5}\npart: {low: 2}\nparts:\n  - {}\n  - high: 3 # of items\n  - {low: 9}\n  - {lo: 9}\n"
	if err := config.Overlay("file.yaml", []byte(text), &v); err != nil {
		t.Fatal(err)
	}
	over := func(parts ...config.Part) (limits, error) {
		at := v.Base
		for _, p := range parts {
			if err := p.Over(&at); err != nil {
				return at, err
			}
		}
		return at, nil
	}
	for want, parts := range map[limits][]config.Part{
		{2, 5}: {v.Part}, {1, 5}: {{}, v.Parts[0]}, {2, 3}: {v.Part, v.Parts[1]},
	} {
		if got, err := over(parts...); got != want || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	for want, p := range map[string]config.Part{
		"file.yaml:6: parts[2].low is 9, want at most high, which is 5":                     v.Parts[2],
		"file.yaml:7: parts[3].lo is not a known key, want low or high (did you mean low?)": v.Parts[3],
	} {
		if got, err := over(p); err == nil || err.Error() != want || got != v.Base {
			t.Errorf("%v, %v, want %s", got, err, want)
		}
	}
	canonical, err := config.Marshal(v)
	if want := "base:\n  low: 1\n  high: 5\npart:\n  low: 2\nparts:\n  - {}\n  - high: 3\n  - low: 9\n  - lo: 9\n"; err != nil || string(canonical) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, canonical, want)
	}
	var back layered
	if err := config.Overlay("back.yaml", canonical, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := config.Marshal(back); err != nil || string(again) != string(canonical) {
		t.Errorf("%v\n%s", err, again)
	}
	if err := config.Overlay("file.yaml", []byte("part: 3\nparts: [x]"), &v); err == nil ||
		err.Error() != "file.yaml:1: part is 3, want a map\nfile.yaml:2: parts[0] is \"x\", want a map" {
		t.Errorf("got %v", err)
	}
	var fields []string
	for _, f := range config.Fields(layered{}) {
		fields = append(fields, f.Name+" "+f.Type)
	}
	if got := strings.Join(fields, ", "); got != "base.low whole number, base.high whole number, part map, parts list of maps" {
		t.Errorf("fields %s", got)
	}
}

func TestDifferences(t *testing.T) {
	a, b := defaults(), defaults()
	a.Parts, b.Parts = []part{{Name: "one"}, {Name: "two"}}, []part{{Name: "one"}, {Name: "three"}}
	a.Seed, b.Seed = 1<<63, 1<<63+1
	b.Sizes, b.Rate = []uint16{3, 4}, 2
	got, err := config.Differences(a, &b)
	want := `parts[1].name was "two", is "three", rate was 1.5, is 2, seed was 9223372036854775808, is 9223372036854775809, sizes was [], is [3,4]`
	if err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	if got, err := config.Differences(a, a); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	b.Parts = b.Parts[:1]
	if got, _ := config.Differences(a, b); !strings.Contains(got, `parts was [{"name":"one"},{"name":"two"}], is [{"name":"one"}], `) {
		t.Errorf("got %s", got)
	}
}
