package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vidcsl/decode/clip"
)

// Edit changes a value in the plan of a view: "view_0.crop.x=16", "view_1.color_jitter.brightness=1.5" or, where an op stands
// there twice, "view_0.ops.1.params.sigma=2". The value is JSON; what is no JSON is a text.
func (r *Row) Edit(edit string) error {
	path, text, ok := strings.Cut(edit, "=")
	steps := strings.Split(path, ".")
	if !ok || len(steps) < 2 {
		return fmt.Errorf("%q is no edit, want view_0.NAME.NAME=VALUE", edit)
	}
	number, ok := strings.CutPrefix(steps[0], "view_")
	k, err := strconv.Atoi(number)
	if !ok || err != nil || k < 0 || k >= len(r.Views) {
		return fmt.Errorf("%q: %q is no view, want view_0 to view_%d", edit, steps[0], len(r.Views)-1)
	}
	var plan any
	if err := decodeJSON(r.Views[k].Plan, &plan); err != nil {
		return fmt.Errorf("the plan of view %d: %w", k, err)
	}
	var value any
	if decodeJSON(text, &value) != nil {
		value = text
	}
	if err := set(plan, steps[1:], value); err != nil {
		return fmt.Errorf("%q: %w", edit, err)
	}
	b, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	v, err := clip.ParseView(string(b))
	if err != nil {
		return fmt.Errorf("%q: %w", edit, err)
	}
	r.Views[k].Plan = v.JSON()
	return nil
}

func decodeJSON(s string, v any) error {
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.UseNumber()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("text after the value")
	}
	return nil
}

// optional names the fields of a view that are left out of its plan where they are false or empty.
var optional = []string{"flip", "padded", "damage", "ops"}

// set replaces the value that steps lead to; it must be there.
func set(at any, steps []string, value any) error {
	name := steps[0]
	switch v := at.(type) {
	case map[string]any:
		next, ok := v[name]
		if !ok && len(steps) == 1 && slices.Contains(optional, name) && v["pts"] != nil {
			ok = true
		}
		if !ok {
			if op := opNamed(v, name); op != nil {
				if len(steps) == 1 {
					return fmt.Errorf("%s is an op; want one of its values, as in %s.NAME=VALUE", name, name)
				}
				return set(op, steps[1:], value)
			}
			return fmt.Errorf("no %q there, only %s", name, strings.Join(append(slices.Sorted(maps.Keys(v)), opNames(v)...), ", "))
		}
		if len(steps) > 1 {
			return set(next, steps[1:], value)
		}
		v[name] = value
		return nil
	case []any:
		i, err := strconv.Atoi(name)
		if err != nil || i < 0 || i >= len(v) {
			return fmt.Errorf("%q is no index into a list of %d", name, len(v))
		}
		if len(steps) > 1 {
			return set(v[i], steps[1:], value)
		}
		v[i] = value
		return nil
	}
	return fmt.Errorf("%q: there is a value, and nothing below it", name)
}

// opNamed returns the parameters of the first op of that name in a plan.
func opNamed(plan map[string]any, name string) any {
	ops, _ := plan["ops"].([]any)
	for _, op := range ops {
		if op, ok := op.(map[string]any); ok && op["name"] == name {
			return op["params"]
		}
	}
	return nil
}

func opNames(plan map[string]any) (names []string) {
	ops, _ := plan["ops"].([]any)
	for _, op := range ops {
		if op, ok := op.(map[string]any); ok {
			names = append(names, fmt.Sprint(op["name"]))
		}
	}
	return names
}
