package cpu

// settle moves the steps whose results depend on nothing but state that the program does not change (fixed) to the front of the plan,
// where they run once and again after that state is set: weights are packed there, for example. It returns how many there are. Those of
// their results that other steps read, or that are held, keep their memory.
func (p *plan) settle(fixed, held []int) (n int) {
	steady := make([]bool, len(p.values))
	for _, v := range fixed {
		steady[v] = true
	}
	var first, rest []step
	for _, s := range p.steps {
		early := p.values[p.root(s.out)].home == transient
		for _, v := range s.in {
			early = early && steady[p.root(v)]
		}
		if !early {
			rest = append(rest, s)
			continue
		}
		steady[p.root(s.out)] = true
		first = append(first, s)
	}
	for _, s := range rest {
		for _, v := range s.in {
			p.keep(v, steady)
		}
	}
	for _, v := range held {
		p.keep(v, steady)
	}
	p.steps = append(first, rest...)
	return len(first)
}

// keep lets a value stay in memory if it is one of the steady.
func (p *plan) keep(v int, steady []bool) {
	if r := p.root(v); steady[r] && p.values[r].home == transient {
		p.values[r].home = kept
	}
}

// dependents returns which of the first n steps have to run again when the value v of the state changes: those that read it or what is
// made of it, and those that make what these read and what does not stay in memory.
func (p *plan) dependents(v, n int) (list []int) {
	changed := make([]bool, len(p.values))
	changed[v] = true
	again := make([]bool, n)
	for i, s := range p.steps[:n] {
		for _, in := range s.in {
			again[i] = again[i] || changed[p.root(in)]
		}
		changed[p.root(s.out)] = changed[p.root(s.out)] || again[i]
	}
	needed := make([]bool, len(p.values))
	for i := n - 1; i >= 0; i-- {
		s := p.steps[i]
		if again[i] = again[i] || needed[p.root(s.out)]; !again[i] {
			continue
		}
		list = append(list, i)
		for _, in := range s.in {
			if r := p.root(in); p.values[r].home == transient {
				needed[r] = true
			}
		}
	}
	return list
}
