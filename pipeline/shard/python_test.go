package shard

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// pyarrow must see a FixedShapeTensorArray of the right shape and the same bytes.
func TestPyarrowReadsShards(t *testing.T) {
	python := os.Getenv("VIDCSL_PYTHON")
	if python == "" {
		t.Skip("set VIDCSL_PYTHON to a Python with pyarrow and numpy to run this test")
	}
	for _, c := range []Compression{Raw, LZ4, Zstd} {
		t.Run(c.String(), func(t *testing.T) {
			mem := checked(t)
			keys := []string{"a", "bb", "ç", "dd", "e"}
			first, second := testRecord(mem, keys[:3]...), testRecord(mem, keys[3:]...)
			defer first.Release()
			defer second.Release()
			dir := t.TempDir()
			path := filepath.Join(dir, "x.arrow")
			writeFile(t, path, mem, c, first, second)

			tensors := make([][]int, len(keys))
			row := make([]byte, testTensor.RowBytes())
			for i, k := range keys {
				fillRow(row, k)
				for _, b := range row {
					tensors[i] = append(tensors[i], int(b))
				}
			}
			expected, err := json.Marshal(map[string]any{
				"keys": keys, "shape": testTensor.Shape(), "dtype": "uint8", "tensors": tensors, "compression": c.String(),
				"metadata": map[string]string{"schema_version": "1"},
			})
			if err != nil {
				t.Fatal(err)
			}
			want := filepath.Join(dir, "expected.json")
			write(t, want, string(expected))
			out, err := exec.Command(python, filepath.Join("testdata", "check_tensor.py"), path, want).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

// What pyarrow writes is read as a TensorArray, although its storage declares nullable elements.
func TestReadsPyarrowTensors(t *testing.T) {
	python := os.Getenv("VIDCSL_PYTHON")
	if python == "" {
		t.Skip("set VIDCSL_PYTHON to a Python with pyarrow and numpy to run this test")
	}
	path := filepath.Join(t.TempDir(), "x.arrow")
	out, err := exec.Command(python, filepath.Join("testdata", "write_tensor.py"), path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := OpenFile(path, WithAllocator(checked(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := 0
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		view := rec.Column(0).(*TensorArray)
		if !arrow.TypeEqual(view.DataType(), FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 2, 3)) {
			t.Errorf("type %v", view.DataType())
		}
		for i := range view.Len() {
			for k, b := range view.Row(i) {
				if int(b) != rows*6+k {
					t.Errorf("row %d is %v", rows, view.Row(i))
				}
			}
			rows++
		}
	}
	if rows != 4 {
		t.Errorf("%d rows", rows)
	}
}
