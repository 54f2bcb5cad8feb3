package corrupt_test

import (
	"testing"

	"vidcsl/augment"
	"vidcsl/robust/corrupt"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

// BenchmarkCorruptions runs the corruptions on 16 frames of 112x112, at severity 3, and as "copy" what each clip costs besides.
func BenchmarkCorruptions(b *testing.B) {
	c := corrupttest.Movie(b, 16, 112, 112)
	for _, i := range append([]corrupt.Info{{}}, corrupt.List()...) {
		if i.Source {
			continue
		}
		name := i.Name
		if name == "" {
			name = "copy"
		}
		b.Run(name, func(b *testing.B) {
			v, err := corrupttest.View(c, 16, i.Name, 3, "a")
			if err != nil {
				b.Fatal(err)
			}
			s := new(augment.Scratch)
			b.SetBytes(int64(len(c.Bytes())))
			for b.Loop() {
				if _, err := corrupttest.Pixels(c, v, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "clips/s")
		})
	}
}
