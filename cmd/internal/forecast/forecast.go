package forecast

import (
	"vidcsl/model/train"
)

// What is assumed of every GPU. Training of 3D convolutions reaches something like a third of the peak of products on the GPUs of today; the bytes
// that a step moves are counted as if no two operations were fused, which is too many.
const (
	ComputeShare   = 0.3 // of the peak of products
	BandwidthShare = 0.7 // of the memory's bandwidth
	MemoryShare    = 0.9 // of the memory: the rest is the driver's, and lost between blocks
)

// Forecast is what a training would take on a GPU.
type Forecast struct {
	GPU            GPU        `json:"gpu"`
	ComputeShare   float64    `json:"assumed_share_of_peak"`
	BandwidthShare float64    `json:"assumed_share_of_bandwidth"`
	MemoryShare    float64    `json:"assumed_share_of_memory"`
	Precisions     []Estimate `json:"estimates"`
}

// Estimate is a forecast in one precision.
type Estimate struct {
	Precision    string  `json:"precision"`
	StepSeconds  float64 `json:"step_seconds"`
	Hours        float64 `json:"hours"`
	Bound        string  `json:"bound"` // what takes longer: compute or bandwidth
	SamplesPerS  float64 `json:"samples_per_second"`
	PixelMBPerS  float64 `json:"pixel_mb_per_second"` // of views, that data have to come at
	MemoryGB     float64 `json:"memory_gb"`           // 10^9 bytes
	Fits         bool    `json:"fits"`
	LargestBatch int     `json:"largest_batch,omitempty"` // that fits; 0: not known, or none does
}

// Batches is what was counted of a step of one batch and of another size, so that the memory of others can be told: Size and Other differ.
type Batches struct {
	Size  int
	Cost  *train.Cost
	Other int // 0: there is none
	At    *train.Cost
	Unit  int // batches are multiples of it
}

// Make makes the forecast: a step takes as long as its products at the assumed share of the peak, or the bytes that it moves at that of the
// bandwidth, whichever is longer (the roofline of Williams, Waterman and Patterson 2009); data are there when they are needed.
func Make(g GPU, b Batches) Forecast {
	f := Forecast{GPU: g, ComputeShare: ComputeShare, BandwidthShare: BandwidthShare, MemoryShare: MemoryShare}
	for _, p := range []struct {
		name string
		peak float64
		of   func(train.Precision) int64
	}{{"f32", g.F32, func(p train.Precision) int64 { return p.F32 }}, {"bf16", g.BF16, func(p train.Precision) int64 { return p.BF16 }}} {
		if p.peak > 0 {
			f.Precisions = append(f.Precisions, estimate(g, b, p.name, p.peak, p.of))
		}
	}
	return f
}

func estimate(g GPU, b Batches, name string, peak float64, of func(train.Precision) int64) Estimate {
	c := b.Cost
	compute := 2 * float64(c.MultiplyAdds) / (ComputeShare * peak * 1e12)
	moving := float64(of(c.Traffic)) / (BandwidthShare * g.Bandwidth * 1e9)
	e := Estimate{Precision: name, StepSeconds: max(compute, moving), Bound: "compute"}
	if moving > compute {
		e.Bound = "bandwidth"
	}
	e.Hours = e.StepSeconds * float64(c.Steps) / 3600
	if e.StepSeconds > 0 {
		e.SamplesPerS = float64(b.Size) / e.StepSeconds
	}
	e.PixelMBPerS = e.SamplesPerS * float64(c.PixelBytes) / 1e6
	memory := func(c *train.Cost) float64 { return float64(c.State + c.Batch + of(c.Live)) }
	room := MemoryShare * g.Memory * 1e9
	e.MemoryGB, e.Fits = memory(c)/1e9, memory(c) <= room
	if b.Other > 0 { // memory grows with the batch along a line, nearly
		each := (memory(b.At) - memory(c)) / float64(b.Other-b.Size)
		if rest := room - (memory(c) - each*float64(b.Size)); each > 0 && rest > 0 {
			e.LargestBatch = int(rest/each) / b.Unit * b.Unit
		}
	}
	return e
}
