package cmd

import (
	"io"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
)

// aboveBar is the standard error of every command: it writes lines above a progress bar, which would be drawn over them otherwise;
// where none is shown, as they come. It is safe for concurrent use if its writer is.
type aboveBar struct {
	w    io.Writer
	bars atomic.Pointer[mpb.Progress] // nil: none is shown
}

// show says which bar is shown from now on.
func (a *aboveBar) show(b *bar) { a.bars.Store(b.p) }

// Write implements io.Writer.
func (a *aboveBar) Write(line []byte) (int, error) {
	if p := a.bars.Load(); p != nil {
		if n, err := p.Write(line); err == nil {
			return n, nil
		} // the bar has ended
	}
	return a.w.Write(line)
}
