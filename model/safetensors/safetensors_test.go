package safetensors_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/safetensors"
)

var examples = []safetensors.Tensor{
	{Name: "mask", Shape: []int{3}, Data: []uint8{0, 1, 255}},
	{Name: "b.weight", Shape: []int{2, 3}, Data: []float32{1, -2, 3.5, 0, math.MaxFloat32, math.SmallestNonzeroFloat32}},
	{Name: "a.weight", Shape: []int{1, 2}, Data: []float32{float32(math.Inf(-1)), 1e-20}},
	{Name: "step", Shape: []int{}, Data: []int64{-1 << 40}},
	{Name: "labels", Shape: []int{2}, Data: []int32{math.MinInt32, 7}},
	{Name: "exact", Shape: []int{1}, Data: []float64{math.Pi}},
	{Name: "empty \"ü\"", Shape: []int{4, 0}, Data: []float32{}},
}

func TestWriteThenRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	meta := map[string]string{"arch": "r3d_18", "note": "<ä\n>"}
	if err := safetensors.Write(path, examples, meta); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !reflect.DeepEqual(f.Metadata(), meta) {
		t.Errorf("metadata %v, want %v", f.Metadata(), meta)
	}
	var names []string
	for _, i := range f.Tensors() {
		names = append(names, i.Name)
	}
	if want := []string{"exact", "step", "a.weight", "b.weight", "empty \"ü\"", "labels", "mask"}; !slices.Equal(names, want) {
		t.Errorf("tensors %q, want %q", names, want)
	}
	for _, want := range examples {
		if got, err := f.Read(want.Name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v and %v, want %v", want.Name, got, err, want)
		}
	}
	if _, err := f.Read("absent"); err == nil || !strings.Contains(err.Error(), path+`: no tensor "absent"`) {
		t.Errorf("got %v", err)
	}
	// the order of the tensors does not matter, and an old file is replaced
	reversed := slices.Clone(examples)
	slices.Reverse(reversed)
	if err := safetensors.Write(path, reversed, meta); err != nil {
		t.Fatal(err)
	}
	if second, err := os.ReadFile(path); err != nil || !bytes.Equal(first, second) {
		t.Errorf("another order makes another file, or %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("files left behind: %v, %v", left, err)
	}
	if n := binary.LittleEndian.Uint64(first); n%8 != 0 {
		t.Errorf("the header has %d bytes, want a multiple of 8", n)
	}
}

func TestWriteRefuses(t *testing.T) {
	dir := t.TempDir()
	for want, list := range map[string][]safetensors.Tensor{
		`tensor "a": 3 elements for shape [2]`:                {{Name: "a", Shape: []int{2}, Data: []float32{1, 2, 3}}},
		`tensor "a": data is a []int16`:                       {{Name: "a", Shape: []int{1}, Data: []int16{1}}},
		`tensor "a": two of this name`:                        {examples[0], {Name: "a", Data: []int32{1}}, {Name: "a", Data: []float32{1}}},
		`tensor "__metadata__": this cannot be the name`:      {{Name: "__metadata__", Data: []int32{1}}},
		`tensor "a": shape [-1] has a negative dimension`:     {{Name: "a", Shape: []int{-1}, Data: []int32{}}},
		`tensor "a\xff": this cannot be the name of a tensor`: {{Name: "a\xff", Data: []int32{1}}},
	} {
		if err := safetensors.Write(filepath.Join(dir, "x"), list, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err := safetensors.Write(filepath.Join(dir, "x"), nil, map[string]string{"a": "\xff"}); err == nil {
		t.Error("metadata that is not UTF-8 was written")
	}
	if err := safetensors.Write(filepath.Join(dir, "no", "x"), nil, nil); err == nil {
		t.Error("a file in a folder that is not there was written")
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("files left behind: %v", left)
	}
}

// file puts a header before n bytes of data.
func file(header string, n int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, n)...)
}

func parse(b []byte) (*safetensors.File, error) {
	return safetensors.NewFile(bytes.NewReader(b), int64(len(b)), "some.safetensors")
}

