package synth

import (
	"sync"

	"github.com/asticode/go-astiav"
)

// quiet lowers FFmpeg's log level while at least one Render runs: libx264 writes its settings and statistics to stderr for
// every file, and FFmpeg has one level per process.
var quiet quieter

type quieter struct {
	mu     sync.Mutex
	active int
	before astiav.LogLevel
}

func (q *quieter) enter() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.active++; q.active == 1 {
		if q.before = astiav.GetLogLevel(); q.before > astiav.LogLevelWarning {
			astiav.SetLogLevel(astiav.LogLevelWarning)
		}
	}
}

// leave puts the old level back, unless somebody set another one meanwhile.
func (q *quieter) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.active--; q.active == 0 && q.before > astiav.LogLevelWarning && astiav.GetLogLevel() == astiav.LogLevelWarning {
		astiav.SetLogLevel(q.before)
	}
}
