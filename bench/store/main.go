// Command store compares the ways of storing the pixels of a shard: bytes, speed of writing and of reading, and quality.
//
//	go build -o bin/bench-store ./bench/store && bin/bench-store --input RUN [--clips 256 --rounds 5 --workers 0 --seed 1 --json FILE]
//
// RUN is a directory that `vidcsl preprocess --store raw` made. Its first rows are held in memory, and every contestant writes
// them as a shard (coded, written, hashed, synced, listed) and reads them back (from the page cache, decoded into raw columns). Contestants
// take turns within each round, in a new order each time; the first round is dropped. Speeds are medians over the rounds with
// their range, quality is PSNR over all pixels; 99 dB means identical. Run it on an idle machine.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/pipeline/shard"
)

// report is the file of figures.
type report struct {
	Command  string            `json:"command"`
	Seed     uint64            `json:"seed"`
	Rounds   int               `json:"rounds"`
	Machine  map[string]any    `json:"machine"`
	Versions map[string]string `json:"versions"`
	Clips    int               `json:"clips"`
	Views    []string          `json:"views"`
	Workers  int               `json:"workers"`
	Results  []result          `json:"results"`
}

// result is one line of the table.
type result struct {
	Store        string  `json:"store"`
	BytesPerClip float64 `json:"bytes_per_clip"`
	OfRaw        float64 `json:"of_raw"` // share of the bytes of raw
	Written      float64 `json:"written_clips_per_s"`
	WrittenMin   float64 `json:"written_clips_per_s_min"`
	WrittenMax   float64 `json:"written_clips_per_s_max"`
	WriteCPU     float64 `json:"write_cpu_ms_per_clip"`
	Read         float64 `json:"read_clips_per_s"`
	ReadMin      float64 `json:"read_clips_per_s_min"`
	ReadMax      float64 `json:"read_clips_per_s_max"`
	ReadCPU      float64 `json:"read_cpu_ms_per_clip"`
	PSNR         float64 `json:"psnr_db"`
	PSNRWorst    float64 `json:"psnr_worst_clip_db"`
}

func main() {
	log.SetFlags(0)
	input := flag.String("input", "", "directory of a run with raw pixels")
	clips := flag.Int("clips", 256, "rows to take")
	rounds := flag.Int("rounds", 5, "rounds that count, at least 5")
	workers := flag.Int("workers", 0, "clips coded at the same time, 0 for one per CPU")
	seed := flag.Uint64("seed", 1, "of the order of the contestants")
	path := flag.String("json", "", "file for the figures")
	flag.Parse()
	if *input == "" || *clips < 1 || *rounds < 5 || flag.NArg() > 0 {
		log.Fatal("want --input DIR, and at least 1 clip and 5 rounds")
	}
	if err := run(*input, *clips, *rounds, *workers, *seed, *path); err != nil {
		log.Fatal(err)
	}
}

func run(input string, clips, rounds, workers int, seed uint64, path string) error {
	ctx, mem := context.Background(), memory.DefaultAllocator
	data, err := load(ctx, mem, input, clips)
	if err != nil {
		return err
	}
	defer data.release()
	temp, err := os.MkdirTemp("", "store")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)

	rng := rand.New(rand.NewPCG(seed, 0))
	all := contestants(workers)
	times := make([]measured, len(all))
	for round := range rounds + 1 {
		for _, i := range rng.Perm(len(all)) {
			m, err := all[i].turn(ctx, mem, data, temp, round == 0)
			if err != nil {
				return fmt.Errorf("%s: %w", all[i].name, err)
			}
			if round == 0 {
				times[i].bytes, times[i].quality = m.bytes, m.quality
				continue
			}
			times[i].write, times[i].read = append(times[i].write, m.write...), append(times[i].read, m.read...)
		}
		fmt.Fprintf(os.Stderr, "round %d of %d\n", round, rounds)
	}
	results := make([]result, len(all))
	for i, c := range all {
		results[i] = summary(c.name, data.rows, times[i], times[0].bytes)
	}
	table(results)
	if path == "" {
		return nil
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	b, err := json.MarshalIndent(report{
		Command: "bench/store " + strings.Join(arguments(os.Args[1:]), " "), Seed: seed, Rounds: rounds, Machine: machine(), Versions: versions(),
		Clips: data.rows, Views: data.views, Workers: workers, Results: results,
	}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

func summary(name string, rows int, m measured, raw int64) result {
	rate := func(ts []span) (median, lo, hi, cpu float64) {
		var rates, cpus []float64
		for _, t := range ts {
			rates, cpus = append(rates, float64(rows)/t.wall), append(cpus, t.cpu/float64(rows)*1e3)
		}
		return round(middle(rates), 1), round(slices.Min(rates), 1), round(slices.Max(rates), 1), round(middle(cpus), 2)
	}
	r := result{
		Store: name, BytesPerClip: round(float64(m.bytes)/float64(rows), 0), OfRaw: round(float64(m.bytes)/float64(raw), 4),
		PSNR: round(m.quality.all, 2), PSNRWorst: round(m.quality.worst, 2),
	}
	r.Written, r.WrittenMin, r.WrittenMax, r.WriteCPU = rate(m.write)
	r.Read, r.ReadMin, r.ReadMax, r.ReadCPU = rate(m.read)
	return r
}

func middle(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func table(results []result) {
	fmt.Printf("%-9s %10s %7s %17s %8s %17s %8s %7s %7s\n", "store", "bytes/clip", "of raw", "written clips/s", "cpu ms", "read clips/s", "cpu ms", "PSNR dB", "worst")
	for _, r := range results {
		fmt.Printf("%-9s %10.0f %7.3f %6.0f [%4.0f-%4.0f] %8.2f %6.0f [%4.0f-%4.0f] %8.2f %7.2f %7.2f\n", r.Store, r.BytesPerClip, r.OfRaw,
			r.Written, r.WrittenMin, r.WrittenMax, r.WriteCPU, r.Read, r.ReadMin, r.ReadMax, r.ReadCPU, r.PSNR, r.PSNRWorst)
	}
}

// planOf is one shard of all rows.
func planOf(keys []string) (*shard.Plan, error) {
	items := make([]shard.Item, len(keys))
	for i, k := range keys {
		items[i].Key = k
	}
	return shard.NewPlan(items, len(items), "")
}
