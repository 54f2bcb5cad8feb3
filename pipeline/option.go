package pipeline

import (
	"fmt"
	"runtime"
)

// Auto as a number of workers lets the engine choose: see Workers.
const Auto = -1

// Option changes one stage.
type Option func(*config)

type config struct {
	workers   int
	window    int
	budget    int64
	unordered bool
	policy    Policy
	size      any // func(T) int64
	errs      []error
}

// Workers sets how many inputs a stage works on at once; the default is 1. The
// output does not depend on it. With Auto the engine starts the stage with a fair
// share of GOMAXPROCS workers and then, by measurement, moves workers to the
// stage that the others wait for. A stage that holds values back stays at one.
func Workers(n int) Option {
	return func(c *config) {
		if n < 1 && n != Auto {
			c.errs = append(c.errs, fmt.Errorf("Workers(%d): want at least 1, or Auto", n))
			n = 1
		}
		c.workers = n
	}
}

// Window sets how many inputs may be in an ordered stage at once, being worked on
// or waiting for their turn; the default is twice the workers. An input that
// waits for its turn holds at most four outputs. The output queue of any stage
// holds Window values too, at most 64.
func Window(n int) Option {
	return func(c *config) {
		if n < 1 {
			c.errs = append(c.errs, fmt.Errorf("Window(%d): want at least 1", n))
			n = 1
		}
		c.window = n
	}
}

// Unordered delivers outputs as they come. It takes away the guarantee that the
// output does not depend on the number of workers, and the graph has no Position.
func Unordered() Option { return func(c *config) { c.unordered = true } }

// Budget bounds the bytes of the outputs that a stage has finished and the next
// one has not yet taken, beside the bound on their number. A value that is next
// in order passes even if it is larger than the whole budget, once the queue is
// empty; so the peak is the budget plus one value. Values must be Sizers, or
// SizeBy says their size.
func Budget(bytes int64) Option {
	return func(c *config) {
		if bytes < 1 {
			c.errs = append(c.errs, fmt.Errorf("Budget(%d): want at least 1 byte", bytes))
			bytes = 0
		}
		c.budget = bytes
	}
}

// SizeBy measures the outputs of a stage, for values that are not Sizers.
func SizeBy[T any](f func(v T) int64) Option { return func(c *config) { c.size = f } }

// OnError says what happens when Process fails or panics; the default is Fail.
func OnError(p Policy) Option {
	return func(c *config) {
		if p.retries < 0 || p.max < 0 || p.max > 1 {
			c.errs = append(c.errs, fmt.Errorf("OnError: retries %d, share %g: want retries >= 0 and a share of 0 to 1", p.retries, p.max))
		}
		c.policy = p
	}
}

// Policy is what a stage does about an input on which Process failed.
//
// Under any policy but Fail, the outputs of one input are kept until Process has
// returned nil and dropped if it has not, so an input is delivered wholly or not
// at all. That costs the memory of all outputs of one input per worker. The stage
// is used on after a failure or a panic, so either must leave it usable.
type Policy struct {
	retries int
	skip    bool
	max     float64 // largest share of skips; 0 means no limit
	limited bool
}

var (
	// Fail ends the run with the error.
	Fail = Policy{}
	// Skip drops the input and reports it to OnSkip and the counters.
	Skip = Policy{skip: true}
)

// Retry calls Process again, up to n more times, with the same input and at once.
// If it fails each time, the run ends with the last error; see ThenSkip.
func Retry(n int) Policy { return Policy{retries: n} }

// ThenSkip skips an input whose retries have all failed, instead of failing.
func (p Policy) ThenSkip() Policy { p.skip = true; return p }

// Max ends the run with ErrTooManySkips when more than share of the inputs (0 to
// 1) have been skipped: of all at the end of the input, and of those so far from
// the 1,000th on. On an ordered stage the decision does not depend on timing.
func (p Policy) Max(share float64) Policy {
	p.max, p.limited = share, true
	return p
}

// buffers reports whether outputs wait for the end of Process.
func (p Policy) buffers() bool { return p.skip || p.retries > 0 }

// early is the number of inputs from which the share of skips is checked while
// the stage still runs.
const early = 1000

// exceeded reports whether skipped of in inputs are more than p allows.
func (p Policy) exceeded(skipped, in uint64) bool {
	return p.limited && float64(skipped) > p.max*float64(in)
}

func newConfig(opts []Option) config {
	c := config{workers: 1}
	for _, o := range opts {
		o(&c)
	}
	if c.window == 0 {
		c.window = 2 * c.most()
	}
	return c
}

// most is the largest number of workers the stage can have.
func (c *config) most() int {
	if c.workers == Auto {
		return runtime.GOMAXPROCS(0)
	}
	return c.workers
}

func (c *config) queue() int { return min(c.window, 64) }
