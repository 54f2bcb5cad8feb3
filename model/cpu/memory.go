package cpu

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// memory is a block outside Go's heap, so that C may keep pointers into it and the collector does not count it.
type memory []byte

// newMemory returns zeros, aligned to a page.
func newMemory(bytes int) (memory, error) {
	m, err := unix.Mmap(-1, 0, max(bytes, 1), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, fmt.Errorf("%d MB of memory: %w", bytes>>20, err)
	}
	_ = unix.Madvise(m, unix.MADV_HUGEPAGE) // a wish: fewer page faults and TLB misses
	return m, nil
}

func (m memory) base() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(m)) }

// free gives the block back.
func (m memory) free() error { return unix.Munmap(m) }
