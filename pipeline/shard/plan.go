package shard

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Item is one unit of work: it becomes one row of a shard, or one [Failure].
type Item struct {
	Key   string // unique in the run, valid UTF-8; the value of the row's "key" column
	Group string // items of different groups never share a shard (a split, a schema, a frame size); may be empty
}

// Range is one shard: the items Items[Start:End] of its plan, all of one group.
type Range struct {
	Index      int // number of the shard in the plan
	Start, End int
	Group      string
}

// Len returns the number of items of the shard.
func (r Range) Len() int { return r.End - r.Start }

// Plan says which item belongs to which shard. It depends on the items, the rows per shard and the caller's fingerprint
// only, never on how many workers, processes or machines do the work, so that any of them can do any shard.
// A Plan is read-only after NewPlan and safe for concurrent use.
type Plan struct {
	// Fingerprint identifies the plan: a SHA-256, in hexadecimal, over the caller's fingerprint, the rows per shard and
	// every item in order. Two plans with the same fingerprint are the same.
	Fingerprint string
	Items       []Item  // in shard order
	Shards      []Range // Shards[i].Index == i; together they cover Items
}

// NewPlan fixes which item belongs to which shard. Groups keep the order in which they are first seen and items the
// order within their group; every shard of a group has rowsPerShard items but the last one. The fingerprint
// stands for everything else that decides the content of a row (configuration, seed, version of the format).
//
// It is an error when a key is empty, not valid UTF-8 or there twice, or when rowsPerShard is below 1. No items
// make a plan without shards. The plan does not keep the slice.
func NewPlan(items []Item, rowsPerShard int, fingerprint string) (*Plan, error) {
	if rowsPerShard < 1 {
		return nil, fmt.Errorf("shard: %d rows per shard, want at least 1", rowsPerShard)
	}
	seen := make(map[string]int, len(items))
	groups := make(map[string]int)
	var members [][]Item
	for i, it := range items {
		if it.Key == "" {
			return nil, fmt.Errorf("shard: item %d has an empty key", i)
		}
		if !utf8.ValidString(it.Key) || !utf8.ValidString(it.Group) {
			return nil, fmt.Errorf("shard: item %d: key %q, group %q: not valid UTF-8", i, it.Key, it.Group)
		}
		if j, dup := seen[it.Key]; dup {
			return nil, fmt.Errorf("shard: items %d and %d have the same key %q", j, i, it.Key)
		}
		seen[it.Key] = i
		g, ok := groups[it.Group]
		if !ok {
			g = len(members)
			groups[it.Group] = g
			members = append(members, nil)
		}
		members[g] = append(members[g], it)
	}
	p := &Plan{Items: make([]Item, 0, len(items))}
	for _, m := range members {
		base := len(p.Items)
		for start := 0; start < len(m); start += rowsPerShard {
			end := min(start+rowsPerShard, len(m))
			p.Shards = append(p.Shards, Range{Index: len(p.Shards), Start: base + start, End: base + end, Group: m[0].Group})
		}
		p.Items = append(p.Items, m...)
	}
	p.Fingerprint = p.fingerprint(rowsPerShard, fingerprint)
	return p, nil
}

func (p *Plan) fingerprint(rowsPerShard int, callers string) string {
	h := sha256.New()
	hashString(h, "shard plan 1")
	hashString(h, callers)
	hashString(h, strconv.Itoa(rowsPerShard))
	for _, it := range p.Items {
		hashString(h, it.Key)
		hashString(h, it.Group)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// hashString writes s with its length in front, so that no two lists of strings hash alike.
func hashString(h hash.Hash, s string) {
	var n [8]byte
	binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
	h.Write(n[:])
	_, _ = io.WriteString(h, s) // a hash never fails
}

// Task returns the shards of task i of n: shard s belongs to task s mod n. The tasks 0 … n-1 together have every
// shard once. It panics when i is not in [0, n).
func (p *Plan) Task(i, n int) []Range {
	if i < 0 || i >= n {
		panic(fmt.Sprintf("shard: task %d of %d", i, n))
	}
	var out []Range
	for s := i; s < len(p.Shards); s += n {
		out = append(out, p.Shards[s])
	}
	return out
}

// ItemsOf returns the items of a shard, in order. The slice belongs to the plan.
func (p *Plan) ItemsOf(r Range) []Item { return p.Items[r.Start:r.End:r.End] }

// ParseTask reads a task such as "0/3": task 0 of 3, counted from 0.
func ParseTask(s string) (i, n int, err error) {
	a, b, ok := strings.Cut(s, "/")
	if ok {
		var errA, errB error
		i, errA = strconv.Atoi(a)
		n, errB = strconv.Atoi(b)
		ok = errA == nil && errB == nil && i >= 0 && i < n
	}
	if !ok {
		return 0, 0, fmt.Errorf("shard: task %q, want I/N with 0 <= I < N, such as 0/3", s)
	}
	return i, n, nil
}

const (
	minShards     = 16       // fewer than this leave workers and resume with too coarse a grain
	maxShardBytes = 64 << 20 // raw; what is lost when a process is killed, and what one batch may hold in memory
)

// RowsPerShard returns how many rows a shard should have: so few that a set of items makes about 16 shards, that a
// shard holds at most 64 MiB of raw rows, but at least one. rowBytes is the raw size of a row; below 1 it is taken as unknown.
// The answer depends on its arguments only.
func RowsPerShard(items int, rowBytes int64) int {
	rows := int64(max(1, (items+minShards-1)/minShards))
	if rowBytes > 0 {
		rows = min(rows, max(1, maxShardBytes/rowBytes))
	}
	return int(rows)
}
