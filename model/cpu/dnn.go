//go:build cgo && !nodnnl

package cpu

import (
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// kernels is the backend of package dnn. Activations stay in the layout that convolutions want, channels in blocks, through
// everything that has a kernel for it; weights are packed once per step for each kernel that wants them in its own way.
type kernels struct {
	options Options
	block   int
	thread  *dnn.Thread
	convs   map[dnn.Conv]conv // by what was asked for
	packs   []pack            // of format.Pack - 1
	folds   map[fold][2]int
	owned   []*dnn.Primitive
}

// pack is a layout of weights.
type pack struct {
	layout *dnn.Layout
	dims   []int
}

// newBackend opens the library.
func newBackend(o Options) (backend, error) {
	if err := dnn.Load(); err != nil {
		return nil, err
	}
	return &kernels{options: o, block: dnn.Block(), convs: map[dnn.Conv]conv{}, folds: map[fold][2]int{}}, nil
}

// spin returns what the environment must say about oneDNN's threads when the process starts; "" if that makes no difference.
func spin() string {
	if dnn.Late() {
		return dnn.Spin
	}
	return ""
}

// start implements [backend].
func (k *kernels) start() (err error) {
	k.thread, err = dnn.NewThread(k.options.Threads)
	return err
}

// close implements [backend].
func (k *kernels) close() {
	for _, p := range k.owned {
		p.Free()
	}
	for _, p := range k.packs {
		p.layout.Free()
	}
	k.owned, k.packs = nil, nil
	if k.thread != nil {
		k.thread.Free()
		k.thread = nil
	}
}

// activations is the format of what lies between convolutions.
func (k *kernels) activations() format { return format{Block: k.block, BF16: k.options.BF16} }

// bytes implements [backend].
func (k *kernels) bytes(t op.Type, f format) int {
	if f.Pack > 0 {
		return k.packs[f.Pack-1].layout.Bytes()
	}
	return elements(t, f) * f.width()
}

// width returns the bytes of an element.
func (f format) width() int {
	if f.BF16 {
		return 2
	}
	return 4
}

// elements returns the number of elements, with those that fill the last block.
func elements(t op.Type, f format) int {
	if f.Block == 0 {
		return t.Len()
	}
	n, c, s := extent(t)
	return n * ((c + f.Block - 1) / f.Block * f.Block) * s
}

// extent returns samples, channels and the values of one channel of one sample.
func extent(t op.Type) (n, c, s int) {
	return t.Shape[0], t.Shape[1], op.Type{Shape: t.Shape[2:]}.Len()
}

// shape returns that of a value in blocks.
func (k *kernels) shape(t op.Type, groups int, bf16 bool) *dnn.Shape {
	n, c, s := extent(t)
	return dnn.NewShape(n, c, s, k.block, groups, bf16)
}

// convert implements [backend].
func (k *kernels) convert(p *plan, v int, to format) (int, error) {
	x := p.values[v]
	from := x.format
	if from.Block == to.Block && from.Block > 0 {
		return k.cast(p, v, to), nil
	}
	if from.plain() == to.plain() { // both special: over the row-major one
		r, err := p.as(v, format{})
		if err != nil {
			return 0, err
		}
		return p.as(r, to)
	}
	s := step{name: "layout of " + x.name, class: "layout", in: []int{v}, spare: -1}
	if from.Pack+to.Pack > 0 {
		return k.reorder(p, s, x.typ, from, to)
	}
	if from.Block == to.Block {
		return k.cast(p, v, to), nil
	}
	at, d, f := len(p.values), k.shape(x.typ, 1, from.BF16 || to.BF16), (*dnn.Shape).BlockOut
	if to.Block > 0 {
		f = (*dnn.Shape).BlockIn
	}
	s.bind = func(b *binding) (func() error, error) {
		from, to := b.pointer(v), b.pointer(at)
		return func() error { f(d, from, to); return nil }, nil
	}
	return p.emit(s, x.typ, to), nil
}

// cast adds the step that changes the type alone.
func (k *kernels) cast(p *plan, v int, to format) int {
	x := p.values[v]
	at, n, f := len(p.values), elements(x.typ, to), dnn.FromBF16
	if to.BF16 {
		f = dnn.ToBF16
	}
	bind := func(b *binding) (func() error, error) {
		from, to := b.pointer(v), b.pointer(at)
		return func() error { f(from, to, n); return nil }, nil
	}
	return p.emit(step{name: "type of " + x.name, class: "layout", in: []int{v}, spare: -1, bind: bind}, x.typ, to)
}

// reorder adds the step that packs weights, or unpacks their gradient.
func (k *kernels) reorder(p *plan, s step, t op.Type, from, to format) (int, error) {
	packed := k.packs[max(from.Pack, to.Pack)-1]
	plain, err := dnn.NewLayout(packed.dims, false, 0)
	if err != nil {
		return 0, err
	}
	defer plain.Free()
	a, b := plain, packed.layout
	if from.Pack > 0 {
		a, b = b, a
	}
	prim, err := dnn.NewReorder(k.thread, a, b)
	if err != nil {
		return 0, err
	}
	k.owned = append(k.owned, prim)
	return k.primitive(p, s, prim, t, to, false), nil
}

// primitive adds a step that runs one; zero says that its scratch memory must be zero.
func (k *kernels) primitive(p *plan, s step, prim *dnn.Primitive, t op.Type, f format, zero bool) int {
	if n := prim.Scratch(); n > 0 {
		s.spare = p.add(value{name: "scratch of " + s.name, typ: op.Of(op.U8, n)})
	}
	at := len(p.values)
	s.bind = func(b *binding) (func() error, error) {
		var second unsafe.Pointer
		if len(s.in) > 1 {
			second = b.pointer(s.in[1])
		}
		first, out, scratch := b.pointer(s.in[0]), b.pointer(at), b.spare(s)
		if s.spare >= 0 && zero { // it takes some of its scratch memory for zero
			spare := b.bytes(s.spare)
			return func() error { clear(spare); return prim.Run(first, second, nil, out, scratch) }, nil
		}
		return func() error { return prim.Run(first, second, nil, out, scratch) }, nil
	}
	return p.emit(s, t, f)
}

var _ backend = (*kernels)(nil)
