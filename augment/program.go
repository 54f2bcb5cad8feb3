package augment

import (
	"fmt"
	"math"
	"reflect"

	"vidcsl/augment/internal/kernel"
	"vidcsl/decode/clip"
)

// opResample is the op of geometry that comes after a pixel op: a crop of the view, scaled and perhaps mirrored.
const opResample = "resample"

type resampleParams struct {
	Crop   clip.Rect `json:"crop"`
	Width  int       `json:"width"`
	Height int       `json:"height"`
	Flip   bool      `json:"flip,omitempty"`
}

// step is one op, ready to run: one of the three is set.
type step struct {
	name     string
	color    func(mean func() [3]float64) ColorMatrix
	apply    func(f *Frames) error
	resample *resampleParams
}

// Program is the ops of one view, ready to run on its decoded pixels. It is read-only and safe for concurrent use, each call
// with its own [Scratch].
type Program struct {
	steps []step
	in    Shape // zero: any
	out   Shape
}

// Scratch is the memory of one worker: programs put intermediate results there. Not safe for concurrent use; the zero value
// is ready. It grows to what the largest view needs and is then allocated no more.
type Scratch struct {
	k      kernel.Scratch
	spare  [2][]byte
	frames Frames
	local  map[reflect.Type]any // see Local
	// of the colour ops under way: the pixels, their mean once it is asked for, and the matrix so far
	pix    []byte
	mean   [3]float64
	known  bool
	before ColorMatrix
	meanOf func() [3]float64
}

// Compile prepares the ops of a view for pixels of shape in.
func (r *Registry) Compile(ops []clip.Op, in Shape) (*Program, error) {
	p := &Program{in: in, out: in, steps: make([]step, 0, len(ops))}
	for _, op := range ops {
		st, err := r.compile(op)
		if err != nil {
			return nil, err
		}
		if rs := st.resample; rs != nil {
			c := rs.Crop
			if c.X < 0 || c.Y < 0 || c.W < 1 || c.H < 1 || c.X > p.out.W-c.W || c.Y > p.out.H-c.H || min(rs.Width, rs.Height) < 1 || max(rs.Width, rs.Height) > clip.MaxSide {
				return nil, fmt.Errorf("augment: resample %+v does not fit %dx%d pixels", *rs, p.out.W, p.out.H)
			}
			p.out = Shape{in.T, rs.Height, rs.Width}
			if p.out.Bytes() > clip.MaxBytes {
				return nil, fmt.Errorf("augment: resample to %d bytes, more than %d", p.out.Bytes(), clip.MaxBytes)
			}
		}
		p.steps = append(p.steps, st)
	}
	return p, nil
}

func (r *Registry) compile(op clip.Op) (step, error) {
	if op.Name != opResample {
		s, err := r.lookup(op.Name)
		if err != nil {
			return step{}, err
		}
		return s.compile(op)
	}
	p, err := paramsOf[resampleParams](op)
	if err != nil {
		return step{}, err
	}
	return step{name: opResample, resample: &p}, nil
}

// Out returns the shape of the result.
func (p *Program) Out() Shape { return p.out }

// Len returns the number of ops.
func (p *Program) Len() int { return len(p.steps) }

// Run reads src and writes the result to dst, which must be src itself or not overlap it; it can be src only where no op changes
// the size. The first op reads src and the others work in place. An error is that of a custom transform; dst is then of no use. Nothing is allocated but by custom transforms.
func (p *Program) Run(dst, src []byte, s *Scratch) error {
	if int64(len(src)) != p.in.Bytes() || int64(len(dst)) != p.out.Bytes() {
		return fmt.Errorf("augment: %d bytes into %d, want %d into %d", len(src), len(dst), p.in.Bytes(), p.out.Bytes())
	}
	if len(src) == 0 {
		return nil
	}
	last := -1 // the last op that changes the shape: what follows works in dst
	for i := range p.steps {
		if p.steps[i].resample != nil {
			last = i
		}
	}
	cur, shape := src, p.in
	for i := 0; i < len(p.steps); i++ {
		st := &p.steps[i]
		to := shape
		if rs := st.resample; rs != nil {
			to = Shape{shape.T, rs.Height, rs.Width}
		}
		out := dst
		if i < last {
			out = s.buffer(to.Bytes(), cur)
		}
		if i > 0 && st.resample == nil {
			out = cur // ours by now
		}
		switch {
		case st.color != nil:
			n, err := s.color(out, cur, p.steps[i:])
			if err != nil {
				return err
			}
			i += n - 1
		case st.resample != nil:
			if &out[0] == &cur[0] { // dst is src
				spare := s.buffer(shape.Bytes(), cur)
				copy(spare, cur)
				cur = spare
			}
			c := st.resample.Crop
			kernel.Resample(out, to.W, to.H, cur, shape.T, shape.W, shape.H, kernel.Region{X: c.X, Y: c.Y, W: c.W, H: c.H}, st.resample.Flip, &s.k)
		default:
			if i == 0 && &out[0] != &cur[0] {
				copy(out, cur)
			}
			if err := s.apply(st, out, shape); err != nil {
				return err
			}
		}
		cur, shape = out, to
	}
	if len(p.steps) == 0 && &dst[0] != &src[0] {
		copy(dst, src)
	}
	return nil
}

