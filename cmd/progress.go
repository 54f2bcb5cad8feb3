package cmd

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// bar is a progress bar.
type bar struct {
	p    *mpb.Progress
	b    *mpb.Bar
	note atomic.Pointer[string]
}

// newBar shows a bar on a command's standard error if that is a terminal. What is written there from then on comes above it.
func newBar(stderr io.Writer, what string, total int64) *bar {
	r := &bar{}
	above, ok := stderr.(*aboveBar)
	if !ok {
		return r
	}
	f, ok := above.w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return r
	}
	r.p = mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))
	above.show(r)
	r.b = r.p.AddBar(total,
		mpb.PrependDecorators(decor.CountersNoUnit("%d/%d "+what)),
		mpb.AppendDecorators(decor.AverageSpeed(0, "%.1f "+what+"/s  "), decor.Any(func(decor.Statistics) string {
			if s := r.note.Load(); s != nil {
				return *s
			}
			return ""
		})))
	return r
}

// shown reports whether there is a terminal to show it on.
func (r *bar) shown() bool { return r.b != nil }

func (r *bar) set(done int64, note string) {
	if r.b != nil {
		r.note.Store(&note)
		r.b.SetCurrent(done)
	}
}

// stop leaves the bar as it is and waits for it to be drawn.
func (r *bar) stop() {
	if r.b != nil {
		r.b.Abort(false)
		r.p.Wait()
	}
}

// follow polls until the function it returns is called, which waits for the poller to end.
func (r *bar) follow(poll func() (done int64, note string)) (stop func()) {
	if r.b == nil {
		return func() {}
	}
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(200 * time.Millisecond)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				r.set(poll())
			case <-quit:
				r.set(poll())
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-ended
		r.stop()
	}
}
