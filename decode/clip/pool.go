package clip

import (
	"sync"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Pool is an allocator that keeps the large buffers it gets back and hands them out again, so that a pipeline of clips of one
// size allocates no pixels once it is running. What it hands out again is not zeroed. It keeps at most Keep bytes. Safe for
// concurrent use; the zero value keeps nothing.
type Pool struct {
	Keep int64

	mu   sync.Mutex
	held int64
	free map[int][][]byte // by size
}

// pooled is the size from which buffers are worth keeping.
const pooled = 64 << 10

// Allocate implements memory.Allocator.
func (p *Pool) Allocate(size int) []byte {
	if size >= pooled {
		p.mu.Lock()
		if list := p.free[size]; len(list) > 0 {
			b := list[len(list)-1]
			list[len(list)-1] = nil
			p.free[size] = list[:len(list)-1]
			p.held -= int64(size)
			p.mu.Unlock()
			return b
		}
		p.mu.Unlock()
	}
	return memory.DefaultAllocator.Allocate(size)
}

// Reallocate implements memory.Allocator.
func (p *Pool) Reallocate(size int, b []byte) []byte {
	if len(b) == size {
		return b
	}
	if len(b) < pooled && size < pooled {
		return memory.DefaultAllocator.Reallocate(size, b)
	}
	out := p.Allocate(size)
	copy(out, b)
	p.Free(b)
	return out
}

// Free implements memory.Allocator.
func (p *Pool) Free(b []byte) {
	if len(b) < pooled {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held+int64(len(b)) > p.Keep {
		return
	}
	if p.free == nil {
		p.free = map[int][][]byte{}
	}
	p.free[len(b)] = append(p.free[len(b)], b)
	p.held += int64(len(b))
}

var _ memory.Allocator = (*Pool)(nil)
