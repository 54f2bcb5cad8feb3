package shard

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// verifyAfter damages a run and returns what Verify says about it.
func verifyAfter(t *testing.T, damage func(dir string, m *Manifest)) *Report {
	t.Helper()
	dir := t.TempDir()
	p := testPlan(t, 33)
	fillAll(t, dir, p, Options{})
	m, err := ReadManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	damage(dir, m)
	r, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifyFindsDamage(t *testing.T) {
	edit := func(dir, name string, fn func(string) string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(t, path, fn(string(b)))
	}
	store := func(dir string, m *Manifest) {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, manifestName), string(b))
	}
	for name, c := range map[string]struct {
		damage func(dir string, m *Manifest)
		want   []string // parts of the problems
	}{
		"missing part":     {func(d string, m *Manifest) { os.Remove(filepath.Join(d, m.Entries[0].File)) }, []string{"no such file"}},
		"missing sidecar":  {func(d string, m *Manifest) { os.Remove(filepath.Join(d, m.Entries[1].FailuresFile)) }, []string{"no such file"}},
		"missing failures": {func(d string, m *Manifest) { os.Remove(filepath.Join(d, failuresName)) }, []string{"missing"}},
		"short part": {func(d string, m *Manifest) {
			edit(d, m.Entries[0].File, func(s string) string { return s[:100] })
		}, []string{"100 bytes", "truncated"}},
		"flipped pixel": {func(d string, m *Manifest) {
			edit(d, m.Entries[0].File, func(s string) string { return s[:900] + string(s[900]^1) + s[901:] })
		}, []string{"SHA-256"}},
		"swapped shards": {func(d string, m *Manifest) {
			a, b := m.Entries[2], m.Entries[4]
			m.Entries[2].Rows, m.Entries[2].Bytes, m.Entries[2].SHA256 = b.Rows, b.Bytes, b.SHA256
			m.Entries[4].Rows, m.Entries[4].Bytes, m.Entries[4].SHA256 = a.Rows, a.Bytes, a.SHA256
			x, y := filepath.Join(d, a.File), filepath.Join(d, b.File)
			os.Rename(x, x+".x")
			os.Rename(y, x)
			os.Rename(x+".x", y)
			store(d, m)
		}, []string{"not the 5 planned"}},
		"one shard twice": {func(d string, m *Manifest) {
			a, b := &m.Entries[2], &m.Entries[4]
			b.Rows, b.Bytes, b.SHA256, b.Keys = a.Rows, a.Bytes, a.SHA256, a.Keys
			edit(d, b.File, func(string) string {
				c, _ := os.ReadFile(filepath.Join(d, a.File))
				return string(c)
			})
			store(d, m)
		}, []string{"is also in shard 2"}},
		"extra part": {func(d string, m *Manifest) {
			write(t, filepath.Join(d, "part-00000-of-00099.arrow"), "x")
		}, []string{"not in the manifest"}},
		"other failures": {func(d string, m *Manifest) {
			if err := WriteFailures(filepath.Join(d, failuresName), []Failure{{Key: "x"}}); err != nil {
				t.Fatal(err)
			}
		}, []string{"1 failures that are not the sum"}},
		"two at once": {func(d string, m *Manifest) {
			os.Remove(filepath.Join(d, m.Entries[0].File))
			os.Remove(filepath.Join(d, m.Entries[2].File))
		}, []string{"part-00000", "part-00002"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := verifyAfter(t, c.damage)
			b, err := json.Marshal(r.Problems)
			if err != nil {
				t.Fatal(err)
			}
			if r.OK || len(r.Problems) == 0 {
				t.Fatalf("found nothing: %+v", r)
			}
			for _, part := range c.want {
				if !strings.Contains(string(b), part) {
					t.Errorf("%s\ndoes not say %q", b, part)
				}
			}
		})
	}
}

func TestVerifyIncompleteRun(t *testing.T) {
	dir := t.TempDir()
	p := testPlan(t, 33)
	fillAll(t, dir, p, Options{Task: 0, Tasks: 2})
	write(t, filepath.Join(dir, PartName(3, len(p.Shards))), "whatever")
	r, err := Verify(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK || r.Complete || len(r.Missing) != 4 || r.Missing[0] != 1 || len(r.Unlisted) != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := Verify(t.TempDir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a manifest: %v", err)
	}
}
