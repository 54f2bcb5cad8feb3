package cpu

import (
	"cmp"
	"slices"
	"time"
)

// Spent is the time of one kind of operation since the program was compiled or last asked.
type Spent struct {
	Class string
	Calls int
	Time  time.Duration
}

// Profile returns where the time went, the most first, and starts again. It needs Options.Profile.
func (p *Program) Profile() []Spent {
	sums := map[string]*Spent{}
	for i := range p.calls {
		c := &p.calls[i]
		s, ok := sums[c.class]
		if !ok {
			s = &Spent{Class: c.class}
			sums[c.class] = s
		}
		s.Calls += c.count
		s.Time += c.spent
		c.count, c.spent = 0, 0
	}
	list := make([]Spent, 0, len(sums))
	for _, s := range sums {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Spent) int { return cmp.Or(cmp.Compare(b.Time, a.Time), cmp.Compare(a.Class, b.Class)) })
	return list
}
