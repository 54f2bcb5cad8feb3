package cpu

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vidcsl/model"
	"vidcsl/model/op"
)

// TestOverwrites computes every operation that may write over its operands both ways.
func TestOverwrites(t *testing.T) {
	for _, c := range []struct {
		spec    op.Spec
		vectors int    // operands [6], then
		scalars string // f: an F32 scalar, i: an I32 scalar, r: places of 6 rows
	}{
		{op.Add{}, 2, ""}, {op.Sub{}, 2, ""}, {op.Mul{}, 2, ""}, {op.Div{}, 2, ""}, {op.Scale{Factor: 3}, 1, ""}, {op.Shift{By: 3}, 1, ""},
		{op.GELU{}, 1, ""}, {op.GELUGrad{}, 2, ""}, {op.Sqrt{}, 1, ""}, {op.Exp{}, 1, ""}, {op.Log{}, 1, ""}, {op.Square{}, 1, ""},
		{op.RoundBF16{}, 1, ""}, {op.EMA{Decay: 0.9}, 2, ""}, {op.SGDMomentum{Momentum: 0.9, WeightDecay: 0.1}, 3, ""}, {op.SGDApply{}, 2, "f"},
		{op.LARSMomentum{Momentum: 0.9, WeightDecay: 0.1, Trust: 0.1}, 3, "f"}, {op.AdamMoment1{Beta: 0.9}, 2, ""}, {op.AdamMoment2{Beta: 0.9}, 2, ""},
		{op.AdamWApply{Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, WeightDecay: 0.1}, 3, "if"}, {op.RingWrite{}, 2, "i"}, {op.RowWrite{}, 2, "r"}, {op.Advance{By: 2, Mod: 5}, 0, "i"},
	} {
		for _, k := range overwrites(c.spec, c.vectors+len(c.scalars)) {
			var in []op.Tensor
			rng := rand.New(rand.NewPCG(1, 9))
			for range c.vectors {
				x := op.NewTensor(op.Of(op.F32, 6))
				for i := range op.Data[float32](x) {
					op.Data[float32](x)[i] = rng.Float32() + 0.1
				}
				in = append(in, x)
			}
			var types []op.Type
			for _, s := range c.scalars {
				switch s {
				case 'f':
					in = append(in, op.From([]float32{0.5}))
				case 'r':
					in = append(in, op.From([]int32{4, -1, 0, 5, 6, 4}, 6))
				default:
					in = append(in, op.From([]int32{4}))
				}
			}
			for _, x := range in {
				types = append(types, x.Type)
			}
			out, err := c.spec.Infer(types)
			if err != nil {
				t.Fatalf("%s: %v", c.spec.Kind(), err)
			}
			want := op.NewTensor(out)
			if err := c.spec.Reference(want, in); err != nil {
				t.Fatal(err)
			}
			if !in[k].Equal(out) {
				continue
			}
			if err := c.spec.Reference(in[k], slices.Clone(in)); err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(in[k].Data) != fmt.Sprint(want.Data) {
				t.Errorf("%s over operand %d: %v, want %v", c.spec.Kind(), k, in[k].Data, want.Data)
			}
		}
	}
}

// TestUpdates checks which new values take the place of old ones, and in what order.
func TestUpdates(t *testing.T) {
	g := op.NewGraph()
	vector := func(name string) *op.Node { return op.Input(g, name, op.Of(op.F32, 4)) }
	p, v, e, lr, grad := vector("p"), vector("v"), vector("e"), op.Input(g, "lr", op.Of(op.F32)), vector("grad")
	v2 := op.Apply(op.SGDMomentum{Momentum: 0.9}, p, grad, v)
	p2 := op.Apply(op.SGDApply{}, p, v2, lr)
	e2 := op.Apply(op.EMA{Decay: 0.9}, e, p2)
	loss := op.Apply(op.Sum{}, op.Apply(op.Mul{}, p, e))
	places := func(metrics ...*op.Node) []string {
		list, at, err := op.Schedule(append([]*op.Node{e2, p2, v2, loss}, metrics...))
		if err != nil {
			t.Fatal(err)
		}
		place := map[*op.Node]int{}
		for i, in := range list {
			place[in.Node] = i
		}
		var names []string
		for _, u := range updates(list, []int{place[e], place[p], place[v]}, at[:3], at[3:]) {
			names = append(names, list[u.over].Node.Name())
		}
		return names
	}
	if got := places(); !slices.Equal(got, []string{"v", "p", "e"}) {
		t.Errorf("updates %v, want all three in the order of their operands", got)
	}
	list, at, err := op.Schedule([]*op.Node{e2})
	if err != nil {
		t.Fatal(err)
	}
	if got := updates(list, []int{list[at[0]].In[0], -1}, []int{at[0], at[0]}, nil); len(got) != 0 {
		t.Errorf("updates %v of a value that two slots take", got)
	}
	if got := places(op.Apply(op.Sum{}, p2)); !slices.Equal(got, []string{"e"}) {
		t.Errorf("updates %v, want e alone: what computes a metric from p needs it, and v, before the end", got)
	}
}

// TestRowWriteOfItself: a table whose own rows, or numbers as places, are what is written comes out as the reference says.
func TestRowWriteOfItself(t *testing.T) {
	for name, write := range map[string]func(table, other *op.Node) *op.Node{
		"rows":   func(table, other *op.Node) *op.Node { return op.Apply(op.RowWrite{}, table, table, other) },
		"places": func(table, other *op.Node) *op.Node { return op.Apply(op.RowWrite{}, table, other, table) },
	} {
		g := op.NewGraph()
		table, other := op.Input(g, "table", op.Of(op.I32, 4)), op.Input(g, "other", op.Of(op.I32, 4))
		out := write(table, other)
		first, fed := op.From([]int32{1, 2, 3, 0}, 4), op.From([]int32{3, 0, 1, 2}, 4)
		want, err := op.Interpret([]*op.Node{out}, map[*op.Node]op.Tensor{table: first, other: fed})
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(Options{}).Compile(model.Signature{Inputs: []*op.Node{other}, State: []model.Slot{{Name: "table", In: table, Out: out, First: first}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(t.Context(), fed); err != nil {
			t.Fatal(err)
		}
		got, err := p.Get("table")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Data.([]int32), want[0].Data.([]int32)) {
			t.Errorf("%s: %v, want %v", name, got.Data, want[0].Data)
		}
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
}
