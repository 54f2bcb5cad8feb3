// Command corrupt is this project's contestant in the benchmark of corruptions; see bench/README.md.
//
//	corrupt -list               prints the names of the corruptions of pixels, one on each line
//	corrupt -clips FOLDER       reads lines such as {"name":"fog","severity":3,"side":112,"seconds":0.3}, corrupts the clip
//	                            SIDE.rgb of the folder over and over on one goroutine, a new draw for each, and answers
//	                            {"wall","cpu","done"}, or for 0 seconds the mean squared {"change"} of one clip
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt"
)

const frames = 16

// request is one line.
type request struct {
	Name     string  `json:"name"`
	Severity int     `json:"severity"`
	Side     int     `json:"side"`
	Seconds  float64 `json:"seconds"`
}

// answer is what was done, with times in seconds.
type answer struct {
	Wall   float64 `json:"wall,omitempty"`
	CPU    float64 `json:"cpu,omitempty"`
	Done   int     `json:"done,omitempty"`
	Change float64 `json:"change,omitempty"`
}

func main() {
	log.SetFlags(0)
	list := flag.Bool("list", false, "print the names of the corruptions")
	clips := flag.String("clips", "", "folder of raw clips, from peers.py")
	flag.Parse()
	runtime.GOMAXPROCS(1)
	corrupt.Register()
	if *list {
		for _, i := range corrupt.List() {
			if !i.Source {
				fmt.Println(i.Name)
			}
		}
		return
	}
	out := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var r request
		err := json.Unmarshal(lines.Bytes(), &r)
		var a answer
		if err == nil {
			a, err = serve(r, *clips)
		}
		if err == nil {
			err = out.Encode(a)
		}
		if err != nil {
			log.Fatalf("%s: %v", lines.Text(), err)
		}
	}
}

// serve corrupts one clip for the time asked for. Drawing is part of it.
func serve(r request, folder string) (answer, error) {
	pix, err := os.ReadFile(filepath.Join(folder, strconv.Itoa(r.Side)+".rgb"))
	if err != nil {
		return answer{}, err
	}
	tr, err := corrupt.New(r.Name, r.Severity)
	if err != nil {
		return answer{}, err
	}
	pipeline, err := augment.NewPipeline(tr)
	if err != nil {
		return answer{}, err
	}
	planner := augment.Planner{Seed: 1, Views: 1, Pipeline: pipeline, Sampler: clip.RegularClips{Frames: frames, Stride: 1}}
	shape := augment.Shape{T: frames, H: r.Side, W: r.Side}
	dst, scratch, meta := make([]byte, len(pix)), new(augment.Scratch), still(r.Side)
	once := func(n int) error {
		plan, err := planner.Draw(clip.Item{Source: strconv.Itoa(n) + ".mp4", Label: -1, Clips: 1, Total: 1}, meta, 0)
		if err != nil {
			return err
		}
		p, err := augment.Default().Compile(plan.Views[0].Ops, shape)
		if err != nil {
			return err
		}
		return p.Run(dst, pix, scratch)
	}
	if err := once(0); err != nil || r.Seconds == 0 {
		return answer{Change: change(dst, pix)}, err
	}
	var a answer
	began, busy := time.Now(), cpuSeconds()
	for a.Wall < r.Seconds {
		a.Done++
		if err := once(a.Done); err != nil {
			return a, err
		}
		a.Wall = time.Since(began).Seconds()
	}
	a.CPU = cpuSeconds() - busy
	return a, nil
}

// still is the metadata of a video of as many frames as a clip has.
func still(side int) *clip.Meta {
	m := &clip.Meta{Source: "bench", Width: side, Height: side, TimeBase: clip.Rational{Num: 1, Den: 12800}, FrameRate: clip.Rational{Num: 25, Den: 1}}
	for i := range frames {
		m.Frames.PTS = append(m.Frames.PTS, int64(i)*512)
	}
	m.Duration = frames * 512
	return m
}

func change(a, b []byte) float64 {
	s := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		s += d * d
	}
	return s / float64(len(a))
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // fails only on a bad argument
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}
