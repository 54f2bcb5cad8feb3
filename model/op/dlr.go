package op

import "fmt"

// dlrEps keeps the denominators of the ratios of logits away from 0, as in the authors' code.
const dlrEps = 1e-12

// DLR is the difference of logits ratio of each row z of logits[N,K] and a label y of labels[N], an I32:
//
//	-(z_y - max of the others) / (z_1st - z_3rd + 1e-12)
//
// of the sorted logits, K at least 3 (Croce and Hein 2020, "Reliable evaluation of adversarial robustness with an ensemble of diverse
// parameter-free attacks", arXiv 2003.01690, equation 6). It changes neither with a shift nor with the scale of the logits. Of equals the first
// of a row come first. Where the label is negative, the loss is 0 and so is the gradient.
type DLR struct{}

// Kind implements [Spec].
func (DLR) Kind() string { return "dlr" }

// Infer implements [Spec].
func (DLR) Infer(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	return in[0].rowless(), wantRatio(in, 3, 1)
}

// Reference implements [Spec].
func (DLR) Reference(out Tensor, in []Tensor) error { return ratioReference(out, in, nil, dlrOf) }

// Diff implements [Differentiable].
func (DLR) Diff(int) []bool { return []bool{true, false} }

// Grad implements [Differentiable].
func (DLR) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(DLRGrad{}, in[0], in[1], grad), nil}
}

// DLRGrad is the gradient of [DLR], from logits[N,K], labels[N] and the gradient g[N] of the losses.
type DLRGrad struct{}

// Kind implements [Spec].
func (DLRGrad) Kind() string { return "dlr_grad" }

// Infer implements [Spec].
func (DLRGrad) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	if err := wantRatio(in, 3, 1); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 2, in[0].rowless())
}

// Reference implements [Spec].
func (DLRGrad) Reference(out Tensor, in []Tensor) error {
	return ratioReference(out, in[:2], &in[2], dlrOf)
}

// DLRTargeted is the difference of logits ratio of each row z of logits[N,K] with a label y of labels[N] and a target t of
// targets[N], I32s:
//
//	-(z_y - z_t) / (z_1st - (z_3rd + z_4th)/2 + 1e-12)
//
// of the sorted logits, K at least 4 (Croce and Hein 2020, equation 7). Where the label is negative, the loss is 0 and so is the gradient.
type DLRTargeted struct{}

// Kind implements [Spec].
func (DLRTargeted) Kind() string { return "dlr_targeted" }

// Infer implements [Spec].
func (DLRTargeted) Infer(in []Type) (Type, error) {
	if err := arity(in, 3); err != nil {
		return Type{}, err
	}
	return in[0].rowless(), wantRatio(in, 4, 2)
}

// Reference implements [Spec].
func (DLRTargeted) Reference(out Tensor, in []Tensor) error {
	return ratioReference(out, in, nil, dlrTargetedOf)
}

// Diff implements [Differentiable].
func (DLRTargeted) Diff(int) []bool { return []bool{true, false, false} }

// Grad implements [Differentiable].
func (DLRTargeted) Grad(in []*Node, _, grad *Node) []*Node {
	return []*Node{Apply(DLRTargetedGrad{}, in[0], in[1], in[2], grad), nil, nil}
}

// DLRTargetedGrad is the gradient of [DLRTargeted], from logits[N,K], labels[N], targets[N] and the gradient g[N] of the losses.
type DLRTargetedGrad struct{}

// Kind implements [Spec].
func (DLRTargetedGrad) Kind() string { return "dlr_targeted_grad" }

// Infer implements [Spec].
func (DLRTargetedGrad) Infer(in []Type) (Type, error) {
	if err := arity(in, 4); err != nil {
		return Type{}, err
	}
	if err := wantRatio(in, 4, 2); err != nil {
		return Type{}, err
	}
	return in[0], wantType(in, 3, in[0].rowless())
}

// Reference implements [Spec].
func (DLRTargetedGrad) Reference(out Tensor, in []Tensor) error {
	return ratioReference(out, in[:3], &in[3], dlrTargetedOf)
}

// wantRatio is the rule that input 0 holds rows of some classes and the next inputs one class for each.
func wantRatio(in []Type, classes, choices int) error {
	if err := wantLabelled(in[:2]); err != nil {
		return err
	}
	if in[0].row() < classes {
		return misfit(in, 0, "at least %d logits in a row", classes)
	}
	if choices == 2 {
		return wantVector(in, 2, I32, in[0].Shape[0])
	}
	return nil
}

// term is a logit with its factor.
type term struct {
	at     int
	factor float64
}

// ratio is -(sum of above) / (sum of below + dlrEps).
type ratio struct {
	above [2]term
	below [3]term
}

func dlrOf(top [4]int32, label, _ int) ratio {
	other := int(top[0])
	if other == label {
		other = int(top[1])
	}
	return ratio{[2]term{{label, 1}, {other, -1}}, [3]term{{int(top[0]), 1}, {int(top[2]), -1}}}
}

func dlrTargetedOf(top [4]int32, label, target int) ratio {
	return ratio{[2]term{{label, 1}, {target, -1}}, [3]term{{int(top[0]), 1}, {int(top[2]), -0.5}, {int(top[3]), -0.5}}}
}

// ratioReference computes a ratio of every row, or, given the gradient of the losses, its gradient. in is logits, labels and perhaps targets.
func ratioReference(out Tensor, in []Tensor, grad *Tensor, of func(top [4]int32, label, target int) ratio) error {
	k := in[0].row()
	for _, choice := range in[1:] {
		if err := checkLabels(Data[int32](choice), k); err != nil {
			return err
		}
	}
	labels, targets := Data[int32](in[1]), []int32(nil)
	if len(in) == 3 {
		targets = Data[int32](in[2])
		for i, t := range targets {
			if t < 0 && labels[i] >= 0 {
				return fmt.Errorf("target %d is %d, want at least 0", i, t)
			}
		}
	}
	return floats(out, func(y []float32) { ratiosTo(y, Data[float32](in[0]), labels, targets, k, data[float32](grad), of) },
		func(y []float64) { ratiosTo(y, Data[float64](in[0]), labels, targets, k, data[float64](grad), of) })
}

// data returns the elements of a tensor that may be absent.
func data[T float](t *Tensor) []T {
	if t == nil {
		return nil
	}
	return t.Data.([]T)
}

func ratiosTo[T float](y, x []T, labels, targets []int32, k int, g []T, of func(top [4]int32, label, target int) ratio) {
	clear(y)
	for i, label := range labels {
		if label < 0 {
			continue
		}
		row, target := x[i*k:][:k], 0
		if targets != nil {
			target = int(targets[i])
		}
		var top [4]int32
		topTo(top[:min(4, k)], row, k, min(4, k))
		r := of(top, int(label), target)
		above, below := 0.0, dlrEps
		for _, t := range r.above {
			above += t.factor * float64(row[t.at])
		}
		for _, t := range r.below {
			below += t.factor * float64(row[t.at])
		}
		if g == nil {
			y[i] = T(-above / below)
			continue
		}
		gy, gx := float64(g[i]), y[i*k:][:k]
		for _, t := range r.above {
			gx[t.at] += T(-gy * t.factor / below)
		}
		for _, t := range r.below {
			gx[t.at] += T(gy * t.factor * above / below / below)
		}
	}
}
