package eval

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"vidcsl/model"
	"vidcsl/model/op"
)

// Alignment returns the mean squared distance of the rows of a f32[N,H] to those of b, two views of the same samples, on the unit
// sphere: 0 where the encoder does not tell views of a sample apart, up to 4. Rows are divided by their lengths. Wang and Isola,
// "Understanding Contrastive Representation Learning through Alignment and Uniformity on the Hypersphere", ICML 2020, alpha 2.
func Alignment(a, b op.Tensor) (float64, error) {
	if err := checkRows(a, 1); err != nil {
		return 0, err
	}
	if err := checkRows(b, 1); err != nil {
		return 0, err
	}
	if !a.Equal(b.Type) {
		return 0, fmt.Errorf("eval: the features of two views are %v and %v, want one type", a.Type, b.Type)
	}
	x, y := op.Data[float32](unit(a, nil)), op.Data[float32](unit(b, nil))
	sum := 0.0
	for i := range x {
		d := float64(x[i]) - float64(y[i])
		sum += d * d
	}
	return sum / float64(a.Shape[0]), nil
}

// Uniformity returns the logarithm of the mean of exp(-2 d^2) over all pairs of different rows of x f32[N,H] at distance d on the unit
// sphere: 0 if all features are one point, a collapse; -4 is the limit of an even spread in many dimensions. Rows are divided by their
// lengths. Wang and Isola 2020, as [Alignment], t 2. It looks at N^2 pairs with bounded memory. e should compute in f32.
func Uniformity(ctx context.Context, e model.Engine, x op.Tensor) (float64, error) {
	if err := checkRows(x, 2); err != nil {
		return 0, err
	}
	u := unit(x, nil)
	n, sum := float64(x.Shape[0]), 0.0
	err := products(ctx, e, u, u, func(b block) {
		for i := range b.rows {
			for j, s := range b.of(i) {
				if b.column+j > b.row+i {
					sum += math.Exp(-2 * max(0, 2-2*float64(s)))
				}
			}
		}
	})
	if err != nil {
		return 0, err
	}
	return math.Log(sum / (n * (n - 1) / 2)), nil
}

// checkRows is the rule for features without labels.
func checkRows(x op.Tensor, atLeast int) error {
	if x.DType != op.F32 || len(x.Shape) != 2 || x.Data == nil {
		return fmt.Errorf("eval: features are %v, want f32[N H]", x.Type)
	}
	if x.Shape[0] < atLeast || x.Shape[1] == 0 {
		return fmt.Errorf("eval: features are %v, want at least %d rows of at least one dimension", x.Type, atLeast)
	}
	return checkFinite("the", x, func(i int) string { return "sample " + strconv.Itoa(i) })
}
