// Package safetensors reads and writes files of named tensors in the safetensors format
// (https://github.com/huggingface/safetensors): eight bytes with the length of a header, the header in JSON, the numbers.
// Such a file holds nothing that could run, and other programs read it without this module.
//
//	err := safetensors.Write("weights.safetensors", []safetensors.Tensor{
//		{Name: "fc.weight", Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}},
//	}, map[string]string{"arch": "r3d_18"})
//	…
//	f, err := safetensors.Open("weights.safetensors")
//	if err != nil {
//		return err
//	}
//	defer f.Close()
//	for _, info := range f.Tensors() {
//		t, err := f.Read(info.Name) // t.Data is a []float32, whether the file holds F32, F16 or BF16
//	}
//
// Files are checked when they are opened, before anything is allocated for them: a length that is not that of the shape,
// tensors that overlap or leave holes, names that come twice are errors, which name the file and the tensor.
package safetensors
