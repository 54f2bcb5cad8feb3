package robustness

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"vidcsl/model/cluster"
	"vidcsl/model/op"
	"vidcsl/robust/report"
)

// some says how many of all are shown.
func some(shown, all int, what string) string {
	if shown == all {
		return fmt.Sprintf("All %d %s", all, what)
	}
	return fmt.Sprintf("%d of the %d %s", shown, all, what)
}

func rowsOf(x op.Tensor, at []int) op.Tensor {
	d := x.Shape[1]
	out := make([]float32, 0, len(at)*d)
	for _, i := range at {
		out = append(out, op.Data[float32](x)[i*d:][:d]...)
	}
	return op.From(out, len(at), d)
}

// unit divides rows by their lengths, as all that compares features does.
func unit(x op.Tensor) {
	d, rows := x.Shape[1], op.Data[float32](x)
	for i := range x.Shape[0] {
		row, sum := rows[i*d:][:d], 0.0
		for _, v := range row {
			sum += float64(v) * float64(v)
		}
		for j := range row {
			row[j] /= float32(max(math.Sqrt(sum), 1e-12))
		}
	}
}

// lay adds points: rows in the two directions in which they spread most.
func lay(s *report.Sphere, x op.Tensor, labels, clusters []int32, classes []string) error {
	at, share, err := cluster.Principal(x, 2)
	if err != nil {
		return err
	}
	for i, xy := range at {
		s.Points = append(s.Points, report.Point{X: xy[0], Y: xy[1], Label: labels[i], Cluster: clusters[i]})
		s.Clusters = max(s.Clusters, int(clusters[i])+1)
	}
	for s.Classes = slices.Clone(classes); len(s.Classes) <= int(slices.Max(labels)); {
		s.Classes = append(s.Classes, strconv.Itoa(len(s.Classes)))
	}
	s.About = fmt.Sprintf("%s, in the first two principal directions, which have %.0f %% of the variance", s.About, 100*share)
	return nil
}
