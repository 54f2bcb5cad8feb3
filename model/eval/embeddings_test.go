package eval_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"vidcsl/model/eval"
	"vidcsl/model/op"
)

// embedded returns features that fill more than one record batch, some without a label.
func embedded() eval.Features {
	f := clusters(1, 5000, 3, 4)
	unlabel(&f, 4990)
	f.Classes = []string{"a", "b", "ç", "d"}
	for i := range f.Len() {
		f.Keys = append(f.Keys, "clips/"+strconv.Itoa(i)+".mp4")
	}
	return f
}

func TestWriteEmbeddings(t *testing.T) {
	f, dir := embedded(), t.TempDir()
	path := filepath.Join(dir, "x.arrow")
	for range 2 { // the second replaces the first
		if err := eval.WriteEmbeddings(path, f); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v are left (%v)", entries, err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := ipc.NewFileReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	row := 0
	for i := range r.NumRecords() {
		rec, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		keys, labels := rec.Column(0).(*array.String), rec.Column(1).(*array.Int32)
		x := rec.Column(2).(*array.FixedSizeList).ListValues().(*array.Float32).Float32Values()
		for k := range int(rec.NumRows()) {
			null := f.Labels[row] < 0
			if keys.Value(k) != f.Keys[row] || labels.IsNull(k) != null || !null && labels.Value(k) != f.Labels[row] {
				t.Fatalf("row %d is %s with label %v", row, keys.Value(k), labels.ValueStr(k))
			}
			for j, v := range op.Data[float32](f.X)[row*3:][:3] {
				if x[k*3+j] != v {
					t.Fatalf("row %d holds %v at %d, want %v", row, x[k*3+j], j, v)
				}
			}
			row++
		}
	}
	if row != f.Len() || r.NumRecords() < 2 {
		t.Errorf("%d rows in %d batches", row, r.NumRecords())
	}
}

func TestPyarrowReadsEmbeddings(t *testing.T) {
	python := os.Getenv("VIDCSL_PYTHON")
	if python == "" {
		t.Skip("set VIDCSL_PYTHON to a Python with pyarrow and numpy to run this test")
	}
	f, dir := embedded(), t.TempDir()
	labels, rows := make([]*int32, f.Len()), make([][]float32, f.Len())
	for i, l := range f.Labels {
		if l >= 0 {
			labels[i] = &l
		}
		rows[i] = op.Data[float32](f.X)[i*3:][:3]
		for j, v := range rows[i] {
			rows[i][j] = float32(math.Round(float64(v)*64)) / 64 // exact in JSON
		}
	}
	path, expected := filepath.Join(dir, "x.arrow"), filepath.Join(dir, "expected.json")
	if err := eval.WriteEmbeddings(path, f); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]any{
		"dim": 3, "keys": f.Keys, "labels": labels, "embeddings": rows,
		"metadata": map[string]string{"class_0": "a", "class_1": "b", "class_2": "ç", "class_3": "d"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(expected, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, filepath.Join("testdata", "check_embeddings.py"), path, expected).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// A write that fails leaves what is there.
func TestWriteEmbeddingsErrors(t *testing.T) {
	f, dir := embedded(), t.TempDir()
	if err := eval.WriteEmbeddings(filepath.Join(dir, "no", "x.arrow"), f); err == nil || !strings.Contains(err.Error(), filepath.Join("no", "x.arrow")) {
		t.Errorf("no folder: %v", err)
	}
	path := filepath.Join(dir, "x.arrow")
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := eval.WriteEmbeddings(path, f); err == nil {
		t.Error("a folder was replaced")
	}
	op.Data[float32](f.X)[7] = float32(math.NaN())
	if err := eval.WriteEmbeddings(filepath.Join(dir, "y.arrow"), f); err == nil || !strings.Contains(err.Error(), "sample 2 (clips/2.mp4)") {
		t.Errorf("NaN: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v are left (%v)", entries, err)
	}
}
