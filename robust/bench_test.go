package robust

import (
	"fmt"
	"testing"
)

// BenchmarkSummary is one run of 100 cells of 1,800 videos.
func BenchmarkSummary(b *testing.B) {
	r := Run{"r", []Cell{cell(clean, 1800, 1200, 0)}}
	for i := range 20 {
		for severity := 1; severity <= 5; severity++ {
			r.Cells = append(r.Cells, cell(corrupted(fmt.Sprint("c", i), severity), 1800, 1000-50*severity, severity))
		}
	}
	for b.Loop() {
		s, err := NewStudy([]Run{r}, DefaultOptions())
		if err != nil {
			b.Fatal(err)
		}
		s.Summary(0, nil)
	}
}
