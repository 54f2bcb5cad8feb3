package op

import (
	"fmt"
	"math"
)

// BNStats are the statistics of each channel of x[N,C,...] in Groups equal runs of the batch, which are normalised each on its own
// (virtual batches, as the workers of a distributed run have): [Groups,3,C] with the mean, 1/sqrt(variance + Eps) and the variance
// around the mean over all values (biased). The gradient of x is that of [BNApply], through these.
type BNStats struct {
	Eps    float64
	Groups int
}

// Kind implements [Spec].
func (BNStats) Kind() string { return "bn_stats" }

// Infer implements [Spec].
func (s BNStats) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	if err := wantPositive("eps", s.Eps); err != nil {
		return Type{}, err
	}
	if err := wantGroups(in, s.Groups); err != nil {
		return Type{}, err
	}
	if b := batchOf(in[0].Shape, s.Groups); b.count() < 2 {
		return Type{}, misfit(in, 0, "at least 2 values of a channel in each of %d groups", s.Groups)
	}
	return Of(in[0].DType, s.Groups, 3, in[0].Shape[1]), nil
}

// wantGroups is the rule that input 0 is [N,C,...] with N a multiple of groups.
func wantGroups(in []Type, groups int) error {
	if err := wantFloats(in, 0, 2); err != nil {
		return err
	}
	switch {
	case groups < 1:
		return fmt.Errorf("%d groups, want at least 1", groups)
	case in[0].Shape[0]%groups != 0:
		return misfit(in, 0, "a batch of %d equal groups", groups)
	}
	return nil
}

// Reference implements [Spec].
func (s BNStats) Reference(out Tensor, in []Tensor) error {
	b := batchOf(in[0].Shape, s.Groups)
	return floats(out, func(y []float32) { bnStats(b, y, Data[float32](in[0]), s.Eps) },
		func(y []float64) { bnStats(b, y, Data[float64](in[0]), s.Eps) })
}

func bnStats[T float](b batch, y, x []T, eps float64) {
	b.each(func(g, c int, starts []int) {
		mean, variance := 0.0, 0.0
		for _, at := range starts {
			for _, v := range x[at : at+b.s] {
				mean += float64(v)
			}
		}
		mean /= float64(b.count())
		for _, at := range starts {
			for _, v := range x[at : at+b.s] {
				variance += (float64(v) - mean) * (float64(v) - mean)
			}
		}
		variance /= float64(b.count())
		y[(g*3+0)*b.c+c], y[(g*3+1)*b.c+c], y[(g*3+2)*b.c+c] = T(mean), T(1/math.Sqrt(variance+eps)), T(variance)
	})
}

// BNApply normalises x[N,C,...] by its statistics, those of [BNStats] with as many groups:
//
//	y = (x - mean) / sqrt(variance + eps) * gamma[C] + beta[C]
//
// Inputs are x, stats, gamma, beta. Its gradient with respect to x is the whole one, through the statistics too; stats gets none.
type BNApply struct{ Groups int }

// Kind implements [Spec].
func (BNApply) Kind() string { return "bn_apply" }

// Infer implements [Spec].
func (a BNApply) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 4)
	if err != nil {
		return Type{}, err
	}
	if err := wantStats(in, a.Groups); err != nil {
		return Type{}, err
	}
	return in[0], wantVectors(in, d, in[0].Shape[1], 2, 3)
}

// wantStats is the rule that input 0 is [N,C,...] and input 1 its statistics.
func wantStats(in []Type, groups int) error {
	if err := wantGroups(in, groups); err != nil {
		return err
	}
	return wantType(in, 1, Of(in[0].DType, groups, 3, in[0].Shape[1]))
}

// wantVectors is the rule that inputs are vectors of one length.
func wantVectors(in []Type, d DType, n int, which ...int) error {
	for _, i := range which {
		if err := wantVector(in, i, d, n); err != nil {
			return err
		}
	}
	return nil
}

