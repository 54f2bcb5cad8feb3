package augment_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

func opsFrom(t testing.TB, text string) []clip.Op {
	t.Helper()
	var ops []clip.Op
	if err := json.Unmarshal([]byte(text), &ops); err != nil {
		t.Fatal(err)
	}
	return ops
}

// chains are ops in the orders in which memory is handled differently: geometry first, in the middle, last, twice, none.
var chains = []string{
	`[]`,
	`[{"name":"grayscale","params":{}}]`,
	`[{"name":"gaussian_blur","params":{"sigma":1,"kernel_size":5}},{"name":"grayscale","params":{}}]`,
	`[{"name":"color_jitter","params":{"order":[3,1,0,2],"brightness":1.2,"contrast":0.7,"saturation":1.4,"hue":0.1}},{"name":"grayscale","params":{}},{"name":"solarize","params":{"threshold":90}}]`,
	`[{"name":"rotate","params":{"degrees":20,"fill":[1,2,3]}},{"name":"rand_augment","params":{"ops":[{"name":"sharpness","value":1.5},{"name":"equalize","value":0},{"name":"shear_x","value":0.2}],"fill":[0,0,0]}}]`,
	`[{"name":"resample","params":{"crop":{"x":3,"y":1,"w":20,"h":21},"width":48,"height":36,"flip":true}}]`,
	`[{"name":"resample","params":{"crop":{"x":3,"y":1,"w":20,"h":21},"width":15,"height":70}},{"name":"solarize","params":{"threshold":90}},{"name":"resample","params":{"crop":{"x":1,"y":0,"w":14,"h":50},"width":48,"height":36}}]`,
	`[{"name":"grayscale","params":{}},{"name":"resample","params":{"crop":{"x":0,"y":0,"w":48,"h":36},"width":48,"height":36,"flip":true}},{"name":"rotate","params":{"degrees":20,"fill":[1,2,3]}}]`,
	`[{"name":"rotate","params":{"degrees":20,"fill":[1,2,3]}},{"name":"resample","params":{"crop":{"x":3,"y":1,"w":20,"h":21},"width":48,"height":36}}]`,
}

// TestOpsOneByOne: running ops together or in programs of their own is the same, but for neighbours in colour, which are
// rounded and clamped once.
func TestOpsOneByOne(t *testing.T) {
	in := still(memory.DefaultAllocator, 3, 36, 48)
	defer in.Release()
	for _, text := range chains {
		if strings.Contains(text, "color_jitter") {
			continue
		}
		ops, one := opsFrom(t, text), in.Bytes()
		shape := augment.ShapeOf(in)
		together, err := augment.Default().Compile(ops, shape)
		if err != nil {
			t.Fatal(err)
		}
		want := make([]byte, together.Out().Bytes())
		if err := together.Run(want, one, &augment.Scratch{}); err != nil {
			t.Fatal(err)
		}
		for i := range ops {
			p, err := augment.Default().Compile(ops[i:i+1], shape)
			if err != nil {
				t.Fatal(err)
			}
			next := make([]byte, p.Out().Bytes())
			if err := p.Run(next, one, &augment.Scratch{}); err != nil {
				t.Fatal(err)
			}
			one, shape = next, p.Out()
		}
		if !bytes.Equal(one, want) {
			t.Errorf("one by one the result is another: %s", text)
		}
	}
}

// TestRunAllocatesNothing: a worker's memory is made once.
func TestRunAllocatesNothing(t *testing.T) {
	in := still(memory.DefaultAllocator, 4, 36, 48)
	defer in.Release()
	recipe, err := augment.Recipe("mocov2")
	if err != nil {
		t.Fatal(err)
	}
	var programs []*augment.Program
	for i := range 12 { // of these, some with every op
		v := drawWith(t, metaOf(in), 1, 32, i, recipe).Views[0]
		p, err := augment.Default().Compile(v.Ops, augment.ShapeOf(in))
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	for _, text := range chains[:8] {
		p, err := augment.Default().Compile(opsFrom(t, text), augment.ShapeOf(in))
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	var s augment.Scratch
	dst := make([]byte, len(in.Bytes()))
	for _, p := range programs { // warm
		if err := p.Run(dst, in.Bytes(), &s); err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range programs {
		allocated := testing.AllocsPerRun(20, func() {
			if err := p.Run(dst, in.Bytes(), &s); err != nil {
				t.Error(err)
			}
		})
		if allocated != 0 {
			t.Errorf("program %d of %d ops allocates %v times", i, p.Len(), allocated)
		}
	}
}
