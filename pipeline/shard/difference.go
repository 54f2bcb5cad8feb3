package shard

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxDifferences is how many differing configuration keys an error names.
const maxDifferences = 8

// sameRun says whether the manifest found in the directory and the wanted one describe the same run. The error is
// ErrOtherRun and says what differs.
func sameRun(then, now *Manifest) error {
	var diff []string
	note := func(what string, a, b any) {
		if a != b {
			diff = append(diff, fmt.Sprintf("%s: %v then, %v now", what, a, b))
		}
	}
	note("tool", then.Tool, now.Tool)
	note("compression", then.Compression, now.Compression)
	note("items", then.Items, now.Items)
	note("shards", then.Shards, now.Shards)
	diff = append(diff, configDifferences(then.Config, now.Config)...)
	if len(diff) == 0 && then.Fingerprint != now.Fingerprint {
		diff = append(diff, "the items, their order, or what is fingerprinted beside the configuration")
	}
	if len(diff) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrOtherRun, strings.Join(diff, "; "))
}

func configDifferences(then, now json.RawMessage) []string {
	if bytes.Equal(then, now) {
		return nil
	}
	a, b := make(map[string]string), make(map[string]string)
	flatten(a, "config", decodeTree(then))
	flatten(b, "config", decodeTree(now))
	keys := make(map[string]struct{})
	for _, m := range []map[string]string{a, b} {
		for k := range m {
			keys[k] = struct{}{}
		}
	}
	var out []string
	more := 0
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		va, oka := a[k]
		vb, okb := b[k]
		switch {
		case oka && okb && va == vb:
			continue
		case len(out) == maxDifferences:
			more++
			continue
		case !oka:
			va = "absent"
		case !okb:
			vb = "absent"
		}
		out = append(out, fmt.Sprintf("%s: %s then, %s now", k, va, vb))
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("and %d more configuration keys", more))
	}
	return out
}

func decodeTree(b json.RawMessage) any {
	if len(b) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if d.Decode(&tree) != nil { // was checked when it was read or made
		return nil
	}
	return tree
}

// flatten maps the path of every leaf to its JSON. Lists are leaves.
func flatten(out map[string]string, path string, tree any) {
	if m, ok := tree.(map[string]any); ok {
		for k, v := range m {
			flatten(out, path+"."+k, v)
		}
		return
	}
	if list, ok := tree.([]any); ok && path != "config" {
		for i, v := range list {
			if _, nested := v.(map[string]any); !nested { // short lists of numbers and texts are one value
				b, _ := json.Marshal(tree)
				out[path] = string(b)
				return
			}
			flatten(out, fmt.Sprintf("%s[%d]", path, i), v)
		}
		if len(list) == 0 {
			out[path] = "[]"
		}
		return
	}
	if tree == nil && path == "config" {
		return
	}
	b, _ := json.Marshal(tree) // a decoded tree always marshals
	out[path] = string(b)
}
