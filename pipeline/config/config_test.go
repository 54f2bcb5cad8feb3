package config_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"vidcsl/pipeline/config"
)

func TestMistakesInTagsPanic(t *testing.T) {
	for want, v := range map[string]any{
		"noTag.A": struct{ A int }{},
		".A: legal tag \"5..1\"": struct {
			A int `yaml:"a" legal:"5..1"`
		}{},
		".B: legal tag \"0.5..1\"": struct {
			B int `yaml:"b" legal:"0.5..1"`
		}{},
		".C: legal tag \"(1..1)\"": struct {
			C float64 `yaml:"c" legal:"(1..1)"`
		}{},
		".D: legal tag \"a||b\"": struct {
			D string `yaml:"d" legal:"a||b"`
		}{},
		".E: legal tag \"0..300\"": struct {
			E uint8 `yaml:"e" legal:"0..300"`
		}{},
		".F: legal tag \"0..1\"": struct {
			F string `yaml:"f" legal:"0..1"`
		}{},
		".G: legal tag \"ascending\"": struct {
			G float64 `yaml:"g" legal:"ascending"`
		}{},
		".H: legal tag \"len=2\"": struct {
			H [2]int `yaml:"h" legal:"len=2"`
		}{},
		".I: legal tag \"0..1,2..3\"": struct {
			I int `yaml:"i" legal:"0..1,2..3"`
		}{},
		".J: *int cannot": struct {
			J *int `yaml:"j"`
		}{},
		".K: map[string]int cannot": struct {
			K map[string]int `yaml:"k"`
		}{},
		"two fields l": struct {
			L int `yaml:"l"`
			M int `yaml:"l"`
		}{},
		".N needs a tag": struct {
			N bool `yaml:"no"`
		}{},
		".O: a struct takes no": struct {
			O limits `yaml:"o" legal:"0..1"`
		}{},
		".Q: a type with DecodeConfig takes no": struct {
			Q step `yaml:"q" legal:"0..1"`
		}{},
	} {
		func() {
			defer func() {
				got := fmt.Sprint(recover())
				if !strings.Contains(got, strings.TrimPrefix(want, "noTag")) {
					t.Errorf("got %s, want %s", got, want)
				}
			}()
			config.Fields(v)
		}()
	}
}

