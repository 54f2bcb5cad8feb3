package pipeline

import (
	"sync"
	"sync/atomic"
	"time"
)

// Kind is what a node of the graph is.
type Kind string

// The kinds of nodes.
const (
	KindSource Kind = "source"
	KindStage  Kind = "stage"
	KindTee    Kind = "tee"
	KindMerge  Kind = "merge"
	KindSink   Kind = "sink"
)

// StageStats are the counters of one node since the run began. The times are
// summed over its workers, each of which is always in one of the three states.
type StageStats struct {
	Name    string `json:"name"`
	Kind    Kind   `json:"kind"`
	Workers int    `json:"workers"` // working at present
	In      uint64 `json:"in"`      // values taken
	Out     uint64 `json:"out"`     // values handed on
	Skipped uint64 `json:"skipped"` // inputs given up, by policy
	Retried uint64 `json:"retried"` // further calls of Process, by policy
	// BytesIn and BytesOut count the values that know their size.
	BytesIn  int64         `json:"bytes_in"`
	BytesOut int64         `json:"bytes_out"`
	Busy     time.Duration `json:"busy_ns"`    // in the stage's own code
	Waiting  time.Duration `json:"waiting_ns"` // for input
	Blocked  time.Duration `json:"blocked_ns"` // on a full output, or for their turn
	// Queue is the number of values in the output queues, of at most QueueCap.
	Queue      int   `json:"queue"`
	QueueCap   int   `json:"queue_cap"`
	QueueBytes int64 `json:"queue_bytes"`

	longest time.Duration
}

// Load is the share of its workers' time that a stage was busy, 0 to 1.
func (s StageStats) Load() float64 {
	all := s.Busy + s.Waiting + s.Blocked
	if all <= 0 {
		return 0
	}
	return float64(s.Busy) / float64(all)
}

// meter holds the counters of one node.
type meter struct {
	in, out, skipped, retried atomic.Uint64
	bytesIn, bytesOut         atomic.Int64
	workers                   atomic.Int64

	mu     sync.Mutex
	clocks []*clock
}

// state is what a worker does; its time goes to exactly one of them.
type state int

const (
	idle state = iota // not counted
	busy
	waiting
	blocked
	states
)

var epoch = time.Now()

// clock keeps the time of one worker. Only its worker moves it; anyone reads. It
// is read at a change of state only, so a stage that never waits pays nothing.
type clock struct {
	now   state // the worker's copy
	mu    sync.Mutex
	state state
	since time.Duration
	spent [states]time.Duration
}

func (m *meter) clock() *clock {
	c := &clock{since: time.Since(epoch)}
	m.mu.Lock()
	m.clocks = append(m.clocks, c)
	m.mu.Unlock()
	return c
}

// to changes the state and returns the one before.
func (c *clock) to(s state) state {
	was := c.now
	if s == was {
		return was
	}
	c.now = s
	now := time.Since(epoch)
	c.mu.Lock()
	c.spent[c.state] += now - c.since
	c.state, c.since = s, now
	c.mu.Unlock()
	return was
}

// times returns the time in each state, the present one included.
func (c *clock) times() [states]time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.spent
	t[c.state] += time.Since(epoch) - c.since
	return t
}

// times returns the time of all workers in each state, and the longest that one
// of them has not been idle.
func (m *meter) times() (sum [states]time.Duration, longest time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.clocks {
		t := c.times()
		for s, d := range t {
			sum[s] += d
		}
		longest = max(longest, t[busy]+t[waiting]+t[blocked])
	}
	return sum, longest
}

func (m *meter) took(bytes int64) {
	m.in.Add(1)
	if bytes != 0 {
		m.bytesIn.Add(bytes)
	}
}

func (m *meter) gave(bytes int64) {
	m.out.Add(1)
	if bytes != 0 {
		m.bytesOut.Add(bytes)
	}
}

func (n *node) stats() StageStats {
	m := &n.meter
	t, longest := m.times()
	s := StageStats{
		Name: n.name, Kind: n.kind, Workers: int(m.workers.Load()),
		In: m.in.Load(), Out: m.out.Load(), Skipped: m.skipped.Load(), Retried: m.retried.Load(),
		BytesIn: m.bytesIn.Load(), BytesOut: m.bytesOut.Load(),
		Busy: t[busy], Waiting: t[waiting], Blocked: t[blocked],
		longest: longest,
	}
	for _, q := range n.queues {
		values, room, bytes := q()
		s.Queue += max(values, 0)
		s.QueueCap += room
		s.QueueBytes += max(bytes, 0)
	}
	return s
}

// Stats returns the counters of every node, in the order in which the graph was
// built. Any goroutine may call it, before, during and after the run; the numbers
// of one call are not taken at one instant, but no worker that is being moved from
// one Auto stage to another is counted twice. It takes about a microsecond per
// worker.
func (g *Graph) Stats() []StageStats {
	g.dealing.Lock()
	defer g.dealing.Unlock()
	all := make([]StageStats, len(g.nodes))
	for i, n := range g.nodes {
		all[i] = n.stats()
	}
	return all
}

// Bottleneck names the source, stage or sink that the others wait for: the one
// whose workers have been busy longest, each on average; so the one to give
// workers to or to make faster. It is empty before the run. Any goroutine may
// call it.
func (g *Graph) Bottleneck() string {
	name, most := "", 0.0
	for _, s := range g.Stats() {
		if s.Kind == KindTee || s.Kind == KindMerge {
			continue
		}
		// Not Load alone: a source that ended early was perhaps never idle.
		if l := s.Load() * float64(s.longest); l > most {
			name, most = s.Name, l
		}
	}
	return name
}
