package attack

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/sourcegraph/conc"
)

// Options say how a run goes.
type Options struct {
	Seed uint64 // of what attacks draw; with their names and the keys of samples
	// Clips keeps the clips that are found, in [Result.Adversarial]. Those of samples that were done before an earlier one are held until
	// that is done.
	Clips bool
	// Surrogate says that the network stands in for another classifier, which judges what is found: all clips are attacked, also those
	// that the network itself takes for another class, and an iterated attack makes all of its steps. Searches for the smallest
	// perturbation still end where the network is wrong.
	Surrogate bool
}

// Run attacks samples, as many at a time as fill batches, and calls each with the results in the order of the samples. samples is called
// by this goroutine, one sample after the other; a sample has to stay as it is until its result. A clip that the network takes for
// another class than its label is not attacked. An attack that leaves the ball or the range of pixels is an error.
//
// Run ends with the first error: of samples, of an attack (a panic too), of the engine, of each, or the cause of ctx. All of its
// goroutines have ended when it returns. The results do not depend on time or the number of processors; on the size of the batch they
// depend only as far as the rounding of the engine does.
func (m *Model) Run(ctx context.Context, a Attack, samples iter.Seq2[*Sample, error], o Options, each func(*Result) error) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	next, stop := iter.Pull2(samples)
	r := &lanes{m: m, attack: a, options: o, next: next, each: each,
		asked: make(chan *question), ended: make(chan *Result), held: map[int]*Result{}}
	defer func() {
		cancel(err)
		r.group.Wait()
		stop()
	}()
	r.fail = cancel
	return r.run(ctx)
}

// lanes are the samples under attack at a time, each in a goroutine of its own.
type lanes struct {
	m       *Model
	attack  Attack
	options Options
	each    func(*Result) error
	fail    context.CancelCauseFunc

	next    func() (*Sample, error, bool)
	started int // samples
	last    bool
	live    int
	waiting []*question
	rounds  int

	asked chan *question
	ended chan *Result
	group conc.WaitGroup

	held      map[int]*Result // by the number of the sample, those that an earlier one is missing before
	delivered int
}

// question is what a lane asks. There is one for each lane, whose buffers are used again.
type question struct {
	sample int // its number
	round  int // when it was asked
	x      []float32
	loss   *Loss // nil: logits alone

	value        float32
	logits, grad []float32
	done         chan struct{}
}

// run goes on until all samples are done. When all lanes wait, either one kind of question fills a batch, or another sample comes in, or
// there is none left, or so many lanes are there that some kind must fill one; so nothing depends on which lane was faster.
func (r *lanes) run(ctx context.Context) error {
	for {
		if len(r.waiting) == r.live {
			list := r.most()
			if len(list) < r.m.batch && r.live < 2*r.m.batch-1 && !r.last {
				if err := r.start(ctx); err != nil {
					return err
				}
				continue
			}
			if r.live == 0 {
				return nil
			}
			if err := r.answer(ctx, list); err != nil {
				return err
			}
		}
		select {
		case q := <-r.asked:
			q.round = r.rounds
			r.waiting = append(r.waiting, q)
		case result := <-r.ended:
			r.live--
			r.held[result.sample] = result
			if err := r.deliver(); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// start brings the next sample in, if there is one.
func (r *lanes) start(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	s, err, ok := r.next()
	switch {
	case !ok:
		r.last = true
		return nil
	case err != nil:
		return fmt.Errorf("attack: %w", err)
	}
	if err := r.m.fits(s); err != nil {
		return err
	}
	if r.options.Surrogate {
		c := *s
		c.surrogate, s = true, &c
	}
	l := &lane{lanes: r, sample: s, question: question{sample: r.started, done: make(chan struct{}, 1)}}
	r.started++
	r.live++
	r.group.Go(func() { l.run(ctx) })
	return nil
}

// most returns the questions of the kind that most lanes ask, at most a batch of them, those that were asked first before others.
func (r *lanes) most() []*question {
	slices.SortFunc(r.waiting, func(a, b *question) int {
		return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.sample, b.sample))
	})
	var gradients, logits []*question
	for _, q := range r.waiting {
		if q.loss != nil {
			gradients = append(gradients, q)
		} else {
			logits = append(logits, q)
		}
	}
	list := gradients
	if len(logits) > len(gradients) {
		list = logits
	}
	return list[:min(len(list), r.m.batch)]
}

// answer answers questions and lets their lanes go on.
func (r *lanes) answer(ctx context.Context, list []*question) error {
	room := r.m.batch
	if r.last {
		room = r.live // which does not grow any more
	}
	if err := r.m.answer(ctx, list, room); err != nil {
		return err
	}
	r.rounds++
	r.waiting = slices.DeleteFunc(r.waiting, func(q *question) bool { return slices.Contains(list, q) })
	for _, q := range list {
		q.done <- struct{}{}
	}
	return nil
}

// deliver hands on the results whose turn it is.
func (r *lanes) deliver() error {
	for {
		result, ok := r.held[r.delivered]
		if !ok {
			return nil
		}
		delete(r.held, r.delivered)
		r.delivered++
		if err := r.each(result); err != nil {
			return err
		}
	}
}