func TestDocumentLimits(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"size", strings.Repeat("#\n", 1<<19) + "#", "the document has 1048577 bytes, want at most 1048576"},
		{"tokens", "[" + strings.Repeat("1,", 40000) + "]", "more than 65536"},
		{"flow depth", strings.Repeat("[", 5000), "nested more than 64"},
		{"block depth", strings.Repeat("- ", 5000), "nested more than 64"},
		{"map depth", strings.Repeat("{a: ", 5000), "nested more than 64"},
		{"blank lines", "label: |\n" + strings.Repeat("\n", 5000), "x.yaml:102: the document has more than 100 blank lines"},
		{"not UTF-8", "a: 1\nb: \xff", "x.yaml:2: the document has a byte that is not UTF-8"},
		{"control", "a: \x00", "control character U+0000"},
		{"long key", strings.Repeat("k", 300) + ": 1", "has 300 bytes, want at most 256"},
		{"merge", "<<: {a: 1}", "merge keys"},
		{"directive", "%YAML 1.2\n---\na: 1", "directives"},
		{"complex key", "? a\n: b", "marked with ?"},
		{"long value", "frames: " + strings.Repeat("é", 500), "x.yaml:1: frames is \"" + strings.Repeat("é", 79) + "…\", want"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode("x.yaml", c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestCheckSaysTheSameAsDecode(t *testing.T) {
	v := defaults()
	v.Frames, v.Rate, v.Scale, v.Sampler, v.Limits.Low, v.Parts = 65, math.NaN(), [2]float64{1, 0.5}, "x\n", 7, []part{{}}
	want := `train.frames is 65, want a whole number from 1 to 64
train.rate is NaN, want a number above 0 and at most 10
train.sampler is "x\n", want random, regular or uniform
train.scale is [1, 0.5], want a list of 2 numbers, each above 0 and at most 1, ascending
train.limits.low is 7, want at most high, which is 2
train.parts[0].name is "", want text of 1 to 10 characters`
	if err := config.Check("train", v); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	v = defaults()
	v.Workers = 13
	want = "workers is 13, want another number"
	if err := config.Check("", &v); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	v.Workers, v.Limits = 1, limits{99, 100}
	if err := config.Check("", &v); !errors.Is(err, errTaken) {
		t.Errorf("%v does not unwrap to the checker's error", err)
	}
	v = defaults()
	if err := config.Check("", &v); err != nil {
		t.Error(err)
	}
}

func TestDecodeLeavesTheValueAloneOnError(t *testing.T) {
	n, err := config.Parse("", []byte("frames: 8\nlimits: {low: 1, high: 0}\nsizes: [1]"))
	if err != nil {
		t.Fatal(err)
	}
	v := defaults()
	err = config.Decode(n, &v)
	var one *config.Error
	if !errors.As(err, &one) || one.Path != "limits.low" || one.Line != 2 {
		t.Errorf("got %v", err)
	}
	if !reflect.DeepEqual(v, defaults()) {
		t.Errorf("changed to %+v", v)
	}
}

func TestFromValue(t *testing.T) {
	var params any
	d := json.NewDecoder(strings.NewReader(`{"frames": 8, "seed": 18446744073709551615, "scale": [0.5, 1], "enabled": true, "augment": ["horizontal_flip"]}`))
	d.UseNumber()
	if err := d.Decode(&params); err != nil {
		t.Fatal(err)
	}
	n, err := config.FromValue("params", params)
	if err != nil {
		t.Fatal(err)
	}
	v := defaults()
	if err := config.Decode(n, &v); err != nil {
		t.Fatal(err)
	}
	if v.Frames != 8 || v.Seed != math.MaxUint64 || v.Scale != [2]float64{0.5, 1} || !v.On || v.Augment[0].Name != "horizontal_flip" {
		t.Errorf("got %+v", v)
	}
	for want, value := range map[string]any{
		`params.frames is "8", want a whole number from 1 to 64`:   map[string]any{"frames": "8"},
		`params.frames is 1e400, want a whole number from 1 to 64`: map[string]any{"frames": json.Number("1e400")},
		`params.frames is null, want a whole number from 1 to 64`:  map[string]any{"frames": nil},
		`params is a list of 1, want a map`:                        []any{1},
		`params is null, want a map`:                               nil,
	} {
		n, err := config.FromValue("params", value)
		if err != nil {
			t.Fatal(err)
		}
		if err := config.Decode(n, &v); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for _, value := range []any{math.NaN(), make(chan int), "\xff", map[int]string{1: ""}, config.Map{{Key: "a"}, {Key: "a"}}} {
		if _, err := config.FromValue("params", value); err == nil {
			t.Errorf("%v: no error", value)
		}
	}
}

func TestFloatsComeBack(t *testing.T) {
	for x, want := range map[float64]string{
		0.5: "0.5", 1: "1", 1e6: "1000000", 1e21: "1.0e+21", 1e-7: "1.0e-07", 1.5e300: "1.5e+300", 0.1: "0.1",
		math.MaxFloat64: "1.7976931348623157e+308", 5e-324: "5.0e-324", -2: "-2",
	} {
		text, err := config.Marshal(struct {
			X float64 `yaml:"x"`
		}{x})
		if err != nil || string(text) != "x: "+want+"\n" {
			t.Errorf("%v: got %s (%v), want %s", x, text, err, want)
		}
		v := defaults()
		v.Any = x
		roundTrip(t, v)
	}
}

// JSON has the keys in the order of the fields, what encodes itself as it does in YAML, and texts that look like numbers as texts.
func TestMarshalJSON(t *testing.T) {
	type inner struct {
		Z float64 `yaml:"z"`
		A []int   `yaml:"a"`
	}
	text, err := config.MarshalJSON(struct {
		Name  string  `yaml:"name"`
		Inner inner   `yaml:"inner"`
		Steps []step  `yaml:"steps"`
		Seed  uint64  `yaml:"seed"`
		Rate  float64 `yaml:"rate"`
	}{"12", inner{0.5, []int{1, 2}}, []step{{Name: "horizontal_flip"}}, math.MaxUint64, 1e-7})
	want := `{"name": "12", "inner": {"z": 0.5, "a": [1, 2]}, "steps": ["horizontal_flip"], "seed": 18446744073709551615, "rate": 1e-07}` + "\n"
	if err != nil || string(text) != want {
		t.Errorf("got %s (%v), want %s", text, err, want)
	}
	if _, err := config.MarshalJSON(struct {
		X float64 `yaml:"x"`
	}{math.NaN()}); err == nil {
		t.Error("NaN: no error")
	}
}
