package augment

import (
	"reflect"
	"strings"

	"vidcsl/pipeline/config"
)

// ConfigSchema implements config.Schemer, with the transforms of [Default]. Its references point to the definitions
// "transforms" and "transform" at the root of the document, which it brings along under "$defs".
func (p Pipeline) ConfigSchema() map[string]any { return Default().schema() }

func (r *Registry) schema() map[string]any {
	list := map[string]any{"$ref": "#/$defs/transforms"}
	some := map[string]any{"$ref": "#/$defs/transforms", "minItems": 1}
	probability := map[string]any{"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, "description": "probability that the transforms are applied"}
	settings := map[string]any{
		"compose": described(some, "apply transforms one after the other"),
		"one_of":  described(some, "apply one of the transforms, each with the same probability"),
		"sometimes": map[string]any{
			"description": "apply the transforms with a probability", "type": "object", "additionalProperties": false, "required": []string{"apply"},
			"properties": map[string]any{"p": probability, "apply": described(some, "transforms, applied one after the other")},
		},
		"recipe": map[string]any{"description": "the transforms of a recipe, in its place", "enum": Recipes()},
	}
	var names []map[string]any
	for _, name := range r.Names() {
		i, err := r.Info(name)
		if err != nil {
			continue // taken out since: there is no such operation
		}
		names = append(names, map[string]any{"const": name, "description": i.Summary})
		s := config.Schema(i.Default)
		delete(s, "$schema")
		delete(s, "title")
		s["description"], s["type"] = i.Summary, []string{"object", "null"}
		settings[name] = s
	}
	list["title"] = "list of transforms"
	list["$defs"] = map[string]any{
		"transforms": map[string]any{"type": "array", "items": map[string]any{"$ref": "#/$defs/transform"}},
		"transform": map[string]any{"anyOf": []any{
			map[string]any{"oneOf": names},
			map[string]any{"type": "object", "properties": settings, "additionalProperties": false, "minProperties": 1, "maxProperties": 1},
		}},
	}
	return list
}

// described is a copy of a schema with a description.
func described(schema map[string]any, text string) map[string]any {
	out := map[string]any{"description": text}
	for k, v := range schema {
		out[k] = v
	}
	return out
}

// jsonNames returns the names that encoding/json gives the fields of a struct.
func jsonNames(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		if f.IsExported() && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
