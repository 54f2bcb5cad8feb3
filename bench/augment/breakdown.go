package main

import (
	"encoding/json"
	"os"
	"runtime"
	"slices"
	"time"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// cost is what one part costs for one clip, on average over draws.
type cost struct {
	Part   string `json:"part"`
	Ns     int64  `json:"ns"` // of CPU time, median
	Least  int64  `json:"ns_min"`
	Bytes  int64  `json:"bytes"`
	Allocs int64  `json:"allocs"`
}

// part is something to measure; do works on draw n.
type part struct {
	name string
	do   func(n int) error
}

// drawn is how many draws the parts are averaged over.
const drawn = 512

// breakdown prints the cost of each part of the recipe as JSON: one goroutine, memory used again.
func breakdown(o options) error {
	m, err := load(o.clips)
	if err != nil {
		return err
	}
	runtime.GOMAXPROCS(1)
	views := make([]clip.View, drawn)
	for n := range views {
		if views[n], err = m.draw(n); err != nil {
			return err
		}
	}
	shape := augment.Shape{T: frames, H: size, W: size}
	color := only(views, "color_jitter", "grayscale")
	blur := only(views, "gaussian_blur")
	var whole augment.Scratch
	parts := []part{
		{"draw", func(n int) error { _, err := m.draw(n); return err }},
		{"compile", func(n int) error { _, err := augment.Default().Compile(views[n%drawn].Ops, shape); return err }},
		{"execute, geometry alone", m.executes(only(views))},
		{"execute", m.executes(views)},
		{"draw and execute", func(n int) error { return freed(m.view(n, &whole)) }},
		{"Program.Run", runs(views, shape)},
		{"Program.Run, colour alone", runs(color, shape)},
		{"Program.Run, blur alone", runs(blur, shape)},
		{"Program.Run, colour, where it is drawn", runs(some(color), shape)},
		{"Program.Run, blur, where it is drawn", runs(some(blur), shape)},
	}
	costs, err := measure(parts)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(costs)
}

// measure lets the parts take turns, so that a change in the machine's speed hits all of them, and takes medians of CPU time.
func measure(parts []part) ([]cost, error) {
	const rounds, turn = 9, 150 * time.Millisecond
	costs, times := make([]cost, len(parts)), make([][]int64, len(parts))
	for i, p := range parts {
		costs[i].Part, times[i] = p.name, nil
		if _, err := p.timed(drawn, 0); err != nil { // memory grows to what the largest draw needs
			return nil, err
		}
	}
	for range rounds {
		for i, p := range parts {
			c, err := p.timed(drawn, turn)
			if err != nil {
				return nil, err
			}
			times[i], costs[i].Bytes, costs[i].Allocs = append(times[i], c.Ns), c.Bytes, c.Allocs
		}
	}
	for i := range costs {
		slices.Sort(times[i])
		costs[i].Ns, costs[i].Least = times[i][rounds/2], times[i][0]
	}
	return costs, nil
}

// timed runs the part for all draws, again and again until the time is over.
func (p part) timed(draws int, least time.Duration) (cost, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began, busy, n := time.Now(), cpuSeconds(), 0
	for n == 0 || time.Since(began) < least {
		for range draws {
			if err := p.do(n); err != nil {
				return cost{}, err
			}
			n++
		}
	}
	spent := cpuSeconds() - busy
	runtime.ReadMemStats(&after)
	return cost{
		Part: p.name, Ns: int64(spent / float64(n) * 1e9),
		Bytes:  int64(after.TotalAlloc-before.TotalAlloc) / int64(n),
		Allocs: int64(after.Mallocs-before.Mallocs) / int64(n),
	}, nil
}

func freed(c *clip.Clip, err error) error {
	if err == nil {
		c.Release()
	}
	return err
}

// only returns the views with no ops but those named.
func only(views []clip.View, names ...string) []clip.View {
	out := slices.Clone(views)
	for n := range out {
		out[n].Ops = slices.DeleteFunc(slices.Clone(out[n].Ops), func(op clip.Op) bool { return !slices.Contains(names, op.Name) })
	}
	return out
}

// some returns the views that have ops.
func some(views []clip.View) []clip.View {
	return slices.DeleteFunc(slices.Clone(views), func(v clip.View) bool { return len(v.Ops) == 0 })
}

// executes makes view n of clip n.
func (m *memoryClips) executes(views []clip.View) func(n int) error {
	var s augment.Scratch
	return func(n int) error {
		return freed(augment.Execute(m.options, m.clips[n%len(m.clips)], views[n%len(views)], &s))
	}
}

// runs runs the ops of view n from one buffer into another; a view without ops is a copy.
func runs(views []clip.View, shape augment.Shape) func(n int) error {
	var s augment.Scratch
	programs := make([]*augment.Program, len(views))
	src, dst := make([]byte, shape.Bytes()), make([]byte, shape.Bytes())
	for i := range src {
		src[i] = byte(i * 7)
	}
	for n, v := range views {
		var err error
		if programs[n], err = augment.Default().Compile(v.Ops, shape); err != nil {
			return func(int) error { return err }
		}
	}
	return func(n int) error { return programs[n%len(programs)].Run(dst, src, &s) }
}
