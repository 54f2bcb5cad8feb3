package cpu

// memoryOf gives every value its place and returns the size of the memory: first the state and what stays, then the arena, in which
// values take each other's place as soon as they are not needed any more. held are values that are read after the last step.
func (p *plan) memoryOf(held []int) (bytes int) {
	last := p.lastReads(held)
	p.mergeInPlace(last)
	for v := range p.values {
		p.values[v].same = p.root(v)
	}
	first := p.firstWrites()
	var blocks []block
	var owners []int
	for v := range p.values {
		x := &p.values[v]
		switch {
		case x.same != v:
		case x.home.stays():
			x.offset = bytes
			bytes += roundUp(x.bytes)
		default:
			blocks = append(blocks, block{From: first[v], To: max(first[v], last[v]), Bytes: x.bytes})
			owners = append(owners, v)
		}
	}
	total := place(blocks)
	for i, v := range owners {
		p.values[v].offset = bytes + blocks[i].Offset
	}
	return bytes + total
}

// root returns the value whose memory v has.
func (p *plan) root(v int) int {
	for p.values[v].same != v {
		v = p.values[v].same
	}
	return v
}

// lastReads returns, for every value that has memory, the last step that reads it or something that shares it; -1: none.
func (p *plan) lastReads(held []int) []int {
	last := make([]int, len(p.values))
	for v := range last {
		last[v] = -1
	}
	for i, s := range p.steps {
		for _, v := range s.in {
			last[p.root(v)] = i
		}
		if s.spare >= 0 {
			last[s.spare] = i
		}
	}
	for _, v := range held {
		last[p.root(v)] = len(p.steps)
	}
	return last
}

// firstWrites returns, for every value that has memory, the step that writes it first; 0 for what is there before.
func (p *plan) firstWrites() []int {
	first := make([]int, len(p.values))
	for v := range first {
		first[v] = -1
	}
	for v, x := range p.values {
		if x.home != transient {
			first[p.root(v)] = 0
		}
	}
	for i, s := range p.steps {
		if r := p.root(s.out); first[r] < 0 {
			first[r] = i
		}
		if s.spare >= 0 {
			first[s.spare] = i
		}
	}
	return first
}

// mergeInPlace lets results take the memory of an operand that nobody reads later.
func (p *plan) mergeInPlace(last []int) {
	for i, s := range p.steps {
		out := p.values[s.out]
		if p.root(s.out) != s.out || out.home.stays() {
			continue // has its place
		}
		for _, k := range s.reuse {
			v := s.in[k]
			r := p.root(v)
			if in := p.values[v]; p.values[r].home.stays() || last[r] != i || in.format != out.format || in.bytes != out.bytes ||
				in.typ.DType != out.typ.DType {
				continue
			}
			p.values[s.out].same = r
			last[r] = max(i, last[s.out])
			break
		}
	}
}
