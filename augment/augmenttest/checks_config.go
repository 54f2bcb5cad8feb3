package augmenttest

import (
	"errors"
	"maps"
	"reflect"
	"strings"

	"vidcsl/augment"
	"vidcsl/pipeline/config"
)

func (k *kit) docs(r *report) {
	switch s := k.info.Summary; {
	case s == "" || strings.Contains(s, "\n") || len(s) > 80:
		r.Errorf("Summary is %q, want one line of at most 80 characters", s)
	}
	if strings.TrimSpace(k.info.Doc) == "" {
		r.Errorf("Doc is empty, want the formula, the ranges and the source")
	}
	for _, f := range fields(k.info.Default) {
		if f.Tag.Get("doc") == "" {
			r.Errorf("the field %s of the configuration has no doc tag", f.Name)
		}
	}
}

// fields returns the fields of a configuration that can be set, those of embedded structs included.
func fields(config any) []reflect.StructField {
	t := reflect.TypeOf(config)
	if t.Kind() != reflect.Struct {
		return nil
	}
	var out []reflect.StructField
	for _, f := range reflect.VisibleFields(t) {
		if keyOf(f) != "" {
			out = append(out, f)
		}
	}
	return out
}

// keyOf is the name of a field in YAML, "" for one that is not configured.
func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if key == "-" {
		return ""
	}
	return key
}

func (k *kit) strict(r *report) {
	const unknown = "no_such_key"
	k.refused(r, unknown, 1)
	for _, f := range fields(k.info.Default) {
		var wrong any = "?"
		if f.Type.Kind() == reflect.String {
			wrong = []any{1, 2}
		}
		k.refused(r, keyOf(f), wrong)
	}
}

// refused checks that one setting is an error that says where it is, what it is and what is legal.
func (k *kit) refused(r *report, key string, value any) {
	_, err := k.Registry.New(k.Name, with(k.Settings, key, value))
	var e *config.Error
	switch {
	case err == nil:
		r.Errorf("%s: %v is accepted", key, value)
	case !errors.As(err, &e):
		r.Errorf("%s: %v leads to an error without a place: %v", key, value, err)
	case !strings.HasSuffix(e.Path, "."+key) || e.Value == "" || e.Want == "":
		r.Errorf("%s: %v leads to the error %q, want one that names path, value and what is legal", key, value, err)
	}
}

func with(settings map[string]any, key string, value any) map[string]any {
	out := maps.Clone(settings)
	if out == nil {
		out = map[string]any{}
	}
	out[key] = value
	return out
}

func (k *kit) roundTrip(r *report) {
	first, err := k.pipeline()
	if err != nil {
		r.Fatalf("%v", err)
	}
	written, err := encoded(first)
	if err != nil {
		r.Fatalf("the configuration cannot be written: %v", err)
	}
	n, err := config.Parse("", written)
	if err != nil {
		r.Fatalf("the configuration as it is written is no YAML: %v\n%s", err, written)
	}
	second, err := k.Registry.ReadPipeline(n.Get("augment"))
	if err != nil {
		r.Fatalf("the configuration as it is written is refused: %v\n%s", err, written)
	}
	if again, err := encoded(second); err != nil || string(again) != string(written) {
		r.Fatalf("the configuration is written as\n%sread and written again (error %v) it is\n%s", written, err, again)
	}
	f := plain()
	for key := range keys {
		want, err := f.planner(first, 1, 1).Draw(item(key), f.copyOf(), 0)
		r.no(err)
		got, err := f.planner(second, 1, 1).Draw(item(key), f.copyOf(), 0)
		if err != nil || text(got.Views[0]) != text(want.Views[0]) {
			r.Fatalf("read from\n%sthe transform draws (error %v)\n%+v, it drew\n%+v", written, err, got, want)
		}
	}
}

// encoded is a pipeline as it stands in the configuration of a run.
func encoded(p augment.Pipeline) ([]byte, error) {
	return config.Marshal(&struct {
		Augment augment.Pipeline `yaml:"augment"`
	}{p})
}

func (k *kit) defaults(r *report) {
	f := plain()
	bare, err := k.bare(f)
	if err != nil {
		r.Fatalf("%v", err)
	}
	changed := 0
	for key := range keys {
		views, err := k.draw(f, key, 1)
		if err == nil && key < 8 {
			_, err = k.render(views[0], f, nil)
		}
		switch {
		case breachOf(err) != none:
			r.no(err)
		case err != nil:
			r.Fatalf("a view of %d frames of %dx%d pixels: %v", len(bare.PTS), bare.Width, bare.Height, err)
		case text(views[0]) != text(bare):
			changed++
		}
	}
	if changed == 0 && !k.Constant {
		r.Errorf("of %d views none is changed; give Opt.Settings under which some are, or set Opt.Constant", keys)
	}
}
