package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Position says how far a run has come: of each source, from which item on work
// is to be repeated, and of each sink, which values have been delivered. It is
// plain data, written and read by encoding/json.
type Position struct {
	// Graph is a fingerprint of the names and joints of the graph. Numbers of
	// workers and other options are not part of it.
	Graph   string                    `json:"graph"`
	Sources map[string]SourcePosition `json:"sources"`
}

// SourcePosition is the part of a Position that descends from one source.
type SourcePosition struct {
	// Items is the number of items from the start that need no more work.
	Items uint64 `json:"items"`
	// Cursor is where FromState continues: the cursor after those items.
	Cursor json.RawMessage `json:"cursor,omitempty"`
	// Stages are the states of the Savers after those items.
	Stages map[string][]byte `json:"stages,omitempty"`
	// Sinks say what has been delivered.
	Sinks map[string]SinkPosition `json:"sinks"`
}

// SinkPosition is what one sink has got: all values of source items below Item,
// the first Values ones of Item, and everything if Done. (A value that a stage
// made at the end of the input, in Flush, counts as one of item 1<<52.)
type SinkPosition struct {
	Item   uint64 `json:"item"`
	Values uint64 `json:"values"`
	Done   bool   `json:"done,omitempty"`
}

// before reports whether p is less far than q.
func (p SinkPosition) before(q SinkPosition) bool {
	switch {
	case p.Done || q.Done:
		return !p.Done
	case p.Item != q.Item:
		return p.Item < q.Item
	}
	return p.Values < q.Values
}

// Position returns what has been delivered up to now. Any goroutine may call it,
// during the run and after its end, however it ended. A graph with the same
// stages that is given it by Resume delivers exactly the values that are missing,
// in the same order: items in flight, and those held back by a stage, are worked
// on again; what a sink already has is dropped before it. So it is exact if the
// stages are deterministic, at whatever number of workers. A sink's work must be
// stored together with the position, or in a way that bears repetition, since
// what is delivered after the last save is delivered again.
//
// The error is ErrNoPosition on a graph with Unordered or Merge, whose order
// depends on timing, or that of encoding a cursor.
func (g *Graph) Position() (Position, error) {
	p := Position{Graph: g.fingerprint(), Sources: map[string]SourcePosition{}}
	for _, l := range g.lanes {
		sp, err := l.position()
		if err != nil {
			return Position{}, err
		}
		p.Sources[l.source.name] = sp
	}
	return p, nil
}

// Resume makes Run continue from p. It is called before Run, on a graph with the
// same names and joints as the one p comes from; anything else is an error of Run.
func (g *Graph) Resume(p Position) { g.resume = &p }

func (g *Graph) restore(p Position) error {
	if want := g.fingerprint(); p.Graph != want {
		return fmt.Errorf("pipeline: the saved position is of another graph (%s, this one is %s)", p.Graph, want)
	}
	for _, l := range g.lanes {
		sp, ok := p.Sources[l.source.name]
		if !ok {
			return fmt.Errorf("pipeline: the saved position lacks source %q", l.source.name)
		}
		if l.lost != "" {
			return fmt.Errorf("%w: %s", ErrNoPosition, l.lost)
		}
		for _, s := range l.sinks {
			at, ok := sp.Sinks[s.name]
			if !ok {
				return fmt.Errorf("pipeline: the saved position lacks sink %q", s.name)
			}
			s.restored, s.best = at, at
		}
		l.restored, l.count = sp, sp.Items
		if len(sp.Cursor) > 0 {
			l.cursors = []cursorAt{{sp.Items, sp.Cursor}}
		}
	}
	return nil
}

// fingerprint is the same for graphs with the same names and joints.
func (g *Graph) fingerprint() string {
	var b strings.Builder
	for _, n := range g.nodes {
		fmt.Fprintf(&b, "%s %q", n.kind, n.name)
		for _, from := range n.from {
			fmt.Fprintf(&b, " %q", from.name)
		}
		b.WriteByte('\n')
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:8])
}

// position returns the lane's part of a Position.
func (l *lane) position() (SourcePosition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != "" {
		return SourcePosition{}, fmt.Errorf("%w: %s", ErrNoPosition, l.lost)
	}
	sp := SourcePosition{Items: l.restart(), Sinks: map[string]SinkPosition{}}
	for _, s := range l.sinks {
		sp.Sinks[s.name] = s.best
	}
	for _, h := range l.holders {
		if state, ok := h.stateAt(sp.Items); ok {
			if sp.Stages == nil {
				sp.Stages = map[string][]byte{}
			}
			sp.Stages[h.name] = state
		}
	}
	// A Saver that has not begun has the state it was restored with.
	for _, name := range slices.Sorted(maps.Keys(l.restored.Stages)) {
		if !slices.ContainsFunc(l.holders, func(h *holder) bool { return h.name == name }) {
			if sp.Stages == nil {
				sp.Stages = map[string][]byte{}
			}
			sp.Stages[name] = l.restored.Stages[name]
		}
	}
	i, ok := slices.BinarySearchFunc(l.cursors, sp.Items, func(c cursorAt, n uint64) int {
		return int(int64(c.items) - int64(n))
	})
	if !ok || l.cursors[i].next == nil {
		return sp, nil
	}
	var err error
	if sp.Cursor, err = json.Marshal(l.cursors[i].next); err != nil {
		return SourcePosition{}, fmt.Errorf("pipeline: cursor of source %q: %w", l.source.name, err)
	}
	return sp, nil
}
