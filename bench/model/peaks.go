package main

import (
	"encoding/json"
	"os"
	"sync"
	"time"

	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// peaks is what the machine can do on plain work of large size.
type peaks struct {
	MatMul float64 `json:"matmul_f32_gflops"`
	Conv   float64 `json:"conv_f32_gflops"`
	Half   float64 `json:"conv_bf16_gflops"`
	Copy   float64 `json:"copy_gbps"` // bytes read and bytes written
}

// writePeaks measures on so many threads, and takes the best of some runs.
func writePeaks(threads int) error {
	var p peaks
	var err error
	square := op.Of(op.F32, 2048, 2048)
	conv := op.Conv3D{Stride: [3]int{1, 1, 1}, Pad: [3]int{1, 1, 1}, Dilation: [3]int{1, 1, 1}, Groups: 1}
	x, w := op.Of(op.F32, 4, 256, 8, 28, 28), op.Of(op.F32, 256, 256, 3, 3, 3)
	if p.MatMul, err = rate(cpu.Options{Threads: threads}, op.MatMul{}, square, square); err != nil {
		return err
	}
	if p.Conv, err = rate(cpu.Options{Threads: threads}, conv, x, w); err != nil {
		return err
	}
	if p.Half, err = rate(cpu.Options{Threads: threads, BF16: true}, conv, x, w); err != nil {
		return err
	}
	p.Copy = copyRate(threads)
	return json.NewEncoder(os.Stdout).Encode(p)
}

// rate returns the GFLOP/s of one operation on an input and a parameter.
func rate(o cpu.Options, s op.Spec, x, w op.Type) (float64, error) {
	g := op.NewGraph()
	in, param := op.Input(g, "x", x), op.Input(g, "w", w)
	var y *op.Node
	if err := op.Build(func() { y = op.Apply(op.Sum{}, op.Apply(s, in, param)) }); err != nil {
		return 0, err
	}
	list, _, err := op.Schedule([]*op.Node{y})
	if err != nil {
		return 0, err
	}
	o.Profile = true
	p, err := cpu.New(o).Compile(model.Signature{
		Inputs: []*op.Node{in}, State: []model.Slot{{Name: "w", In: param, First: op.NewTensor(w)}}, Metrics: []*op.Node{y},
	})
	if err != nil {
		return 0, err
	}
	defer p.Close()
	r := &runner{program: p.(*cpu.Program), inputs: []op.Tensor{op.NewTensor(x)}}
	best, counted := 0.0, newWork(list, nil, o.BF16)
	for range 8 {
		spent, err := r.spent(1)
		if err != nil {
			return 0, err
		}
		for _, t := range spent {
			if t.Class == s.Kind() {
				best = max(best, counted.classes(spent)[t.Class].flops/1e9/t.Time.Seconds())
			}
		}
	}
	return best, nil
}

// copyRate returns the GB/s of a copy of 256 MB.
func copyRate(threads int) float64 {
	const size = 256 << 20
	from, to := make([]byte, size), make([]byte, size)
	for i := range from {
		from[i] = byte(i)
	}
	part, best := size/threads, 0.0
	for range 8 {
		var wait sync.WaitGroup
		start := time.Now()
		for k := range threads {
			wait.Go(func() { copy(to[k*part:(k+1)*part], from[k*part:(k+1)*part]) })
		}
		wait.Wait()
		best = max(best, 2*float64(part*threads)/1e9/time.Since(start).Seconds())
	}
	return best
}