// buffer returns spare memory of n bytes that is not cur.
func (s *Scratch) buffer(n int64, cur []byte) []byte {
	b := &s.spare[0]
	if cap(*b) > 0 && len(cur) > 0 && &(*b)[:1][0] == &cur[0] {
		b = &s.spare[1]
	}
	if int64(cap(*b)) < n {
		*b = make([]byte, n)
	}
	*b = (*b)[:n]
	return *b
}

// color multiplies neighbouring colour ops into one matrix and applies it; it returns how many there were.
func (s *Scratch) color(dst, src []byte, steps []step) (n int, err error) {
	s.pix, s.known, s.before = src, false, identity
	defer func() { s.pix = nil }()
	if s.meanOf == nil {
		s.meanOf = func() [3]float64 { return s.before.on(s.sums()) } // without the clamping between ops
	}
	for ; n < len(steps) && steps[n].color != nil; n++ {
		m, err := matrix(&steps[n], s.meanOf)
		if err == nil {
			s.before = mul(m, s.before)
			err = s.before.check()
		}
		if err != nil {
			return 0, &Error{Transform: steps[n].name, Err: err}
		}
	}
	k := kernel.NewColorMatrix(s.before)
	kernel.Color(dst, src, &k)
	return n, nil
}

func matrix(st *step, mean func() [3]float64) (m ColorMatrix, err error) {
	defer recovered(&err)
	return st.color(mean), nil
}

// check refuses what is no colour change: numbers that are none, or so large that nothing but black and white is left.
func (m *ColorMatrix) check() error {
	for _, row := range m {
		for _, v := range row {
			if !(math.Abs(v) <= 1e6) {
				return fmt.Errorf("its colour matrix holds %v, want numbers up to 1e6", v)
			}
		}
	}
	return nil
}

var identity = ColorMatrix{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}}

// sums returns the mean colour of the pixels before the colour ops.
func (s *Scratch) sums() [3]float64 {
	if !s.known {
		r, g, b := kernel.Sums(s.pix)
		n := float64(max(len(s.pix)/clip.Channels, 1))
		s.mean, s.known = [3]float64{float64(r) / n, float64(g) / n, float64(b) / n}, true
	}
	return s.mean
}

// apply runs a pixel op in place and checks that the transform kept to the rules.
func (s *Scratch) apply(st *step, pix []byte, shape Shape) error {
	s.frames = Frames{Pix: pix[:len(pix):len(pix)], T: shape.T, H: shape.H, W: shape.W, s: s}
	err := safely(st, &s.frames)
	f := s.frames
	s.frames = Frames{}
	switch {
	case err != nil:
		return &Error{Transform: st.name, Err: err}
	case f.Shape() != shape:
		return &Error{Transform: st.name, Err: fmt.Errorf("%w: %v of %v", ErrReshaped, f.Shape(), shape)}
	case len(f.Pix) != len(pix) || &f.Pix[0] != &pix[0]:
		return &Error{Transform: st.name, Err: ErrReplaced}
	}
	return nil
}

func safely(st *step, f *Frames) (err error) {
	defer recovered(&err)
	return st.apply(f)
}

// mul returns the matrix that applies b and then a.
func mul(a, b ColorMatrix) ColorMatrix {
	var m ColorMatrix
	for i := range 3 {
		for j := range 4 {
			for k := range 3 {
				m[i][j] += a[i][k] * b[k][j]
			}
		}
		m[i][3] += a[i][3]
	}
	return m
}

// on applies the matrix to one colour.
func (m ColorMatrix) on(c [3]float64) [3]float64 {
	var out [3]float64
	for i := range 3 {
		out[i] = m[i][0]*c[0] + m[i][1]*c[1] + m[i][2]*c[2] + m[i][3]
	}
	return out
}
