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

// bar is a progress bar, shown only when its writer is a terminal.
type bar struct {
	p    *mpb.Progress
	b    *mpb.Bar
	note atomic.Pointer[string]
}

func newBar(w io.Writer, what string, total int64) *bar {
	r := &bar{}
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return r
	}
	r.p = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
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
