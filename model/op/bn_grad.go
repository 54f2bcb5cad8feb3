package op

// BNReduce is what the gradients of [BNApply] have in common, from x, stats and gy: [Groups,2,C] with the sums over each channel of gy and
// of gy times the normalised x.
type BNReduce struct{ Groups int }

// Kind implements [Spec].
func (BNReduce) Kind() string { return "bn_reduce" }

// Infer implements [Spec].
func (r BNReduce) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 3)
	if err != nil {
		return Type{}, err
	}
	if err := wantStats(in, r.Groups); err != nil {
		return Type{}, err
	}
	return Of(d, r.Groups, 2, in[0].Shape[1]), wantType(in, 2, in[0])
}

// Reference implements [Spec].
func (r BNReduce) Reference(out Tensor, in []Tensor) error {
	b := batchOf(in[0].Shape, r.Groups)
	return floats(out, func(y []float32) { bnReduce(b, y, list[float32](in)) }, func(y []float64) { bnReduce(b, y, list[float64](in)) })
}

func bnReduce[T float](b batch, y []T, in [][]T) {
	x, stats, gy := in[0], in[1], in[2]
	b.each(func(g, c int, starts []int) {
		mean, inv := float64(stats[(g*3+0)*b.c+c]), float64(stats[(g*3+1)*b.c+c])
		sum, product := reduce(b, gy, x, starts, mean)
		y[(g*2+0)*b.c+c], y[(g*2+1)*b.c+c] = T(sum), T(product*inv)
	})
}

// reduce returns the sums over a channel of gy and of gy*(x-mean).
func reduce[T float](b batch, gy, x []T, starts []int, mean float64) (sum, product float64) {
	for _, at := range starts {
		for i := at; i < at+b.s; i++ {
			sum += float64(gy[i])
			product += float64(gy[i]) * (float64(x[i]) - mean)
		}
	}
	return sum, product
}

// BNInput is the gradient of [BNApply] with respect to x, through the statistics too, from x, stats, gamma, reduced of [BNReduce] and gy;
// with h the normalised x, m the values of a channel in a group and r the rows of reduced (Ioffe and Szegedy 2015):
//
//	gx = gamma / sqrt(variance + eps) * (gy - r0/m - h*r1/m)
type BNInput struct{ Groups int }

// Kind implements [Spec].
func (BNInput) Kind() string { return "bn_input" }

// Infer implements [Spec].
func (i BNInput) Infer(in []Type) (Type, error) {
	d, err := sameFloats(in, 5)
	if err != nil {
		return Type{}, err
	}
	if err := wantStats(in, i.Groups); err != nil {
		return Type{}, err
	}
	c := in[0].Shape[1]
	if err := wantVector(in, 2, d, c); err != nil {
		return Type{}, err
	}
	if err := wantType(in, 3, Of(d, i.Groups, 2, c)); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 4, in[0])
}

// Reference implements [Spec].
func (i BNInput) Reference(out Tensor, in []Tensor) error {
	b := batchOf(out.Shape, i.Groups)
	return floats(out, func(gx []float32) { bnInput(b, gx, list[float32](in)) }, func(gx []float64) { bnInput(b, gx, list[float64](in)) })
}

func bnInput[T float](b batch, gx []T, in [][]T) {
	x, stats, gamma, reduced, gy := in[0], in[1], in[2], in[3], in[4]
	m := float64(b.count())
	b.each(func(g, c int, starts []int) {
		mean, inv := float64(stats[(g*3+0)*b.c+c]), float64(stats[(g*3+1)*b.c+c])
		shift, slope := float64(reduced[(g*2+0)*b.c+c])/m, float64(reduced[(g*2+1)*b.c+c])/m*inv
		scale := float64(gamma[c]) * inv
		for _, at := range starts {
			for i := at; i < at+b.s; i++ {
				gx[i] = T(scale * (float64(gy[i]) - shift - (float64(x[i])-mean)*slope))
			}
		}
	})
}

// BNParam is the gradient of [BNApply] with respect to beta (Row 0) or gamma (Row 1), [C]: the sum over the groups of that row of
// [BNReduce].
type BNParam struct{ Row int }

// Kind implements [Spec].
func (BNParam) Kind() string { return "bn_param" }

// Infer implements [Spec].
func (p BNParam) Infer(in []Type) (Type, error) { return row(in, p.Row, 2) }

// Reference implements [Spec].
func (p BNParam) Reference(out Tensor, in []Tensor) error {
	return floats(out, func(y []float32) { sumRow(y, Data[float32](in[0]), p.Row, 2, 1) },
		func(y []float64) { sumRow(y, Data[float64](in[0]), p.Row, 2, 1) })
}
