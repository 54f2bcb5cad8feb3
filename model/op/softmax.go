package op

import "math"

// LogSoftmax is x - log(sum(exp(x))) over the last axis: [..., K] -> [..., K]. A row of -Inf stays -Inf; its gradient is 0.
type LogSoftmax struct{}

// Kind implements [Spec].
func (LogSoftmax) Kind() string { return "log_softmax" }

// Infer implements [Spec].
func (LogSoftmax) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	return in[0], wantFloats(in, 0, 1)
}

// Reference implements [Spec].
func (LogSoftmax) Reference(out Tensor, in []Tensor) error {
	k := in[0].row()
	return floats(out, func(out []float32) { logSoftmaxTo(out, Data[float32](in[0]), k) },
		func(out []float64) { logSoftmaxTo(out, Data[float64](in[0]), k) })
}

func logSoftmaxTo[T float](out, x []T, k int) {
	for at := 0; at < len(x); at += k {
		sum := logSumExp(x[at:][:k], nil)
		for j := at; j < at+k; j++ {
			out[j] = T(math.Inf(-1))
			if !math.IsInf(sum, -1) {
				out[j] = T(float64(x[j]) - sum)
			}
		}
	}
}

// Diff implements [Differentiable].
func (LogSoftmax) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (LogSoftmax) Grad(_ []*Node, out, grad *Node) []*Node {
	return []*Node{Apply(LogSoftmaxGrad{}, out, grad)}
}

// LogSoftmaxGrad is the gradient of [LogSoftmax]: of its result y and the gradient gy, gy - exp(y) sum(gy). It is 0 in rows that are all
// -Inf.
type LogSoftmaxGrad struct{}

// Kind implements [Spec].
func (LogSoftmaxGrad) Kind() string { return "log_softmax_grad" }

// Infer implements [Spec].
func (LogSoftmaxGrad) Infer(in []Type) (Type, error) { return twoOfRows(in) }

// Reference implements [Spec].
func (LogSoftmaxGrad) Reference(out Tensor, in []Tensor) error {
	k := in[0].row()
	return floats(out, func(out []float32) { logSoftmaxGradTo(out, Data[float32](in[0]), Data[float32](in[1]), k) },
		func(out []float64) { logSoftmaxGradTo(out, Data[float64](in[0]), Data[float64](in[1]), k) })
}

func logSoftmaxGradTo[T float](out, y, gy []T, k int) {
	for at := 0; at < len(y); at += k {
		top, sum := math.Inf(-1), 0.0
		for j := at; j < at+k; j++ {
			top = max(top, float64(y[j]))
			sum += float64(gy[j])
		}
		for j := at; j < at+k; j++ {
			out[j] = 0
			if !math.IsInf(top, -1) {
				out[j] = T(float64(gy[j]) - math.Exp(float64(y[j]))*sum)
			}
		}
	}
}

// Softmax is exp(x) / sum(exp(x)) over the last axis: [..., K] -> [..., K]. A row of -Inf gives zeros; its gradient is 0.
type Softmax struct{}

// Kind implements [Spec].
func (Softmax) Kind() string { return "softmax" }

// Infer implements [Spec].
func (Softmax) Infer(in []Type) (Type, error) {
	if err := arity(in, 1); err != nil {
		return Type{}, err
	}
	return in[0], wantFloats(in, 0, 1)
}

// Reference implements [Spec].
func (Softmax) Reference(out Tensor, in []Tensor) error {
	k := in[0].row()
	return floats(out, func(out []float32) { softmaxTo(out, Data[float32](in[0]), k) },
		func(out []float64) { softmaxTo(out, Data[float64](in[0]), k) })
}

func softmaxTo[T float](out, x []T, k int) {
	for at := 0; at < len(x); at += k {
		sum := logSumExp(x[at:][:k], nil)
		for j := at; j < at+k; j++ {
			out[j] = 0
			if !math.IsInf(sum, -1) {
				out[j] = T(math.Exp(float64(x[j]) - sum))
			}
		}
	}
}

// Diff implements [Differentiable].
func (Softmax) Diff(int) []bool { return []bool{true} }

// Grad implements [Differentiable].
func (Softmax) Grad(_ []*Node, out, grad *Node) []*Node {
	return []*Node{Apply(SoftmaxGrad{}, out, grad)}
}

// SoftmaxGrad is the gradient of [Softmax]: of its result y and the gradient gy, y (gy - sum(gy y)).
type SoftmaxGrad struct{}

// Kind implements [Spec].
func (SoftmaxGrad) Kind() string { return "softmax_grad" }

// Infer implements [Spec].
func (SoftmaxGrad) Infer(in []Type) (Type, error) { return twoOfRows(in) }

// Reference implements [Spec].
func (SoftmaxGrad) Reference(out Tensor, in []Tensor) error {
	k := in[0].row()
	return floats(out, func(out []float32) { softmaxGradTo(out, Data[float32](in[0]), Data[float32](in[1]), k) },
		func(out []float64) { softmaxGradTo(out, Data[float64](in[0]), Data[float64](in[1]), k) })
}

func softmaxGradTo[T float](out, y, gy []T, k int) {
	for at := 0; at < len(y); at += k {
		sum := 0.0
		for j := at; j < at+k; j++ {
			sum += float64(y[j]) * float64(gy[j])
		}
		for j := at; j < at+k; j++ {
			out[j] = T(float64(y[j]) * (float64(gy[j]) - sum))
		}
	}
}

// row returns the length of the last axis.
func (t Type) row() int { return t.Shape[len(t.Shape)-1] }

// twoOfRows is the rule of operations on two values of one float type that consist of rows.
func twoOfRows(in []Type) (Type, error) {
	if err := arity(in, 2); err != nil {
		return Type{}, err
	}
	if err := wantFloats(in, 0, 1); err != nil {
		return Type{}, err
	}
	return sameTypes(in, 2)
}
