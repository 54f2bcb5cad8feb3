package pipeline

import (
	"fmt"
	"sync"
)

// flushed is the item number of what a stage makes at the end of its input.
const flushed = 1 << 52

// lane follows the items of one source through the ordered part of a graph. All
// its methods are for any goroutine; on a nil lane those that a stage or a sink
// calls do nothing.
//
// On an ordered port item numbers never fall. So a sink's progress is one number
// and a count; and a run may start again at item n if every sink has all items
// below n, and every stage with a state could be restored to what it was between
// items n-1 and n.
type lane struct {
	source *node
	every  uint64
	lost   string // why there is no position; set while the graph is built

	mu       sync.Mutex
	restored SourcePosition
	count    uint64     // items emitted, or skipped as delivered before
	cursors  []cursorAt // ascending
	absent   int        // stages that have not begun
	stuck    bool       // a stage cannot be restored to any later place
	holders  []*holder
	sinks    []*sinkState
	limit    int // log entries that cause the next forgetting
}

// cursorAt is the cursor after a number of items.
type cursorAt struct {
	items uint64
	next  any
}

func newLane(g *Graph, source *node) *lane {
	l := &lane{source: source, every: g.every, limit: 1024}
	g.lanes = append(g.lanes, l)
	return l
}

func (l *lane) lose(why string) {
	if l.lost == "" {
		l.lost = why
	}
}

// emitted logs item n, whose following cursor is next.
func (l *lane) emitted(n uint64, next any) {
	if l.lost != "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count = n + 1
	if next != nil && !l.stuck {
		l.cursors = append(l.cursors, cursorAt{n + 1, next})
		l.forget()
	}
}

// restart returns the number of items that need no more work; l.mu is held.
func (l *lane) restart() uint64 {
	if l.absent > 0 {
		return l.restored.Items // a stage could not be restored to another place yet
	}
	n := l.count
	for _, s := range l.sinks {
		if !s.best.Done {
			n = min(n, s.best.Item)
		}
	}
	for again := true; again; {
		again = false
		for _, h := range l.holders {
			if m := h.upTo(n); m < n {
				n, again = m, true
			}
		}
	}
	return n
}

// forget drops what lies before the point of restart; l.mu is held.
func (l *lane) forget() {
	entries := len(l.cursors)
	for _, h := range l.holders {
		entries += len(h.spans)
	}
	if entries < l.limit {
		return
	}
	n := l.restart()
	i := 0
	for i < len(l.cursors) && l.cursors[i].items < n {
		i++
	}
	l.cursors = append([]cursorAt(nil), l.cursors[i:]...)
	left := len(l.cursors)
	for _, h := range l.holders {
		h.forget(n)
		left += len(h.spans)
	}
	l.limit = max(1024, 2*left)
}

// holder is what a lane knows of one stage with a state.
type holder struct {
	name  string
	cur   uint64 // the item the stage works on
	spans []span
	never bool // a Flusher that does not say what it holds
}

// span is a run of places between items, [lo, hi], to which a stage can be
// restored: because it holds nothing there, or with state.
type span struct {
	lo, hi uint64
	saved  bool
	state  []byte
}

func stateful(stage any) bool {
	switch stage.(type) {
	case Holder, Saver:
		return true
	}
	return false
}

// expect counts a stage that will join.
func (l *lane) expect() {
	if l != nil {
		l.absent++
	}
}

// join is called when a stage begins. If it has a state it is restored, and
// followed from then on.
func (l *lane) join(name string, stage any, flushes bool) (*holder, error) {
	if l == nil || l.lost != "" {
		return nil, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !flushes && !stateful(stage) {
		l.absent--
		return nil, nil
	}
	at := l.restored.Items
	h := &holder{name: name, cur: at, never: !stateful(stage)}
	first := span{lo: at, hi: at}
	if saver, ok := stage.(Saver); ok {
		state, resumed := l.restored.Stages[name]
		var err error
		switch {
		case resumed:
			err = try(func() error { return saver.RestoreState(state) })
		case at > 0:
			err = fmt.Errorf("the saved position lacks its state")
		default:
			err = try(func() (err error) { state, err = saver.SaveState(); return err })
		}
		if err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
		first.saved, first.state = true, state
	}
	h.spans = []span{first}
	l.absent--
	l.stuck = l.stuck || h.never
	l.holders = append(l.holders, h)
	return h, nil
}

// note is called before a stage works on a value of item n, or passes its mark.
func (l *lane) note(h *holder, stage any, n uint64) error {
	if n <= h.cur || h.never || n >= flushed {
		return nil
	}
	next := span{lo: h.cur + 1, hi: n}
	if saver, ok := stage.(Saver); ok {
		if n/l.every == h.cur/l.every {
			h.cur = n
			return nil
		}
		var err error
		if next.state, err = saver.SaveState(); err != nil {
			return fmt.Errorf("state: %w", err)
		}
		next.saved = true
	} else if stage.(Holder).Held() != 0 {
		h.cur = n
		return nil
	}
	h.cur = n
	l.mu.Lock()
	defer l.mu.Unlock()
	h.add(next)
	l.forget()
	return nil
}

func (h *holder) add(s span) {
	if last := &h.spans[len(h.spans)-1]; !s.saved && !last.saved && last.hi+1 == s.lo {
		last.hi = s.hi
		return
	}
	h.spans = append(h.spans, s)
}

// upTo returns the last place, at most n, to which the stage can be restored.
func (h *holder) upTo(n uint64) uint64 {
	for i := len(h.spans) - 1; i >= 0; i-- {
		if s := h.spans[i]; s.lo <= n {
			return min(s.hi, n)
		}
	}
	return 0
}

func (h *holder) stateAt(n uint64) ([]byte, bool) {
	for _, s := range h.spans {
		if s.lo <= n && n <= s.hi {
			return s.state, s.saved
		}
	}
	return nil, false
}

func (h *holder) forget(n uint64) {
	i := 0
	for i < len(h.spans)-1 && h.spans[i].hi < n {
		i++
	}
	h.spans = append([]span(nil), h.spans[i:]...)
}

// sinkState is what one sink has got.
type sinkState struct {
	name     string
	lane     *lane
	restored SinkPosition
	at, best SinkPosition // this run's, and the further one of it and restored
}

// sink registers a sink; nil if its order depends on timing.
func (l *lane) sink(name string) *sinkState {
	if l == nil {
		return nil
	}
	s := &sinkState{name: name, lane: l}
	l.sinks = append(l.sinks, s)
	return s
}

// reach says that all values of items below n have passed.
func (s *sinkState) reach(n uint64) {
	if s != nil && n > s.at.Item {
		s.set(SinkPosition{Item: n})
	}
}

// delivered counts one value of item n and reports whether an earlier run has
// delivered it; if not, advance follows.
func (s *sinkState) delivered(n uint64) bool {
	if s == nil {
		return false
	}
	s.reach(n)
	if !s.at.before(s.restored) {
		return false
	}
	s.advance()
	return true
}

// advance says that the value counted last is delivered.
func (s *sinkState) advance() {
	if s != nil {
		s.set(SinkPosition{Item: s.at.Item, Values: s.at.Values + 1})
	}
}

// end says that all is delivered.
func (s *sinkState) end() {
	if s != nil {
		s.set(SinkPosition{Item: max(s.at.Item, s.best.Item), Done: true})
	}
}

func (s *sinkState) set(p SinkPosition) {
	s.at = p
	if s.lane.lost != "" {
		return
	}
	s.lane.mu.Lock()
	if s.best.before(p) {
		s.best = p
	}
	s.lane.mu.Unlock()
}
