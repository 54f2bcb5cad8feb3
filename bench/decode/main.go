// Command decode is this project's contestant in the decoding benchmark; see bench/README.md.
//
//	decode                             serve: reads lines "PLAN I N", decodes items I, I+N, … and
//	                                   answers {"wall","cpu","errs","clips","rss","peak"}
//	decode -plan PLAN -dump FILE       writes every item's pixels, for compare.py
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode"
	"vidcsl/decode/clip"
)

const (
	frames, size = 16, 112
	viewBytes    = frames * size * size * 3
)

type item struct {
	File  string `json:"file"`
	Views []struct {
		Index  []int  `json:"idx"`
		Region [4]int `json:"region"` // x, y, width, height in source pixels
	} `json:"views"`
}

func main() {
	log.SetFlags(0)
	plan := flag.String("plan", "", "plan to dump")
	dump := flag.String("dump", "", "file for the pixels of every item")
	flag.Parse()
	var err error
	if *dump != "" {
		err = dumpPlan(*plan, *dump)
	} else {
		err = serve(os.Stdin, os.Stdout)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// decodeItem opens the item's file and decodes both views into out.
func decodeItem(ctx context.Context, it item, out []byte) error {
	v, err := decode.Open(ctx, it.File)
	if err != nil {
		return err
	}
	defer v.Close()
	table := v.Meta().Frames.PTS
	p := &clip.Plan{}
	for _, w := range it.Views {
		view := clip.View{Crop: clip.Rect{X: w.Region[0], Y: w.Region[1], W: w.Region[2], H: w.Region[3]}, Width: size, Height: size}
		for _, i := range w.Index {
			if i >= len(table) {
				return fmt.Errorf("%s: no frame %d of %d", it.File, i, len(table))
			}
			view.PTS = append(view.PTS, table[i])
		}
		p.Views = append(p.Views, view)
	}
	clips, err := v.Execute(ctx, p, memory.DefaultAllocator)
	if err != nil {
		return err
	}
	for i, c := range clips {
		copy(out[i*viewBytes:], c.Bytes())
		c.Release()
	}
	return nil
}

func load(plan string) ([]item, error) {
	data, err := os.ReadFile(plan)
	if err != nil {
		return nil, err
	}
	var items []item
	if err := json.Unmarshal(data, &items); err != nil {
		return nil, fmt.Errorf("%s: %w", plan, err)
	}
	for i := range items {
		items[i].File = filepath.Join(filepath.Dir(plan), items[i].File)
	}
	return items, nil
}

func serve(in io.Reader, answers io.Writer) error {
	out := make([]byte, 2*viewBytes)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var plan string
		var first, step, failed, done int
		if _, err := fmt.Sscan(lines.Text(), &plan, &first, &step); err != nil {
			return fmt.Errorf("line %q: %w", lines.Text(), err)
		}
		items, err := load(plan)
		if err != nil {
			return err
		}
		began, busy := time.Now(), cpuSeconds()
		for i := first; i < len(items); i += step {
			done++
			if err := decodeItem(context.Background(), items[i], out); err != nil {
				log.Print(err)
				failed++
			}
		}
		wall, cpu := time.Since(began).Seconds(), cpuSeconds()-busy
		err = json.NewEncoder(answers).Encode(map[string]any{"wall": wall, "cpu": cpu, "errs": failed,
			"clips": 2 * done, "rss": memoryMiB("VmRSS:"), "peak": memoryMiB("VmHWM:")})
		if err != nil {
			return err
		}
	}
	return nil
}

func dumpPlan(plan, path string) error {
	items, err := load(plan)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, it := range items {
		out := make([]byte, 2*viewBytes) // zeros if the item fails
		if err := decodeItem(context.Background(), it, out); err != nil {
			log.Print(err)
		}
		if _, err := file.Write(out); err != nil {
			return err
		}
	}
	return file.Close()
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails only on a bad argument
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// memoryMiB reads one field, "VmRSS:" or "VmHWM:", of /proc/self/status.
func memoryMiB(field string) float64 {
	data, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(data)) {
		var kib float64
		if _, err := fmt.Sscanf(line, field+" %f kB", &kib); err == nil {
			return kib / 1024
		}
	}
	return 0
}
