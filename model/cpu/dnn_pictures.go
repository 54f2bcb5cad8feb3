//go:build cgo && !nodnnl

package cpu

import (
	"unsafe"

	"vidcsl/model/cpu/internal/dnn"
	"vidcsl/model/op"
)

// pictures adds an operation on row-major pictures.
func (k *kernels) pictures(p *plan, s op.Spec, in []int, out op.Type) (int, bool, error) {
	rowMajor := make([]format, len(in))
	if s, ok := s.(op.Perturb); ok {
		l := dnn.NewLimits(s.Step, s.Radius, s.Low, s.High, s.Sign)
		planes := 3 * out.Shape[0]
		v, err := k.kernel(p, s, in, rowMajor, out, format{}, 0, func(m []unsafe.Pointer, _ unsafe.Pointer) func() error {
			return func() error { l.Perturb(planes, out.Len()/planes, m[0], m[1], m[2], m[3]); return nil }
		})
		return v, true, err
	}
	filter := s.(op.HighPass)
	h, w := out.Shape[out.Rank()-2], out.Shape[out.Rank()-1]
	waves := wavesOf(filter, h, w)
	n := out.Len() / (h * w)
	tasks := min(k.options.Threads, 256, n)
	v, err := k.kernel(p, s, in, rowMajor, out, format{}, waves.Scratch(tasks), func(m []unsafe.Pointer, scratch unsafe.Pointer) func() error {
		return func() error { waves.HighPass(n, tasks, m[0], m[1], scratch); return nil }
	})
	return v, true, err
}

// wavesOf returns what a filter takes out of pictures of h x w.
func wavesOf(s op.HighPass, h, w int) *dnn.Waves {
	v := &dnn.Waves{H: h, W: w}
	down, across := s.Waves(h), s.Waves(w)
	v.NH, v.NW = len(down), len(across)
	for _, d := range down {
		v.Down = appendRounded(v.Down, d.At)
		for _, a := range across {
			keep := float32(0)
			if s.Removes(d, a) {
				keep = 1
			}
			v.Keep = append(v.Keep, keep)
		}
	}
	for _, a := range across {
		v.Across = appendRounded(v.Across, a.At)
	}
	return v
}

func appendRounded(to []float32, list []float64) []float32 {
	for _, v := range list {
		to = append(to, float32(v))
	}
	return to
}
