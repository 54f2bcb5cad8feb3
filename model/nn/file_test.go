package nn_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/model/safetensors"
)

// encoder builds an encoder for one small clip or image.
func encoder(t *testing.T, seed uint64, d op.DType, c nn.Config, shape ...int) (*nn.Params, *nn.Encoder, *op.Node) {
	t.Helper()
	g := op.NewGraph()
	p := nn.NewParams(g, d, seed)
	x := op.Input(g, "x", op.Of(d, shape...))
	enc, err := nn.New(p.Sub("encoder"), x, c)
	if err != nil {
		t.Fatal(err)
	}
	return p.Sub("encoder"), enc, x
}

var tiny = nn.Config{Arch: "resnet18", Width: 0.0625, Depth: 0.5, Stem: nn.SmallStem, Classes: 3}

func TestSaveThenLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	from, _, _ := encoder(t, 1, op.F32, tiny, 1, 3, 1, 16, 16)
	if err := from.Save(path, nil, map[string]string{"arch": "resnet18"}); err != nil {
		t.Fatal(err)
	}
	for _, d := range []op.DType{op.F32, op.F64} {
		to, _, _ := encoder(t, 2, d, tiny, 1, 3, 1, 16, 16)
		if err := to.Load(path); err != nil {
			t.Fatal(err)
		}
		for i, n := range to.List() {
			if want := from.List()[i].First(); !slices.Equal(values(n.First()), values(want)) {
				t.Errorf("%s is not what was saved", n.Name)
			}
		}
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// images: the kernel has no depth in the file, as in torchvision's
	if info, ok := f.Lookup("layer2.0.conv1.weight"); !ok || !slices.Equal(info.Shape, []int{8, 4, 3, 3}) {
		t.Errorf("layer2.0.conv1.weight is %v in the file", info.Shape)
	}
	// without a classifier, what stands below its name may be in the file all the same
	bare := tiny
	bare.Classes = 0
	to, enc, _ := encoder(t, 2, op.F32, bare, 1, 3, 1, 16, 16)
	if err := to.Load(path, enc.Classifier); err != nil {
		t.Error(err)
	}
	if err := to.Load(path); err == nil || !strings.Contains(err.Error(), "; not in the model: fc.weight [3 32], fc.bias [3]") &&
		!strings.Contains(err.Error(), "; not in the model: fc.bias [3], fc.weight [3 32]") {
		t.Errorf("got %v", err)
	}
}

func TestLoadRounds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	exact, _, _ := encoder(t, 1, op.F64, tiny, 1, 3, 1, 16, 16)
	if err := exact.Save(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	for d, want := range map[op.DType]func(float64) float64{
		op.F64: func(v float64) float64 { return v }, op.F32: func(v float64) float64 { return float64(float32(v)) },
	} {
		to, _, _ := encoder(t, 2, d, tiny, 1, 3, 1, 16, 16)
		if err := to.Load(path); err != nil {
			t.Fatal(err)
		}
		got, from := values(to.List()[0].First()), values(exact.List()[0].First())
		for i, v := range from {
			if got[i] != want(v) {
				t.Fatalf("%v: %v became %v", d, v, got[i])
			}
		}
	}
}

func TestSaveTakesValuesOfTheProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	p, _, _ := encoder(t, 1, op.F32, tiny, 1, 3, 1, 16, 16)
	get := func(name string) (op.Tensor, error) {
		n, ok := p.Lookup(strings.TrimPrefix(name, "encoder."))
		if !ok {
			return op.Tensor{}, errors.New("no such value")
		}
		return formula(n.Name, op.TypeOf(n.In)), nil
	}
	if err := p.Save(path, get, nil); err != nil {
		t.Fatal(err)
	}
	got, err := p.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range p.List() {
		if want, _ := get(n.Name); !reflect.DeepEqual(got[n.Name], want) {
			t.Errorf("%s was not saved as the program has it", n.Name)
		}
	}
	if err := p.Save(path, func(string) (op.Tensor, error) { return op.From([]float32{1}, 1), nil }, nil); err == nil {
		t.Error("values of another shape were saved")
	}
}