// Reference implements [Spec].
func (a BNApply) Reference(out Tensor, in []Tensor) error {
	b := batchOf(out.Shape, a.Groups)
	return floats(out, func(y []float32) { bnApply(b, y, list[float32](in)) }, func(y []float64) { bnApply(b, y, list[float64](in)) })
}

// list returns the elements of all inputs.
func list[T float](in []Tensor) [][]T {
	all := make([][]T, len(in))
	for i, x := range in {
		all[i] = Data[T](x)
	}
	return all
}

// Diff implements [Differentiable].
func (BNApply) Diff(int) []bool { return []bool{true, false, true, true} }

// Grad implements [Differentiable].
func (a BNApply) Grad(in []*Node, _, grad *Node) []*Node {
	x, stats, gamma := in[0], in[1], in[2]
	reduced := Apply(BNReduce(a), x, stats, grad)
	return []*Node{Apply(BNInput(a), x, stats, gamma, reduced, grad), nil, Apply(BNParam{Row: 1}, reduced), Apply(BNParam{Row: 0}, reduced)}
}

func bnApply[T float](b batch, y []T, in [][]T) {
	x, stats, gamma, beta := in[0], in[1], in[2], in[3]
	b.each(func(g, c int, starts []int) {
		mean, scale := float64(stats[(g*3+0)*b.c+c]), float64(stats[(g*3+1)*b.c+c])*float64(gamma[c])
		normalize(b, y, x, starts, mean, scale, float64(beta[c]))
	})
}

// normalize computes (x-mean)*scale + shift of a channel.
func normalize[T float](b batch, y, x []T, starts []int, mean, scale, shift float64) {
	for _, at := range starts {
		for i := at; i < at+b.s; i++ {
			y[i] = T((float64(x[i])-mean)*scale + shift)
		}
	}
}

// BNMoments is the mean over the groups of a row of the statistics [Groups,3,C] of [BNStats], [C]: what running statistics move towards.
// Row 0 is the mean and row 2 the variance; Unbias multiplies it by Count/(Count-1), Count being the values of a channel in one group.
type BNMoments struct {
	Row    int
	Unbias bool
	Count  int
}

// Kind implements [Spec].
func (BNMoments) Kind() string { return "bn_moments" }

// Infer implements [Spec].
func (m BNMoments) Infer(in []Type) (Type, error) {
	if m.Unbias && m.Count < 2 {
		return Type{}, fmt.Errorf("count is %d, want at least 2", m.Count)
	}
	return row(in, m.Row, 3)
}

// row is the type of one row of input 0, which is [groups,rows,C].
func row(in []Type, row, rows int) (Type, error) {
	d, err := sameFloats(in, 1)
	if err != nil {
		return Type{}, err
	}
	if err := wantRank(in, 3); err != nil {
		return Type{}, err
	}
	if row < 0 || row >= rows || in[0].Shape[1] != rows {
		return Type{}, fmt.Errorf("row %d of %v, want one of %d", row, in[0], rows)
	}
	return Of(d, in[0].Shape[2]), nil
}

// Reference implements [Spec].
func (m BNMoments) Reference(out Tensor, in []Tensor) error {
	scale := 1 / float64(in[0].Shape[0])
	if m.Unbias {
		scale *= float64(m.Count) / float64(m.Count-1)
	}
	return floats(out, func(y []float32) { sumRow(y, Data[float32](in[0]), m.Row, 3, scale) },
		func(y []float64) { sumRow(y, Data[float64](in[0]), m.Row, 3, scale) })
}

// sumRow is scale times the sum over the groups of a row.
func sumRow[T float](y, x []T, row, rows int, scale float64) {
	for c := range y {
		sum := 0.0
		for at := row*len(y) + c; at < len(x); at += rows * len(y) {
			sum += float64(x[at])
		}
		y[c] = T(sum * scale)
	}
}
