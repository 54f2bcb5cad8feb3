package dataset_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vidcsl/decode/clip"
	"vidcsl/decode/dataset"
)

// tree writes files by their paths below a new folder. Videos are empty: nobody opens them.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// with returns files and more.
func with(files map[string]string, more ...string) map[string]string {
	all := map[string]string{}
	for name, text := range files {
		all[name] = text
	}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// without returns files but those named.
func without(files map[string]string, names ...string) map[string]string {
	all := with(files)
	for _, name := range names {
		delete(all, name)
	}
	return all
}

// list fails the test unless the part of root/d.yaml can be listed.
func list(t testing.TB, root, part string) *clip.Listing {
	t.Helper()
	l, err := dataset.List(filepath.Join(root, "d.yaml:"+part))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// wantItems fails the test unless the listing has these sources, each as NAME=CLASS, in this order.
func wantItems(t testing.TB, what string, l *clip.Listing, want ...string) {
	t.Helper()
	var got []string
	for _, it := range l.Items {
		class := "none"
		if it.Label >= 0 {
			class = l.Labels[it.Label]
		}
		got = append(got, it.Source+"="+class)
		if it.Path != filepath.Join(l.Root, filepath.FromSlash(it.Source)) {
			t.Errorf("%s: %s is at %s, below %s", what, it.Source, it.Path, l.Root)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// wantError fails the test unless the files give an error for a part that has all of these words.
func wantError(t testing.TB, files map[string]string, part string, words ...string) {
	t.Helper()
	root := tree(t, files)
	l, err := dataset.List(filepath.Join(root, "d.yaml:"+part))
	if err == nil {
		t.Errorf("%d items of %v, want an error with %q", len(l.Items), l.Labels, words)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), filepath.FromSlash(strings.ReplaceAll(w, "ROOT", root))) {
			t.Errorf("%v\nhas no %q", err, w)
		}
	}
}
