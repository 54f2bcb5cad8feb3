package corrupt

import (
	"testing"

	"vidcsl/augment"
)

// BenchmarkVideo runs the corruptions of time and camera that touch pixels on 16 frames of 112x112, at severity 3, and as "copy" what each clip costs
// besides.
func BenchmarkVideo(b *testing.B) {
	r, c := registry(), movie(16, 112, 112)
	for _, e := range append([]entry{{Info: Info{Name: "copy"}}}, cameras...) {
		b.Run(e.Name, func(b *testing.B) {
			v, err := planned(c, 16, e.Name, 3, "a")
			if err != nil {
				b.Fatal(err)
			}
			if e.new == nil {
				v.Ops = nil
			}
			p, err := r.Compile(v.Ops, augment.ShapeOf(c))
			if err != nil {
				b.Fatal(err)
			}
			out, s := make([]byte, len(c.Bytes())), new(augment.Scratch)
			b.SetBytes(int64(len(out)))
			for b.Loop() {
				if err := p.Run(out, c.Bytes(), s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "clips/s")
		})
	}
}
