package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

const height, width = 128, 171 // of the clips in memory

// memoryClips are clips in memory with the planner that draws their views.
type memoryClips struct {
	clips   []*clip.Clip
	meta    *clip.Meta
	planner augment.Planner
	options augment.Options
}

func load(path string) (*memoryClips, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	const one = frames * height * width * clip.Channels
	if len(data) == 0 || len(data)%one != 0 {
		return nil, fmt.Errorf("%s has %d bytes, no multiple of %d", path, len(data), one)
	}
	m := &memoryClips{options: augment.Options{Alloc: &clip.Pool{Keep: 64 << 20}}}
	m.meta = &clip.Meta{Width: width, Height: height, TimeBase: clip.Rational{Num: 1, Den: 25}}
	for k := range int64(frames) {
		m.meta.Frames.PTS = append(m.meta.Frames.PTS, k)
	}
	for ; len(data) > 0; data = data[one:] {
		m.clips = append(m.clips, &clip.Clip{
			Buf: memory.NewBufferBytes(data[:one]), Frames: frames, Height: height, Width: width,
			PTS: m.meta.Frames.PTS, TimeBase: m.meta.TimeBase,
		})
	}
	m.planner, err = planner(1, augment.Planner{Sampler: clip.RandomClips{Frames: frames, Stride: 1}})
	return m, err
}

// draw draws view n.
func (m *memoryClips) draw(n int) (clip.View, error) {
	plan, err := m.planner.Draw(clip.Item{Source: "clip", Total: 1}, m.meta, n)
	if err != nil {
		return clip.View{}, err
	}
	return plan.Views[0], nil
}

// view draws and makes view n. The caller releases it.
func (m *memoryClips) view(n int, s *augment.Scratch) (*clip.Clip, error) {
	v, err := m.draw(n)
	if err != nil {
		return nil, err
	}
	return augment.Execute(m.options, m.clips[n%len(m.clips)], v, s)
}

func recipe(o options) error {
	m, err := load(o.clips)
	if err != nil {
		return err
	}
	if o.dump != "" {
		return m.dump(o.dump, o.draws)
	}
	scratch := make([]augment.Scratch, runtime.NumCPU())
	next := 0
	return serve(os.Stdin, os.Stdout, func(args []float64) (answer, error) {
		if len(args) != 2 || args[0] < 1 || int(args[0]) > len(scratch) {
			return answer{}, fmt.Errorf("%v is not THREADS, SECONDS", args)
		}
		threads, wanted := int(args[0]), time.Duration(args[1]*float64(time.Second))
		runtime.GOMAXPROCS(threads) // the garbage collector has no thread of its own either
		if _, err := m.run(scratch[:threads], next, wanted/10); err != nil {
			return answer{}, err
		}
		next += 1 << 20
		return m.run(scratch[:threads], next, wanted)
	})
}

// run makes views for a while, from the given one on, with one goroutine for each scratch.
func (m *memoryClips) run(scratch []augment.Scratch, first int, wanted time.Duration) (answer, error) {
	began, busy := time.Now(), cpuSeconds()
	done, errs := make([]int, len(scratch)), make([]error, len(scratch))
	var wg sync.WaitGroup
	for i := range scratch {
		wg.Go(func() {
			for n := 0; time.Since(began) < wanted; n++ {
				c, err := m.view(first+i+n*len(scratch), &scratch[i])
				if err != nil {
					errs[i] = err
					return
				}
				c.Release()
				done[i] = n + 1
			}
		})
	}
	wg.Wait()
	a := answer{Wall: time.Since(began).Seconds(), CPU: cpuSeconds() - busy}
	for i := range done {
		if errs[i] != nil {
			return a, errs[i]
		}
		a.Done += done[i]
	}
	return a, nil
}

func (m *memoryClips) dump(path string, draws int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	var s augment.Scratch
	for n := range draws {
		c, err := m.view(n, &s)
		if err != nil {
			return err
		}
		_, err = w.Write(c.Bytes())
		c.Release()
		if err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}
