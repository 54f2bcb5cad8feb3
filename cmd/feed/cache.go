package feed

import (
	"container/list"
	"sync"

	"github.com/apache/arrow/go/v15/arrow"
)

// cacheBytes bounds the record batches that are kept of a run whose rows cannot be read one by one: their encoded bytes, or
// their pixels where buffers are compressed.
const cacheBytes = 1 << 30

// batchID names a record batch of a run.
type batchID struct {
	file  int32
	batch int
}

// cache keeps the record batches used last. Safe for concurrent use; a batch that several ask for is loaded once.
type cache struct {
	limit int64

	mu   sync.Mutex
	held int64
	used *list.List // of *entry, the latest in front
	by   map[batchID]*list.Element
}

type entry struct {
	id    batchID
	once  sync.Once
	rec   arrow.Record
	bytes int64 // 0 while it is being loaded
	err   error
}

func newCache(limit int64) *cache {
	return &cache{limit: limit, used: list.New(), by: map[batchID]*list.Element{}}
}

// get returns a record batch and loads it where it is not kept. Nobody releases it: batches live on the Go heap, so one that is
// dropped while somebody reads it is freed after that. A failure is not kept.
func (c *cache) get(id batchID, load func() (arrow.Record, error)) (arrow.Record, error) {
	c.mu.Lock()
	at, ok := c.by[id]
	if !ok {
		at = c.used.PushFront(&entry{id: id})
		c.by[id] = at
	}
	c.used.MoveToFront(at)
	c.mu.Unlock()
	e := at.Value.(*entry)
	e.once.Do(func() {
		e.rec, e.err = load()
		c.loaded(at)
	})
	return e.rec, e.err
}

// loaded counts a batch and drops others, those used longest ago first, until all fit.
func (c *cache) loaded(at *list.Element) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := at.Value.(*entry)
	if e.err != nil {
		c.drop(at)
		return
	}
	e.bytes = 1 // so that even an empty one is told from one that is being loaded
	for _, col := range e.rec.Columns() {
		e.bytes += sizeOf(col.Data())
	}
	c.held += e.bytes
	for old := c.used.Back(); old != nil && c.held > c.limit; {
		before := old.Prev()
		if old != at && old.Value.(*entry).bytes > 0 {
			c.drop(old)
		}
		old = before
	}
}

func (c *cache) drop(at *list.Element) {
	e := c.used.Remove(at).(*entry)
	delete(c.by, e.id)
	c.held -= e.bytes
}

// sizeOf returns the bytes of an array's buffers.
func sizeOf(d arrow.ArrayData) (n int64) {
	for _, b := range d.Buffers() {
		if b != nil {
			n += int64(b.Len())
		}
	}
	for _, c := range d.Children() {
		n += sizeOf(c)
	}
	return n
}
