// Command model measures training steps on the CPU: R3D-18 forward, backward and SGD with momentum, for peer.py's numbers to be
// compared with. It prints the best time of a step, the clock's and the processors', and with -profile where it goes.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"runtime"
	"syscall"
	"time"

	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

func main() {
	log.SetFlags(0)
	batch := flag.Int("batch", 4, "clips in a batch")
	frames := flag.Int("frames", 16, "frames of a clip")
	size := flag.Int("size", 112, "height and width")
	steps := flag.Int("steps", 6, "how often")
	threads := flag.Int("threads", 2, "threads")
	bf16 := flag.Bool("bf16", false, "activations in bfloat16")
	profile := flag.Bool("profile", false, "print where the time goes")
	flag.Parse()

	start := time.Now()
	sig, err := r3d18(*batch, *frames, *size)
	if err != nil {
		log.Fatal(err)
	}
	built := time.Since(start)
	p, err := cpu.New(cpu.Options{Threads: *threads, BF16: *bf16, Profile: *profile}).Compile(sig)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	sig.State = nil
	compiled := time.Since(start) - built
	x := normal(rand.New(rand.NewPCG(1, 1)), 1, *batch, 3, *frames, *size, *size)
	best, busy, loss, allocs := time.Hour, time.Hour, float32(0), uint64(0)
	for step := range *steps + 1 {
		if step == 1 { // the first warms up
			p.(*cpu.Program).Profile()
			best, busy = time.Hour, time.Hour
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start, used := time.Now(), cpuTime()
		metrics, err := p.Run(context.Background(), x)
		if err != nil {
			log.Fatal(err)
		}
		best, busy = min(best, time.Since(start)), min(busy, cpuTime()-used)
		runtime.ReadMemStats(&after)
		loss, allocs = op.Data[float32](metrics[0])[0], after.TotalAlloc-before.TotalAlloc
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	fmt.Printf("R3D-18 %dx3x%dx%dx%d threads %d bf16 %v: step %.3f s (%.3f s of CPU), loss %.5f, values %d MB, peak %d MB, %d B of Go's heap per step, graph %v, compile %v\n",
		*batch, *frames, *size, *size, *threads, *bf16, best.Seconds(), busy.Seconds(), loss, p.(*cpu.Program).Bytes()>>20, usage.Maxrss>>10, allocs,
		built.Round(time.Millisecond), compiled.Round(time.Millisecond))
	if *profile {
		for _, s := range p.(*cpu.Program).Profile() {
			if t := s.Time.Seconds() * 1e3 / float64(*steps); t >= 0.05 {
				fmt.Printf("  %-22s %4d calls %8.1f ms\n", s.Class, s.Calls / *steps, t)
			}
		}
	}
}

// cpuTime returns the time that the process has computed. On a busy machine it says more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// normal returns normally distributed numbers.
func normal(rng *rand.Rand, deviation float64, shape ...int) op.Tensor {
	t := op.NewTensor(op.Of(op.F32, shape...))
	for i := range op.Data[float32](t) {
		op.Data[float32](t)[i] = float32(rng.NormFloat64() * deviation)
	}
	return t
}
