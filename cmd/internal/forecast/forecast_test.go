package forecast_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vidcsl/cmd/internal/forecast"
	"vidcsl/model/train"
)

// gpu is one of round numbers: 100 and 200 TFLOP/s, 10 GB, 100 GB/s.
var gpu = forecast.GPU{Name: "round", F32: 100, BF16: 200, Memory: 10, Bandwidth: 100}

// cost is a step of n samples: 0.3 TFLOPs and 50 MB each, 1 GB of state.
func cost(n int64) *train.Cost {
	return &train.Cost{Steps: 3600, MultiplyAdds: n * 150e9, State: 1e9, PixelBytes: 2e6, Live: train.Precision{F32: n * 50e6, BF16: n * 25e6}, Traffic: train.Precision{F32: n * 7e8, BF16: n * 35e7}}
}

func close(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// By hand: 10 samples are 3 TFLOPs, 0.1 s at 30 % of 100 TFLOP/s; they move 7 GB, 0.1 s at 70 % of 100 GB/s.
func TestMake(t *testing.T) {
	f := forecast.Make(gpu, forecast.Batches{Size: 10, Cost: cost(10), Other: 6, At: cost(6), Unit: 4})
	if len(f.Precisions) != 2 {
		t.Fatalf("%+v", f)
	}
	for i, want := range []struct {
		name                 string
		step, hours, samples float64
		pixels, memory       float64
		largest              int
		fits                 bool
	}{
		{"f32", 0.1, 0.1, 100, 200, 1.5, 160, true}, // (9 - 1) GB / 50 MB
		{"bf16", 0.05, 0.05, 200, 400, 1.25, 320, true},
	} {
		e := f.Precisions[i]
		if e.Precision != want.name || e.Fits != want.fits || e.LargestBatch != want.largest {
			t.Errorf("%+v, want %+v", e, want)
		}
		close(t, "a step", e.StepSeconds, want.step)
		close(t, "the run", e.Hours, want.hours)
		close(t, "samples", e.SamplesPerS, want.samples)
		close(t, "pixels", e.PixelMBPerS, want.pixels)
		close(t, "memory", e.MemoryGB, want.memory)
	}
}

// What bounds a step is what takes longer; what is too large does not fit, and a GPU without bfloat16 has no estimate in it.
func TestBounds(t *testing.T) {
	slow, old := gpu, gpu
	slow.Bandwidth, old.BF16 = 10, 0
	if e := forecast.Make(slow, forecast.Batches{Size: 10, Cost: cost(10)}).Precisions[0]; e.Bound != "bandwidth" || e.LargestBatch != 0 {
		t.Errorf("%+v", e)
	} else {
		close(t, "a step", e.StepSeconds, 1)
	}
	wide := gpu
	wide.Bandwidth = 1000
	if e := forecast.Make(wide, forecast.Batches{Size: 10, Cost: cost(10)}).Precisions[0]; e.Bound != "compute" {
		t.Errorf("%+v", e)
	}
	if f := forecast.Make(old, forecast.Batches{Size: 200, Cost: cost(200), Other: 100, At: cost(100), Unit: 1}); len(f.Precisions) != 1 || f.Precisions[0].Fits || f.Precisions[0].LargestBatch != 160 {
		t.Errorf("%+v", f)
	}
	full := cost(1)
	full.State = 10e9
	if e := forecast.Make(gpu, forecast.Batches{Size: 2, Cost: full, Other: 1, At: full, Unit: 1}).Precisions[0]; e.Fits || e.LargestBatch != 0 {
		t.Errorf("%+v", e)
	}
}

// Names are found however they are written; peaks are in the order that they have to be, and each has its source.
func TestFind(t *testing.T) {
	for _, name := range []string{"h100", "H-100", "rtx 4090", "RTX_4090", "A100-40gb"} {
		if _, err := forecast.Find(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "H", "V100"} {
		if _, err := forecast.Find(name); err == nil || !strings.Contains(err.Error(), "want one of A100, A100-40GB, B200") {
			t.Errorf("%q: %v", name, err)
		}
	}
	if names := forecast.Names(); !slices.IsSorted(names) {
		t.Errorf("%v", names)
	}
	for _, name := range forecast.Names() {
		g, err := forecast.Find(name)
		if err != nil || g.Name != name || g.Source == "" || g.F32 < 1 || g.F32 > 2000 || g.BF16 != 0 && (g.BF16 < 1.9*g.F32 || g.BF16 > 2.1*g.F32) || g.Memory < 10 || g.Bandwidth < 100 {
			t.Errorf("%+v (%v)", g, err)
		}
	}
}
