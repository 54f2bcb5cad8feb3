package robustness

import (
	"strings"
	"testing"

	"vidcsl/model/op"
	"vidcsl/model/train"
	"vidcsl/robust/report"
)

// Where negatives are of the batch, the points are clips, and the pairs those of the samples that the detector lists, if it lists any.
func TestSphereOfBatches(t *testing.T) {
	j := job(t, "batch")
	e, err := j.open(t.Context(), j.Runs[1])
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	encoder, err := e.Encoder(j.engine())
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	sphere := func() *report.Sphere {
		s, err := e.sphere(t.Context(), encoder)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Points) != 15 || len(s.Classes) != 3 {
			t.Errorf("%d points of the classes %q", len(s.Points), s.Classes)
		}
		return s
	}
	stored, err := train.Latest(j.Runs[1])
	if err != nil {
		t.Fatal(err)
	}
	partners, err := stored.Get("detector.partners")
	if err != nil {
		t.Fatal(err)
	}
	listed, right := map[[2]int]bool{}, 0
	labels := e.Train.Info().Labels
	for i, k := range op.Data[int32](partners) {
		if a := i / partners.Shape[1]; k >= 0 {
			if listed[[2]int{a, int(k)}] = true; labels[a] == labels[k] {
				right++
			}
		}
	}
	s := sphere()
	if len(listed) == 0 || s.Removed != len(listed) || len(s.Pairs) != len(listed) || s.Right != float64(right)/float64(len(listed)) {
		t.Errorf("%d pairs, %d shown, precision %v; listed are %d, right %d", s.Removed, len(s.Pairs), s.Right, len(listed), right)
	}
	for _, p := range s.Pairs { // all clips are shown, one of each sample, in their order
		if !listed[[2]int{p.A, p.B}] || p.Right != (labels[p.A] == labels[p.B]) || s.Points[p.A].Label != labels[p.A] {
			t.Errorf("the pair %+v is not listed", p)
		}
	}
	for _, c := range []struct {
		change func()
		want   string
	}{
		{func() { e.Config.Removal.Warmup = 1 }, "; nothing is removed at that step, which is of the warm-up"},
		{func() { e.TrainPath += "/" }, "All 15 training clips, as the encoder sees them (which are not those of the training: pairs are not shown), at unit length"},
		{func() { e.Config.Removal.Detector = "threshold" }, "(pairs of the detector threshold are of a batch, and are not shown)"},
		{func() { e.Config.Removal.Detector = "none" }, "All 15 training clips, as the encoder sees them, at unit length"},
	} {
		c.change()
		if s := sphere(); s.Removed != 0 || len(s.Pairs) != 0 || !strings.Contains(s.About, c.want) {
			t.Errorf("%d pairs, %s; want %s", s.Removed, s.About, c.want)
		}
	}
}
