package op

import (
	"fmt"
	"math"
)

// CrossEntropy is the loss of each row of logits[N,K] against a label of labels[N], an I32: log(sum(exp(logits))) less the logit of the
// label. Where the label is negative, the loss is 0 and so is the gradient.
type CrossEntropy struct{}

// Kind implements [Spec].
func (CrossEntropy) Kind() string { return "cross_entropy" }

// Infer implements [Spec].
func (CrossEntropy) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantLabelled(in); err != nil {
		return Type{}, err
	}
	return in[0].rowless(), nil
}

// Reference implements [Spec].
func (CrossEntropy) Reference(out Tensor, in []Tensor) error {
	labels, k := Data[int32](in[1]), in[0].row()
	if err := checkLabels(labels, k); err != nil {
		return err
	}
	return floats(out, func(out []float32) { crossEntropyTo(out, Data[float32](in[0]), labels, k) },
		func(out []float64) { crossEntropyTo(out, Data[float64](in[0]), labels, k) })
}

func crossEntropyTo[T float](out, x []T, labels []int32, k int) {
	for i, label := range labels {
		row := x[i*k:][:k]
		sum := logSumExp(row, nil)
		switch {
		case label < 0:
			out[i] = 0
		case math.IsInf(sum, -1):
			out[i] = T(math.Inf(1))
		default:
			out[i] = T(sum - float64(row[label]))
		}
	}
}

// Diff implements [Differentiable].
func (CrossEntropy) Diff(int) []bool { return []bool{true, false} }

// Grad implements [Differentiable].
func (CrossEntropy) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(CrossEntropyGrad{}, in[0], in[1], grad), nil}
}

// CrossEntropyGrad is the gradient of [CrossEntropy]: of logits[N,K], labels[N] and the gradient g[N] of the losses,
// g (softmax(logits) - onehot(label)), and 0 where the label is negative or all logits of a row are -Inf.
type CrossEntropyGrad struct{}

// Kind implements [Spec].
func (CrossEntropyGrad) Kind() string { return "cross_entropy_grad" }

// Infer implements [Spec].
func (CrossEntropyGrad) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	if err := wantLabelled(in); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 2, in[0].rowless())
}

// Reference implements [Spec].
func (CrossEntropyGrad) Reference(out Tensor, in []Tensor) error {
	labels, k := Data[int32](in[1]), in[0].row()
	if err := checkLabels(labels, k); err != nil {
		return err
	}
	return floats(out, func(out []float32) { crossEntropyGradTo(out, Data[float32](in[0]), labels, Data[float32](in[2]), k) },
		func(out []float64) { crossEntropyGradTo(out, Data[float64](in[0]), labels, Data[float64](in[2]), k) })
}

func crossEntropyGradTo[T float](out, x []T, labels []int32, g []T, k int) {
	clear(out)
	for i, label := range labels {
		row := x[i*k:][:k]
		sum := logSumExp(row, nil)
		if label < 0 || math.IsInf(sum, -1) {
			continue
		}
		for j, v := range row {
			p := math.Exp(float64(v) - sum)
			if j == int(label) {
				p--
			}
			out[i*k+j] = g[i] * T(p)
		}
	}
}

// wantLabelled is the rule that input 0 holds rows and input 1 one label for each.
func wantLabelled(in []Type) error {
	if err := wantFloats(in, 0, 0); err != nil {
		return err
	}
	if err := wantRank(in, 2); err != nil {
		return err
	}
	return wantVector(in, 1, I32, in[0].Shape[0])
}

func checkLabels(labels []int32, k int) error {
	for i, label := range labels {
		if int(label) >= k {
			return fmt.Errorf("label %d is %d, want less than %d", i, label, k)
		}
	}
	return nil
}
