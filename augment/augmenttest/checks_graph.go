package augmenttest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/clip"
)

func (k *kit) workers(r *report) {
	f := plain()
	results := func(workers int) (out []string) {
		err := k.run(context.Background(), flow{
			footage: f, samples: 24, workers: workers, alloc: memory.DefaultAllocator,
			sink: func(s *clip.Sample) error { out = append(out, digest(s)); return nil },
		})
		r.no(err)
		return out
	}
	one := results(1)
	for _, n := range []int{2, 8} {
		if got := results(n); !slices.Equal(got, one) {
			for i := range one {
				if i >= len(got) || got[i] != one[i] {
					r.Fatalf("%d workers: sample %d differs from what one worker gives; Draw, Plan, Color and Apply are called by several goroutines at once", n, i)
				}
			}
		}
	}
}

func (k *kit) cancel(r *report) {
	f := large()
	for _, at := range []moment{{after: 0}, {after: time.Millisecond}, {after: 100 * time.Millisecond, results: 8}} {
		const tries = 3 // one late end, or two, may be the fault of a busy machine
		for try := 1; ; try++ {
			d := k.timeToStop(r, f, at)
			if d <= time.Second {
				break
			}
			if try == tries {
				r.Fatalf("cancelled after %v, the run went on for %v; so it did in %d tries", at.after, d.Round(time.Millisecond), tries)
			}
		}
	}
}

// moment is when a run is cancelled: after a time, or earlier after a number of results if there is one.
type moment struct {
	after   time.Duration
	results int
}

// timeToStop cancels an endless run and returns how long it went on.
func (k *kit) timeToStop(r *report, f *footage, m moment) time.Duration {
	cause := errors.New("augmenttest: cancelled")
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var at time.Time
	stop := sync.OnceFunc(func() { at = time.Now(); cancel(cause) })
	timer := time.AfterFunc(m.after, stop)
	defer timer.Stop()
	results := 0
	err := k.run(ctx, flow{
		footage: f, samples: -1, workers: 4, alloc: memory.DefaultAllocator,
		sink: func(*clip.Sample) error {
			if results++; results == m.results {
				stop()
			}
			return nil
		},
	})
	if !errors.Is(err, cause) {
		r.no(err)
		r.Fatalf("cancelled after %v, the run ended with: %v", m.after, err)
	}
	return time.Since(at)
}

// errSink ends a run from behind.
var errSink = errors.New("augmenttest: the results are not wanted")

func (k *kit) noLeak(r *report) {
	f := plain()
	all := func(*clip.Sample) error { return nil }
	for _, c := range []struct {
		name string
		run  func(flow) error
	}{
		{"a success", func(w flow) error { return k.run(context.Background(), w) }},
		{"a failure", func(w flow) error {
			w.sink = func(*clip.Sample) error { return errSink }
			return k.run(context.Background(), w)
		}},
		{"a cancel", func(w flow) error {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
			defer cancel()
			w.samples = -1
			return k.run(ctx, w)
		}},
		{"a view that cannot be made", func(w flow) error {
			w.footage, w.fail = film(1, 1, 1, noise), func(string, error) {}
			return k.run(context.Background(), w)
		}},
	} {
		var left []string
		for range 3 { // what others start in this process at the same time is not found three times
			before := goroutines()
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			err := c.run(flow{footage: f, samples: 16, workers: 4, alloc: mem, sink: all, fail: func(_ string, err error) { _ = err }})
			if breachOf(err) == panicked {
				r.no(err)
			}
			if n := mem.CurrentAlloc(); n != 0 {
				r.Errorf("after %s, %d bytes are not released", c.name, n)
			}
			if left = leftOver(before); len(left) == 0 {
				break
			}
		}
		if len(left) > 0 {
			r.Fatalf("after %s, %d goroutines are left, such as\n%s", c.name, len(left), left[0])
		}
	}
}
