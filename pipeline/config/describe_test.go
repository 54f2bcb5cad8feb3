package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"vidcsl/pipeline/config"
)

func TestFields(t *testing.T) {
	var b strings.Builder
	for _, f := range config.Fields(defaults()) {
		fmt.Fprintf(&b, "%s|%s|%s|%s|%s\n", f.Name, f.Type, f.Default, f.Legal, f.Doc)
	}
	want := `frames|whole number|16|from 1 to 64|frames per clip
small|whole number|0||
seed|whole number|0||
rate|number|1.5|above 0 and at most 10|
single|number|0|from 0 to 0.1|
any|number|0||
sampler|text|random|random, regular or uniform|where clips begin
label|text|""||
enabled|true or false|false||
scale|list of 2 numbers|[0.2, 1]|each above 0 and at most 1, ascending|area of the crop
sizes|list of at most 20 whole numbers|[]|each from 1 to 4096|
names|list of texts|[]||
matrix|list of at most 3 lists|[]|each from 0 to 1|
limits.low|whole number|1|of at least 0|
limits.high|whole number|2|of at least 0|
parts|list of maps|[]||
parts[].name|text|""|1 to 10 characters|
parts[].kids|list of maps|[]||
augment|list of at most 8 transforms|[]||
workers|whole number|4|of at least 1|
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestSchema(t *testing.T) {
	b, err := json.Marshal(config.Schema(defaults()))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"$schema":"https://json-schema.org/draft/2020-12/schema"`, `"title":"everything"`, `"additionalProperties":false`,
		`"frames":{"default":16,"description":"frames per clip","maximum":64,"minimum":1,"type":"integer"}`,
		`"small":{"default":0,"maximum":127,"minimum":-128,"type":"integer"}`,
		`"rate":{"default":1.5,"exclusiveMinimum":0,"maximum":10,"type":"number"}`,
		`"sampler":{"default":"random","description":"where clips begin","enum":["random","regular","uniform"],"type":"string"}`,
		`"scale":{"default":[0.2,1],"description":"area of the crop","items":{"exclusiveMinimum":0,"maximum":1,"type":"number"},"maxItems":2,"minItems":2,"type":"array"}`,
		`"required":["name"]`, `"name":{"maxLength":10,"minLength":1,"type":"string"}`,
		`"augment":{"default":[],"items":{"title":"transform"},"maxItems":8,"minItems":0,"type":"array"}`,
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in\n%s", want, b)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	n, err := config.Parse("x.yaml", []byte("frames: 8\nparts: [{name: a}]\naugment: [horizontal_flip]"))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			v := defaults()
			if err := config.Decode(n, &v); err != nil {
				t.Error(err)
			}
			config.Schema(v)
			config.Fields(&v)
			if _, err := config.Marshal(v); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