func TestLoadSaysWhatDiffers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	from, _, _ := encoder(t, 1, op.F32, tiny, 1, 3, 1, 16, 16)
	if err := from.Save(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	wide := tiny
	wide.Width *= 2
	video := tiny
	video.Arch = "r3d_18"
	for want, c := range map[string]nn.Config{
		"; of another shape: conv1.weight [4 3 3 3], want [8 3 3 3], bn1.weight [4], want [8], bn1.bias [4], want [8] and ": wide,
		"; missing: stem.0.weight [4 3 3 3 3], stem.1.weight [4], stem.1.bias [4] and ":                                     video,
	} {
		to, _, _ := encoder(t, 1, op.F32, c, 1, 3, 8, 16, 16)
		before := to.List()[0].First()
		err := to.Load(path)
		var e *nn.MismatchError
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path+" holds the weights of another model") {
			t.Errorf("\n got %v\nwant %s", err, want)
		}
		if !reflect.DeepEqual(before, to.List()[0].First()) {
			t.Error("a file that does not fit was taken in part")
		}
	}
	// integers where numbers belong
	var list []safetensors.Tensor
	for _, n := range from.List() {
		v := n.First()
		list = append(list, safetensors.Tensor{Name: strings.TrimPrefix(n.Name, "encoder."), Shape: v.Shape, Data: v.Data})
	}
	list[1].Data = make([]int32, list[1].Shape[0])
	if err := safetensors.Write(path, list, nil); err != nil {
		t.Fatal(err)
	}
	if err := from.Load(path); err == nil || !strings.Contains(err.Error(), "tensor bn1.weight holds []int32, want floating-point") {
		t.Errorf("got %v", err)
	}
}

// Weights saved here load into torchvision's models strictly and give the same outputs, and the other way round.
func TestTorchvisionLoads(t *testing.T) {
	python := os.Getenv("VIDCSL_PEERS")
	if python == "" {
		t.Skip("set VIDCSL_PEERS to a Python with torch and torchvision to run this test")
	}
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name+".safetensors") }
	models := map[string]*nn.Params{}
	for arch, shape := range map[string][]int{
		"r3d_18": {1, 3, 4, 32, 32}, "r2plus1d_18": {1, 3, 4, 32, 32}, "s3d": {1, 3, 16, 32, 32},
		"resnet18": {1, 3, 1, 64, 64}, "resnet50": {1, 3, 1, 64, 64},
	} {
		p, enc, x := encoder(t, 1, op.F32, nn.Config{Arch: arch, Classes: 10}, shape...)
		models[arch] = p
		feed := map[*op.Node]op.Tensor{x: tensor(op.Of(op.F32, shape...), numbers("input", op.Of(op.F32, shape...).Len()))}
		for _, n := range p.List() {
			if n.Buffer { // trained weights have statistics of their own
				if err := n.SetFirst(formula(n.Name, op.TypeOf(n.In))); err != nil {
					t.Fatal(err)
				}
			}
			feed[n.In] = n.First()
		}
		y, err := op.Interpret([]*op.Node{enc.Logits}, feed)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Save(file(arch), nil, map[string]string{"arch": arch}); err != nil {
			t.Fatal(err)
		}
		if err := safetensors.Write(file(arch+".result"), []safetensors.Tensor{
			{Name: "input", Shape: shape, Data: feed[x].Data}, {Name: "output", Shape: y[0].Shape, Data: y[0].Data},
		}, nil); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(python, "-B", filepath.Join("..", "..", "scripts", "check_weights.py"), dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	for arch, p := range models {
		if err := p.Load(file(arch + ".theirs")); err != nil {
			t.Fatal(err)
		}
		if err := p.Save(file(arch+".again"), nil, nil); err != nil {
			t.Fatal(err)
		}
		compareFiles(t, file(arch+".theirs"), file(arch+".again"))
	}
}

// compareFiles fails unless two files have the same tensors but for counters.
func compareFiles(t *testing.T, a, b string) {
	t.Helper()
	fa, err := safetensors.Open(a)
	if err != nil {
		t.Fatal(err)
	}
	defer fa.Close()
	fb, err := safetensors.Open(b)
	if err != nil {
		t.Fatal(err)
	}
	defer fb.Close()
	n := 0
	for _, i := range fa.Tensors() {
		if strings.HasSuffix(i.Name, "num_batches_tracked") {
			continue
		}
		n++
		va, errA := fa.Read(i.Name)
		vb, errB := fb.Read(i.Name)
		if err := errors.Join(errA, errB); err != nil || !reflect.DeepEqual(va, vb) {
			t.Errorf("%s came back changed, or %v", i.Name, err)
		}
	}
	if n != len(fb.Tensors()) {
		t.Errorf("%d tensors came back, want %d", len(fb.Tensors()), n)
	}
}
