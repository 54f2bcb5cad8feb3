package safetensors_test

import (
	"fmt"
	"os"
	"path/filepath"

	"vidcsl/model/safetensors"
)

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "weights.safetensors")
	if err := safetensors.Write(path, []safetensors.Tensor{
		{Name: "fc.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
		{Name: "fc.bias", Shape: []int{2}, Data: []float32{0.5, -0.5}},
	}, map[string]string{"arch": "r3d_18"}); err != nil {
		fmt.Println(err)
		return
	}
	f, err := safetensors.Open(path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	fmt.Println(f.Metadata()["arch"])
	for _, info := range f.Tensors() {
		t, err := f.Read(info.Name)
		fmt.Println(info.Name, info.DType, info.Shape, t.Data, err)
	}
	// Output:
	// r3d_18
	// fc.bias F32 [2] [0.5 -0.5] <nil>
	// fc.weight F32 [2 3] [1 2 3 4 5 6] <nil>
}
