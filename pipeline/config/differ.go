package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Differences names the values in which two configurations of one type differ, with both: "optimizer.lr was 0.1, is 0.2, seed was 1, is 2". It is
// empty where they do not. Lists are compared item by item if they have equally many and these are maps.
func Differences(was, is any) (string, error) {
	a, err := tree(was)
	if err != nil {
		return "", err
	}
	b, err := tree(is)
	if err != nil {
		return "", err
	}
	var list []string
	differ("", a, b, &list)
	return strings.Join(list, ", "), nil
}

// tree returns a configuration as maps, lists and json.Numbers.
func tree(v any) (out any, err error) {
	text, err := MarshalJSON(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a seed may have more digits than a float64
	return out, d.Decode(&out)
}

func differ(path string, a, b any, list *[]string) {
	if reflect.DeepEqual(a, b) {
		return
	}
	if x, ok := a.(map[string]any); ok {
		if y, ok := b.(map[string]any); ok {
			keys := maps.Clone(x)
			maps.Copy(keys, y)
			for _, k := range slices.Sorted(maps.Keys(keys)) {
				differ(joinPath(path, k), x[k], y[k], list)
			}
			return
		}
	}
	x, y := itemsOf(a), itemsOf(b)
	if len(x) > 0 && len(x) == len(y) {
		for i := range x {
			differ(fmt.Sprintf("%s[%d]", path, i), x[i], y[i], list)
		}
		return
	}
	*list = append(*list, fmt.Sprintf("%s was %s, is %s", path, inBrief(a), inBrief(b)))
}

// itemsOf returns the items of a list of maps.
func itemsOf(v any) []any {
	list, _ := v.([]any)
	for _, item := range list {
		if _, ok := item.(map[string]any); !ok {
			return nil
		}
	}
	return list
}

// inBrief is a value as JSON, cut short.
func inBrief(v any) string {
	const most = 200
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	if len(text) > most {
		return string(text[:most]) + "…"
	}
	return string(text)
}
