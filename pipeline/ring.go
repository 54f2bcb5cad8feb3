package pipeline

import "context"

// waitingOutputs is how many outputs an input that waits for its turn may hold.
const waitingOutputs = 4

// ring puts the outputs of several workers back into the order of the inputs. An
// input takes the next slot. The worker whose slot is the oldest (the head) sends
// straight to the output; the others keep their outputs in their slots. Who ends
// the head slot moves the head on, sends what the next slots have kept, and stops
// at one whose worker is still at it, which from then on sends straight. So
// there is no collecting goroutine and no channel per item, and exactly one
// goroutine sends at any time.
type ring[T any] struct {
	out        *outlet[T] // its mutex guards all of this
	slots      []slot[T]
	head, next uint64
	marks      bool
	last       uint64                            // number last sent
	onSkip     func(in uint64, s *Skipped) error // told in order
}

type slot[T any] struct {
	kept   []packet[T]
	n      uint64 // number of the input's source item
	seq    uint64 // number of the input
	direct bool   // it is the head and its worker sends by itself
	done   bool
	sent   bool
	skip   *Skipped
}

func newRing[T any](out *outlet[T], window int, marks bool, onSkip func(uint64, *Skipped) error) *ring[T] {
	return &ring[T]{out: out, slots: make([]slot[T], window), marks: marks, onSkip: onSkip}
}

func (r *ring[T]) slot(i uint64) *slot[T] { return &r.slots[i%uint64(len(r.slots))] }

// room waits until another input may enter; false if the run stopped.
func (r *ring[T]) room(clk *clock) bool {
	o := r.out
	o.mu.Lock()
	defer o.mu.Unlock()
	for !o.stop.Load() && r.next-r.head >= uint64(len(r.slots)) {
		o.sleep(clk)
	}
	return !o.stop.Load()
}

// enter takes the next slot for input seq of source item n.
func (r *ring[T]) enter(n, seq uint64) (i uint64, direct bool) {
	r.out.mu.Lock()
	defer r.out.mu.Unlock()
	i = r.next
	r.next++
	sl := r.slot(i)
	sl.n, sl.seq, sl.direct = n, seq, i == r.head
	return i, sl.direct
}

// put hands on one output of slot i; direct is what enter or the last put said.
func (r *ring[T]) put(ctx context.Context, clk *clock, i uint64, direct bool, pk packet[T]) (bool, error) {
	o, sl := r.out, r.slot(i)
	if !direct {
		o.mu.Lock()
		for !sl.direct && !o.stop.Load() && (len(sl.kept) >= waitingOutputs || !r.fits(pk.bytes)) {
			o.sleep(clk)
		}
		switch {
		case o.stop.Load():
			o.mu.Unlock()
			o.life.release(pk.v)
			return false, context.Cause(ctx)
		case !sl.direct:
			sl.kept = append(sl.kept, pk)
			o.held += pk.bytes
			o.mu.Unlock()
			return false, nil
		}
		o.mu.Unlock()
	}
	sl.sent = true
	return true, o.send(ctx, clk, pk)
}

func (r *ring[T]) fits(bytes int64) bool {
	o := r.out
	return o.budget == 0 || o.held+o.queued.Load()+bytes <= o.budget
}

// leave ends slot i. If it is the head, it sends all that has its turn now.
func (r *ring[T]) leave(ctx context.Context, clk *clock, i uint64, skip *Skipped) error {
	o, sl := r.out, r.slot(i)
	o.mu.Lock()
	sl.done, sl.skip = true, skip
	if !sl.direct {
		o.mu.Unlock()
		return nil // whoever moves the head comes by
	}
	err := r.advance(ctx, clk, sl)
	o.mu.Unlock()
	return err
}

// advance moves the head on from sl to the first slot that is not done. o.mu is
// held on entry and exit, but not while it sends or reports, so a panic there does
// not meet a deferred Unlock.
func (r *ring[T]) advance(ctx context.Context, clk *clock, sl *slot[T]) error {
	o := r.out
	for {
		if err := r.settle(sl); err != nil {
			return err
		}
		r.head++
		if o.sleepers > 0 {
			o.moved.Broadcast()
		}
		if r.head == r.next {
			return nil
		}
		sl = r.slot(r.head)
		if err := r.empty(ctx, clk, sl); err != nil {
			return err
		}
		if !sl.done {
			sl.direct = true
			if o.sleepers > 0 {
				o.moved.Broadcast() // its worker may wait for room in the slot
			}
			return nil
		}
	}
}

// empty sends what sl has kept, until nothing is left; o.mu is held on entry and exit.
func (r *ring[T]) empty(ctx context.Context, clk *clock, sl *slot[T]) error {
	o := r.out
	for len(sl.kept) > 0 {
		batch := sl.kept
		sl.kept, sl.sent = nil, true
		o.mu.Unlock()
		var err error
		for k, pk := range batch {
			if pk.bytes != 0 {
				o.mu.Lock()
				o.held -= pk.bytes
				o.mu.Unlock()
			}
			if err != nil {
				o.life.release(pk.v)
			} else {
				err = o.send(ctx, clk, pk)
			}
			batch[k] = packet[T]{}
		}
		o.mu.Lock()
		if err != nil {
			return err
		}
		if sl.kept == nil {
			sl.kept = batch[:0]
		}
	}
	return nil
}

// settle reports the skip of a finished head slot, marks its progress and clears
// it; o.mu is held on entry and exit.
func (r *ring[T]) settle(sl *slot[T]) error {
	o := r.out
	if sl.skip != nil {
		o.mu.Unlock()
		err := r.onSkip(sl.seq, sl.skip)
		o.mu.Lock()
		if err != nil {
			return err
		}
	}
	switch {
	case sl.sent:
		r.last = sl.n
	case r.marks && sl.n > r.last:
		r.last = sl.n
		o.mark(sl.n)
	}
	*sl = slot[T]{kept: sl.kept[:0]}
	return nil
}

// drain releases what the slots have kept; all goroutines have returned.
func (r *ring[T]) drain() {
	for i := range r.slots {
		for _, pk := range r.slots[i].kept {
			r.out.life.release(pk.v)
		}
		r.slots[i].kept = nil
	}
}
