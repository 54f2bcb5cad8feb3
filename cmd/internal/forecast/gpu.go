// Package forecast says what a training would take on a GPU, from what was counted of its steps and what the GPU's vendor says of it.
// Nothing of it is measured.
package forecast

import (
	"fmt"
	"strings"
)

// GPU is what its vendor says of a device. Peaks are of dense matrices: half of what is given "with sparsity".
type GPU struct {
	Name      string  `json:"name"`
	F32       float64 `json:"peak_f32_tflops"`      // of products in TF32, where it has it, as frameworks compute convolutions of float32
	BF16      float64 `json:"peak_bf16_tflops"`     // of products in bfloat16; 0: it has none
	Memory    float64 `json:"memory_gb"`            // 10^9 bytes
	Bandwidth float64 `json:"bandwidth_gb_per_sec"` // of the memory
	Source    string  `json:"source"`
}

var gpus = []GPU{
	{"A100", 156, 312, 80, 2039, "NVIDIA A100 80GB datasheet, SXM"},
	{"A100-40GB", 156, 312, 40, 1555, "NVIDIA A100 datasheet, SXM, 40 GB"},
	{"B200", 1125, 2250, 180, 8000, "NVIDIA HGX B200 and DGX B200 datasheets, one of eight"},
	{"H100", 494.5, 989.5, 80, 3350, "NVIDIA H100 datasheet, SXM"},
	{"H100-PCIe", 378, 756, 80, 2000, "NVIDIA H100 datasheet, PCIe"},
	{"H200", 494.5, 989.5, 141, 4800, "NVIDIA H200 datasheet, SXM"},
	{"L4", 60, 121, 24, 300, "NVIDIA L4 datasheet"},
	{"RTX-4090", 82.6, 165.2, 24, 1008, "NVIDIA Ada GPU architecture whitepaper, appendix A"},
	{"T4", 8.1, 0, 16, 300, "NVIDIA T4 datasheet; it has neither TF32 nor bfloat16"},
}

// Names returns the names of the known GPUs.
func Names() []string {
	names := make([]string, len(gpus))
	for i, g := range gpus {
		names[i] = g.Name
	}
	return names
}

// Find returns a GPU by its name, in which case, spaces, dashes and underscores do not count.
func Find(name string) (GPU, error) {
	plain := strings.NewReplacer(" ", "", "-", "", "_", "")
	for _, g := range gpus {
		if strings.EqualFold(plain.Replace(g.Name), plain.Replace(name)) {
			return g, nil
		}
	}
	return GPU{}, fmt.Errorf("%q is not a known GPU, want one of %s", name, strings.Join(Names(), ", "))
}