func TestReadRefuses(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	for _, c := range []struct {
		want   string
		header string
		bytes  int
	}{
		{`tensor "b": bytes 4 to 12 overlap tensor "a"`, `{` + a + `,"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12},
		{`tensor "b": begins at byte 12, want 8: there is a hole`, `{` + a + `,"b":{"dtype":"U8","shape":[1],"data_offsets":[12,13]}}`, 13},
		{`tensor "a": bytes 0 to 8 of 7: the file is cut off`, `{` + a + `}`, 7},
		{`9 bytes of data, but the tensors take 8`, `{` + a + `}`, 9},
		{`key "a" comes twice`, `{` + a + `,` + a + `}`, 8},
		{`tensor "a": 8 bytes, want 12 for F32[3]`, `{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8},
		{`tensor "a": element type "F8_E4M3", want`, `{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}`, 8},
		{`tensor "a": shape [-2] has a negative`, `{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8},
		{`is too large`, `{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0},
		{`tensor "a": data_offsets [8 0]`, `{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8},
		{`tensor "a": data_offsets [0]`, `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}`, 8},
		{`tensor "a": unknown key "order"`, `{"a":{"order":"C","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8},
		{`is missing`, `{"a":{"dtype":"F32","data_offsets":[0,8]}}`, 8},
		{`shape: null`, `{"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}}`, 8},
		{`tensor "a": shape:`, `{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}`, 8},
		{`tensor "a": 3, want an object`, `{"a":3}`, 8},
		{`header: `, `{"__metadata__":{"k":1}}`, 0},
		{`something follows`, `{} {}`, 0},
		{`not a JSON object`, ` {}`, 0},
		{`not UTF-8`, "{\"\xff\":1}", 0},
	} {
		_, err := parse(file(c.header, c.bytes))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "safetensors: some.safetensors: ") {
			t.Errorf("%s\n got %v\nwant %s", c.header, err, c.want)
		}
	}
	for _, b := range [][]byte{nil, []byte("short"), append(binary.LittleEndian.AppendUint64(nil, 1<<63), '{', '}'),
		append(binary.LittleEndian.AppendUint64(nil, 3), '{', '}')} {
		if _, err := parse(b); err == nil {
			t.Errorf("%q was read", b)
		}
	}
}

func TestHalves(t *testing.T) {
	bits := []uint16{0, 0x8000, 1, 0x03ff, 0x0400, 0x3c00, 0xc500, 0x7bff, 0x7c00, 0xfc00}
	want := []float32{0, float32(math.Copysign(0, -1)), 0x1p-24, 1023 * 0x1p-24, 0x1p-14, 1, -5, 65504, float32(math.Inf(1)), float32(math.Inf(-1))}
	b := file(`{"h":{"dtype":"F16","shape":[10],"data_offsets":[0,20]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[20,24]}}  `, 0)
	for _, v := range append(bits, 0x3fc0, 0xff80) {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	f, err := parse(b)
	if err != nil {
		t.Fatal(err)
	}
	h, err := f.Read("h")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range h.Data.([]float32) {
		if math.Float32bits(v) != math.Float32bits(want[i]) {
			t.Errorf("%#x is %v, want %v", bits[i], v, want[i])
		}
	}
	if got, err := f.Read("b"); err != nil || !slices.Equal(got.Data.([]float32), []float32{1.5, float32(math.Inf(-1))}) {
		t.Errorf("bf16: %v, %v", got, err)
	}
	b[len(b)-6] |= 1 // the last half becomes a NaN
	if f, err = parse(b); err != nil {
		t.Fatal(err)
	}
	if h, err := f.Read("h"); err != nil || !math.IsNaN(float64(h.Data.([]float32)[9])) {
		t.Errorf("NaN: %v, %v", h, err)
	}
}

func FuzzRead(f *testing.F) {
	path := filepath.Join(f.TempDir(), "x")
	if err := safetensors.Write(path, examples, map[string]string{"k": "v"}); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(file(`{"a":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]}}`, 4))
	f.Add(file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := parse(b)
		if err != nil {
			return
		}
		var list []safetensors.Tensor
		total := 0
		for _, i := range file.Tensors() {
			v, err := file.Read(i.Name)
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, v)
			total += i.Len() * i.DType.Size()
		}
		if total > len(b) {
			t.Fatalf("%d bytes of tensors in %d", total, len(b))
		}
		again := filepath.Join(t.TempDir(), "y")
		if err := safetensors.Write(again, list, file.Metadata()); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		copied, err := safetensors.Open(again)
		if err != nil {
			t.Fatal(err)
		}
		defer copied.Close()
		if len(copied.Tensors()) != len(list) || len(copied.Metadata()) != len(file.Metadata()) {
			t.Fatalf("%d tensors came back, want %d", len(copied.Tensors()), len(list))
		}
	})
}
