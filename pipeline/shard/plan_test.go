package shard

import (
	"fmt"
	"testing"
)

func TestPlanKeepsGroupsApart(t *testing.T) {
	items := []Item{{"a", "x"}, {"b", "y"}, {"c", "x"}, {"d", "x"}, {"e", "y"}, {"f", "x"}}
	p, err := NewPlan(items, 2, "f")
	if err != nil {
		t.Fatal(err)
	}
	want := "[{a x} {c x} {d x} {f x} {b y} {e y}] [{0 0 2 x} {1 2 4 x} {2 4 6 y}]"
	if got := fmt.Sprint(p.Items, p.Shards); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := p.ItemsOf(p.Shards[1]); fmt.Sprint(got) != "[{d x} {f x}]" {
		t.Errorf("items of shard 1: %v", got)
	}
}

func TestPlanFingerprint(t *testing.T) {
	base := []Item{{"a", ""}, {"b", ""}}
	seen := map[string]string{}
	for name, p := range map[string]struct {
		items []Item
		rows  int
		fp    string
	}{
		"base":        {base, 2, "f"},
		"rows":        {base, 1, "f"},
		"fingerprint": {base, 2, "g"},
		"order":       {[]Item{{"b", ""}, {"a", ""}}, 2, "f"},
		"group":       {[]Item{{"a", ""}, {"b", "x"}}, 2, "f"},
		"boundary":    {[]Item{{"ab", ""}, {"c", ""}}, 2, "f"},
		"boundary 2":  {[]Item{{"a", "b"}, {"c", ""}}, 2, "f"},
		"none":        {nil, 2, "f"},
	} {
		plan, err := NewPlan(p.items, p.rows, p.fp)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := NewPlan(p.items, p.rows, p.fp)
		if again.Fingerprint != plan.Fingerprint {
			t.Errorf("%s: the fingerprint changes", name)
		}
		if other, dup := seen[plan.Fingerprint]; dup {
			t.Errorf("%s and %s have the same fingerprint", name, other)
		}
		seen[plan.Fingerprint] = name
	}
}

func TestPlanErrors(t *testing.T) {
	_, err := NewPlan([]Item{{"a", "x"}, {"b", "x"}, {"a", "y"}}, 1, "")
	wantError(t, err, "items 0 and 2", `"a"`)
	_, err = NewPlan([]Item{{"a", ""}, {"", ""}}, 1, "")
	wantError(t, err, "item 1", "empty key")
	_, err = NewPlan([]Item{{"a\xff", ""}}, 1, "")
	wantError(t, err, "item 0", "UTF-8")
	_, err = NewPlan([]Item{{"a", ""}}, 0, "")
	wantError(t, err, "0 rows per shard")
}

func TestTasksCoverThePlan(t *testing.T) {
	p := testPlan(t, 103)
	for _, n := range []int{1, 2, 3, 7, 1000} {
		seen := make(map[int]int)
		for i := range n {
			for _, r := range p.Task(i, n) {
				if r != p.Shards[r.Index] || r.Index%n != i {
					t.Fatalf("task %d/%d has %+v", i, n, r)
				}
				seen[r.Index]++
			}
		}
		if len(seen) != len(p.Shards) {
			t.Errorf("%d tasks do %d of %d shards", n, len(seen), len(p.Shards))
		}
	}
}

func TestParseTask(t *testing.T) {
	if i, n, err := ParseTask("2/3"); i != 2 || n != 3 || err != nil {
		t.Errorf("%d/%d, %v", i, n, err)
	}
	for _, s := range []string{"", "1", "3/3", "-1/3", "0/0", "a/b", "0/3/4", " 0/3", "0/-1"} {
		_, _, err := ParseTask(s)
		wantError(t, err, fmt.Sprintf("%q", s), "I/N")
	}
}

func TestRowsPerShard(t *testing.T) {
	for _, c := range []struct {
		items    int
		rowBytes int64
		want     int
	}{
		{0, 100, 1}, {1, 100, 1}, {16, 100, 1}, {17, 100, 2}, {160, 100, 10},
		{1 << 20, 600_000, 111},    // 64 MiB of 600 kB rows
		{1 << 20, 100 << 20, 1},    // a row above the limit
		{1 << 20, 0, 1 << 16},      // unknown size
		{1000, 1, 63}, {60, -5, 4}, // 15 or 16 shards
	} {
		if got := RowsPerShard(c.items, c.rowBytes); got != c.want {
			t.Errorf("RowsPerShard(%d, %d) = %d, want %d", c.items, c.rowBytes, got, c.want)
		}
	}
}

func TestParseCompression(t *testing.T) {
	for _, name := range CompressionNames() {
		c, err := ParseCompression(name)
		if err != nil || c.String() != name {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	_, err := ParseCompression("gzip")
	wantError(t, err, `"gzip"`, "raw, lz4, zstd")
}
