package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"

	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// runner is a network that has run once.
type runner struct {
	program *cpu.Program
	inputs  []op.Tensor
	ready   ready
}

// ready says what was made.
type ready struct {
	Parameters     map[string]int `json:"parameters"` // elements of each
	ValuesMB       int            `json:"values_mb"`  // the memory of the program
	GraphSeconds   float64        `json:"graph_seconds"`
	CompileSeconds float64        `json:"compile_seconds"`
}

// measured is the best of some runs, of each figure by itself.
type measured struct {
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"` // of all threads; on a busy machine it says more than the clock
	PeakMB     int     `json:"peak_mb"`     // of the process since it started
	HeapBytes  uint64  `json:"heap_bytes"`  // that a run allocates on Go's heap
	Steps      int     `json:"steps"`
}

// start builds and compiles the network and runs it once. The caller closes the program.
func (n *network) start() (*runner, error) {
	began := time.Now()
	sig, params, err := n.graph()
	if err != nil {
		return nil, err
	}
	built := time.Now()
	p, err := cpu.New(n.options).Compile(sig)
	if err != nil {
		return nil, err
	}
	r := &runner{program: p.(*cpu.Program), inputs: n.inputs()}
	r.ready = ready{map[string]int{}, r.program.Bytes() >> 20, built.Sub(began).Seconds(), time.Since(built).Seconds()}
	for _, t := range params.Trained() {
		r.ready.Parameters[t.Name] = op.TypeOf(t.In).Len()
	}
	if !r.program.Kernels() {
		err = errors.New("model: oneDNN is not there, and the references are not worth measuring")
	}
	if err == nil {
		_, err = r.program.Run(context.Background(), r.inputs...)
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	return r, nil
}

// inputs returns normally distributed numbers and, for training, labels.
func (n *network) inputs() []op.Tensor {
	rng := rand.New(rand.NewPCG(1, 1))
	x := op.NewTensor(op.Of(op.F32, n.shape...))
	for i := range op.Data[float32](x) {
		op.Data[float32](x)[i] = float32(rng.NormFloat64())
	}
	if !n.train {
		return []op.Tensor{x}
	}
	labels := op.NewTensor(op.Of(op.I32, n.shape[0]))
	for i := range op.Data[int32](labels) {
		op.Data[int32](labels)[i] = int32(i % classes)
	}
	return []op.Tensor{x, labels}
}

// measure runs the network at least steps times, and until total has passed.
func (r *runner) measure(steps int, total time.Duration) (measured, error) {
	best := measured{Seconds: math.Inf(1), CPUSeconds: math.Inf(1), HeapBytes: math.MaxUint64}
	for began := time.Now(); best.Steps < steps || time.Since(began) < total; best.Steps++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start, used := time.Now(), cpuTime()
		if _, err := r.program.Run(context.Background(), r.inputs...); err != nil {
			return measured{}, err
		}
		best.Seconds = min(best.Seconds, time.Since(start).Seconds())
		best.CPUSeconds = min(best.CPUSeconds, (cpuTime() - used).Seconds())
		runtime.ReadMemStats(&after)
		best.HeapBytes = min(best.HeapBytes, after.TotalAlloc-before.TotalAlloc)
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return measured{}, fmt.Errorf("model: %w", err)
	}
	best.PeakMB = int(usage.Maxrss >> 10)
	return best, nil
}

// cpuTime returns the time that the process has computed.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
