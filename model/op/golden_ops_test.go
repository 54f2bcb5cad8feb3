package op_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"vidcsl/model/op"
)

// goldenOps is testdata/ops.json, see scripts/golden_model_ops.py.
type goldenOps struct {
	Cases []struct {
		Spec       string
		Attributes json.RawMessage
		In, Grads  []*stored
		Out, GY    *stored
	}
	Trajectories []trajectory
}

// stored is a tensor in a file. Numbers that JSON has not are texts.
type stored struct {
	DType string
	Shape []int
	Data  []number
}

type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	*n = number(v)
	return err
}

// tensor returns the stored tensor; floats as this type.
func (s *stored) tensor(float op.DType) op.Tensor {
	t := map[string]op.DType{"f64": float, "f32": float, "i32": op.I32, "u8": op.U8}[s.DType]
	out := op.NewTensor(op.Of(t, s.Shape...))
	for i, v := range s.Data {
		switch t {
		case op.I32:
			op.Data[int32](out)[i] = int32(v)
		case op.U8:
			op.Data[uint8](out)[i] = uint8(v)
		default:
			set(out, i, float64(v))
		}
	}
	return out
}

func readOps(t *testing.T) (g goldenOps) {
	b, err := os.ReadFile("testdata/ops.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

// specs are the operations of this file's tests, by name.
func specs() map[string]reflect.Type {
	list := map[string]reflect.Type{}
	for _, s := range []op.Spec{
		op.Add{}, op.Sub{}, op.Mul{}, op.Div{}, op.MulScalar{}, op.Mask{}, op.Scale{}, op.Shift{}, op.Sqrt{}, op.Exp{}, op.Log{}, op.Square{},
		op.Reshape{}, op.Transpose{}, op.Concat{}, op.Slice{}, op.SliceGrad{}, op.Sum{}, op.Fill{}, op.SumAxis{}, op.Expand{},
		op.LogSumExp{}, op.LogSumExpGrad{}, op.MaskedLogSumExp{}, op.MaskedLogSumExpGrad{}, op.LogSoftmax{}, op.LogSoftmaxGrad{},
		op.Softmax{}, op.SoftmaxGrad{}, op.CrossEntropy{}, op.CrossEntropyGrad{}, op.L2Normalize{}, op.L2NormalizeGrad{},
		op.Gather{}, op.ScatterAdd{}, op.OneHot{}, op.Equal{}, op.ArgMax{}, op.TopK{}, op.SortByKey{}, op.RingWrite{}, op.Advance{},
		op.Normalize{}, op.RoundBF16{}, op.GlobalNorm{}, op.ClipScale{}, op.SGDMomentum{}, op.SGDApply{}, op.LARSMomentum{},
		op.AdamMoment1{}, op.AdamMoment2{}, op.AdamWApply{}, op.EMA{},
		op.AtLeast{}, op.GreaterEqual{}, op.And{}, op.AndNot{}, op.Outer{}, op.Count{}, op.ToFloat{}, op.Match{}, op.Lookup{}, op.Bernoulli{},
		op.RowWrite{}, op.MaskedMax{}, op.TopMask{}, op.Winner{}, op.Softplus{}, op.Sigmoid{},
		op.Perturb{}, op.Uniform{}, op.HighPass{},
	} {
		list[reflect.TypeOf(s).Name()] = reflect.TypeOf(s)
	}
	return list
}

// TestGoldenOps compares results and gradients with PyTorch's, in both precisions.
func TestGoldenOps(t *testing.T) {
	seen := map[string]int{}
	for _, c := range readOps(t).Cases {
		seen[c.Spec]++
		for _, float := range []op.DType{op.F32, op.F64} {
			t.Run(fmt.Sprintf("%s/%d/%v", c.Spec, seen[c.Spec], float), func(t *testing.T) {
				v := reflect.New(specs()[c.Spec]).Elem()
				if err := json.Unmarshal(c.Attributes, v.Addr().Interface()); err != nil {
					t.Fatal(err)
				}
				if d := v.FieldByName("DType"); d.IsValid() {
					d.Set(reflect.ValueOf(float))
				}
				spec := v.Interface().(op.Spec)
				var in []op.Tensor
				var wrt []int
				var grads []op.Tensor
				for i, x := range c.In {
					in = append(in, x.tensor(float))
					if c.Grads != nil && c.Grads[i] != nil {
						wrt, grads = append(wrt, i), append(grads, c.Grads[i].tensor(float))
					}
				}
				tolerance := map[op.DType]float64{op.F32: 1e-6, op.F64: 1e-13}[float]
				if float == op.F32 && strings.Contains(c.Spec, "LogSumExp") {
					tolerance = 1e-4 // exp(x - y) of a y of about 1000
				}
				if c.Spec == "RoundBF16" {
					tolerance = 0
				}
				wantNear(t, "result", compute(t, spec, in...), c.Out.tensor(float), tolerance)
				if c.GY == nil {
					return
				}
				apply := func(n []*op.Node) *op.Node { return op.Apply(spec, n...) }
				got, err := gradients(apply, c.GY.tensor(float), wrt, in...)
				if err != nil {
					t.Fatal(err)
				}
				for k, i := range wrt {
					wantNear(t, fmt.Sprintf("gradient of input %d", i), got[k], grads[k], tolerance)
				}
			})
		}
	}
}

// wantNear fails unless types agree and each value is within tolerance, relative where it is greater than 1. Infinities, NaN and, for a
// tolerance of 0, signs of zero have to be the same.
func wantNear(t testing.TB, what string, got, want op.Tensor, tolerance float64) {
	t.Helper()
	if !got.Equal(want.Type) {
		t.Fatalf("%s: %v, want %v", what, got.Type, want.Type)
	}
	for i := range want.Len() {
		g, w := at(got, i), at(want, i)
		same := g == w || math.IsNaN(g) && math.IsNaN(w)
		if tolerance == 0 && math.Signbit(g) != math.Signbit(w) && !math.IsNaN(w) {
			same = false
		}
		if !same && !(math.Abs(g-w) <= tolerance*max(1, math.Abs(w)) && !math.IsInf(w, 0)) {
			t.Errorf("%s: element %d of %v is %v, want %v", what, i, got.Type, g, w)
		}
	}
}

// TestAttributesCount sees to it that no two operations that differ in an attribute are one to Gorgonia, and that specs can be compared.
func TestAttributesCount(t *testing.T) {
	for name, spec := range specs() {
		if !spec.Comparable() {
			t.Errorf("%s cannot be compared", name)
		}
		zero := reflect.New(spec).Elem()
		for i := range spec.NumField() {
			v := reflect.New(spec).Elem()
			change(v.Field(i))
			a, b := op.Op{Spec: zero.Interface().(op.Spec)}, op.Op{Spec: v.Interface().(op.Spec)}
			if a.String() == b.String() || a.Hashcode() == b.Hashcode() {
				t.Errorf("%s: %s does not count: %v", name, spec.Field(i).Name, &b)
			}
		}
	}
}

// TestArity: every operation says how many inputs it wants.
func TestArity(t *testing.T) {
	of := map[string]int{"Add": 2, "Sub": 2, "Mul": 2, "Div": 2, "MulScalar": 2, "Mask": 2, "MaskedLogSumExp": 2, "LogSumExpGrad": 3,
		"MaskedLogSumExpGrad": 4, "LogSoftmaxGrad": 2, "SoftmaxGrad": 2, "CrossEntropy": 2, "CrossEntropyGrad": 3, "L2NormalizeGrad": 2,
		"Gather": 2, "ScatterAdd": 2, "Equal": 2, "RingWrite": 3, "SGDMomentum": 3, "SGDApply": 3, "LARSMomentum": 4,
		"AdamMoment1": 2, "AdamMoment2": 2, "AdamWApply": 5, "EMA": 2,
		"GreaterEqual": 2, "And": 2, "AndNot": 2, "Outer": 2, "Match": 2, "Lookup": 2, "Bernoulli": 2, "RowWrite": 3, "MaskedMax": 2,
		"TopMask": 2, "Winner": 2, "Perturb": 3}
	for name, spec := range specs() {
		if name == "Concat" || name == "GlobalNorm" {
			continue // any number
		}
		want := fmt.Sprintf("7 inputs, want %d", max(1, of[name]))
		if _, err := reflect.Zero(spec).Interface().(op.Spec).Infer(make([]op.Type, 7)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// change makes a value another than zero.
func change(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(1e-12)
	case reflect.Int:
		v.SetInt(1)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Array:
		change(v.Index(v.Len() - 1))
	case reflect.Struct:
		v.Set(reflect.ValueOf(op.DimsOf(0)))
	default:
		panic(v.Kind())
	}
}
