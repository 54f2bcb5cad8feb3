// Command kmeans measures k-means on the CPU, for peer.py's numbers to be compared with. Points and start are files of little-endian float32, row by
// row. It prints the best time of a fit, the clock's and the processors', and what it found.
package main

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"syscall"
	"time"

	"vidcsl/model/cluster"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

func main() {
	log.SetFlags(0)
	points := flag.String("points", "", "file of points")
	start := flag.String("start", "", "file of the first centroids")
	dim := flag.Int("dim", 128, "numbers in a point")
	iterations := flag.Int("iterations", 10, "of a fit")
	threads := flag.Int("threads", 2, "threads")
	rounds := flag.Int("rounds", 2, "fits after one to warm up")
	flag.Parse()

	x, c := read(*points, *dim), read(*start, *dim)
	engine := cpu.New(cpu.Options{Threads: *threads})
	k, err := cluster.NewKMeans(engine, x.Shape[0], *dim, cluster.KMeansOptions{K: c.Shape[0], Iterations: *iterations})
	if err != nil {
		log.Fatal(err)
	}
	defer k.Close()
	var r cluster.Clustering
	best, busy := time.Hour, time.Hour
	for i := range *rounds + 1 {
		began, used := time.Now(), cpuTime()
		if r, err = k.Fit(context.Background(), x, c, nil); err != nil {
			log.Fatal(err)
		}
		if i > 0 {
			best, busy = min(best, time.Since(began)), min(busy, cpuTime()-used)
		}
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	fmt.Printf("fit %.3f s (%.3f s of CPU), %d iterations, inertia %.6g, peak %d MB\n", best.Seconds(), busy.Seconds(), r.Iterations, r.Inertia, usage.Maxrss>>10)
}

// read returns the rows of a file.
func read(path string, dim int) op.Tensor {
	b, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	data := make([]float32, len(b)/4)
	if _, err := binary.Decode(b, binary.LittleEndian, data); err != nil || len(data)%dim != 0 {
		log.Fatalf("kmeans: %s: %d bytes, want rows of %d float32 (%v)", path, len(b), dim, err)
	}
	return op.From(data, len(data)/dim, dim)
}

// cpuTime returns the time that the process has computed. On a busy machine it says more than the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
