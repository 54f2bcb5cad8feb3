package clip

import (
	"fmt"
	"sync/atomic"
)

// Item is one source to take clips from, as listed by a run.
type Item struct {
	Path   string // where to open it
	Source string // how rows name it: relative to the input's root, with forward slashes
	Label  int32  // class index, -1 without a label
	First  int    // ordinal of the first clip to take
	Clips  int    // how many clips to take, of Total
	Total  int    // how many clips the source gives in the whole run
}

// Key returns the key of the source's i-th clip: unique in a run, independent of order, workers and tasks.
func (it Item) Key(i int) string { return fmt.Sprintf("%s#%d", it.Source, i) }

// Keys returns the keys of the clips the item stands for.
func (it Item) Keys() []string {
	keys := make([]string, it.Clips)
	for i := range keys {
		keys[i] = it.Key(it.First + i)
	}
	return keys
}

// ItemKey names the item in errors: the key of its clip, or of the first and last.
func (it Item) ItemKey() string {
	if it.Clips == 1 {
		return it.Key(it.First)
	}
	return fmt.Sprintf("%s#%d-%d", it.Source, it.First, it.First+it.Clips-1)
}

// Source is an opened item: it stays open until its plans are executed, so that nothing is opened twice. It is
// reference-counted; the last Release closes what it holds.
type Source struct {
	Item  Item
	Meta  *Meta
	Video any // the open decoder's handle; only the package that made it knows its type
	close func()
	refs  atomic.Int64
}

// NewSource makes a source with one reference. close runs once, when the last reference is given back.
func NewSource(it Item, m *Meta, video any, close func()) *Source {
	s := &Source{Item: it, Meta: m, Video: video, close: close}
	s.refs.Store(1)
	return s
}

// ItemKey returns the item's key.
func (s *Source) ItemKey() string { return s.Item.ItemKey() }

// Retain takes one more reference.
func (s *Source) Retain() { s.refs.Add(1) }

// Release gives one reference back.
func (s *Source) Release() {
	if s.refs.Add(-1) == 0 && s.close != nil {
		s.close()
	}
}

// Planned is a source with a plan for each of its clips. It holds a reference to the source.
type Planned struct {
	*Source
	Plans []*Plan
}

// NewPlanned retains s.
func NewPlanned(s *Source, plans []*Plan) *Planned {
	s.Retain()
	return &Planned{Source: s, Plans: plans}
}
