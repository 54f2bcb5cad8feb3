package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"syscall"
	"time"

	"vidcsl/model/train"
)

// ready says what was made.
type ready struct {
	Parameters     map[string]int `json:"parameters"`                // elements of each
	RefreshSeconds float64        `json:"refresh_seconds,omitempty"` // of a detector that learns between steps
}

// measured is the best of some steps, of each figure by itself.
type measured struct {
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"`
	PeakMB     int     `json:"peak_mb"`    // of the process since it started
	HeapBytes  uint64  `json:"heap_bytes"` // that a step allocates on Go's heap
	Steps      int     `json:"steps"`
}

// meter is told of the steps of a run, and holds it between two lines of standard input.
type meter struct {
	lines *bufio.Scanner
	out   *json.Encoder
	ready ready

	started bool
	best    measured
	steps   int // that are asked for, at least
	until   time.Time
	used    time.Duration // what the process had computed before the step
	heap    uint64        // what it had allocated
}

// Observe implements [train.Observer]. The first step warms up. At the end of the input, the error is io.EOF.
func (m *meter) Observe(r *train.Record) error {
	if m.started {
		m.best.Seconds = min(m.best.Seconds, (r.Took - r.Waited).Seconds())
		m.best.CPUSeconds = min(m.best.CPUSeconds, (cpuTime() - m.used).Seconds())
		m.best.HeapBytes = min(m.best.HeapBytes, allocated()-m.heap)
		m.best.Steps++
	}
	if m.best.Steps >= m.steps && time.Now().After(m.until) {
		if err := m.next(); err != nil {
			return err
		}
	}
	m.heap, m.used = allocated(), cpuTime()
	return nil
}

// next answers the line before and reads one.
func (m *meter) next() error {
	var answer any = m.ready
	if m.started {
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			return fmt.Errorf("step: %w", err)
		}
		m.best.PeakMB = int(usage.Maxrss >> 10)
		answer = m.best
	}
	if err := m.out.Encode(answer); err != nil {
		return err
	}
	if !m.lines.Scan() {
		return cmp.Or(m.lines.Err(), io.EOF)
	}
	var seconds float64
	if _, err := fmt.Sscan(m.lines.Text(), &m.steps, &seconds); err != nil || m.steps < 1 {
		return fmt.Errorf("step: line %q, want \"steps seconds\", at least 1 step", m.lines.Text())
	}
	m.started, m.best = true, measured{Seconds: math.Inf(1), CPUSeconds: math.Inf(1), HeapBytes: math.MaxUint64}
	m.until = time.Now().Add(time.Duration(seconds * float64(time.Second)))
	return nil
}

func allocated() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.TotalAlloc
}

// cpuTime returns the time that the process has computed. On a busy machine it says more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
