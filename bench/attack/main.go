// Command attack measures PGD on a network of package model/nn on the CPU, for run.py to compare with peer.py: so many steps on a batch of
// clips, and what the network takes them for before and after.
//
//	attack -arch r3d_18 -shape 4,3,16,112,112 -steps 20 [-threads 2]
//
// It writes a line of JSON when it has attacked once, with the sizes of the network's parameters, and then one for each line "runs seconds"
// that it reads: the best of at least so many attacks that take at least so long together.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"vidcsl/model/cpu"
	"vidcsl/model/nn"
	"vidcsl/model/op"
	"vidcsl/robust/attack"
)

// classes is how many the classifier tells apart.
const classes = 10

// contest is what is measured.
type contest struct {
	config nn.Config
	shape  []int // N,3,T,H,W
	pgd    attack.PGD
	model  *attack.Model
	list   []*attack.Sample
}

// measured is the best of some attacks, of each figure by itself.
type measured struct {
	Seconds    float64 `json:"seconds"`
	CPUSeconds float64 `json:"cpu_seconds"` // of all threads
	PeakMB     int     `json:"peak_mb"`     // of the process since it started
	Runs       int     `json:"runs"`
}

func main() {
	log.SetFlags(0)
	c := contest{config: nn.Config{Classes: classes}, pgd: attack.PGD{Norm: attack.Linf, Eps: 8. / 255, Step: 2. / 255, RandomStart: true, Full: true}}
	flag.StringVar(&c.config.Arch, "arch", "r3d_18", "architecture: "+strings.Join(nn.Archs(), ", "))
	shape := flag.String("shape", "4,3,16,112,112", "of the clips: N,3,T,H,W")
	flag.IntVar(&c.pgd.Steps, "steps", 20, "of the attack")
	threads := flag.Int("threads", 2, "threads")
	flag.Parse()
	for _, part := range strings.Split(*shape, ",") {
		d, err := strconv.Atoi(part)
		if err != nil || d < 1 {
			log.Fatalf("attack: shape %q, want N,3,T,H,W", *shape)
		}
		c.shape = append(c.shape, d)
	}
	if len(c.shape) != 5 || c.shape[1] != 3 {
		log.Fatalf("attack: shape %q, want N,3,T,H,W", *shape)
	}
	if err := c.serve(*threads); err != nil {
		log.Fatal(err)
	}
}

// serve answers the lines of standard input until it ends.
func (c *contest) serve(threads int) (err error) {
	parameters, err := c.start(threads)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.model.Close()) }()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"parameters": parameters}); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var runs int
		var seconds float64
		if _, err := fmt.Sscan(lines.Text(), &runs, &seconds); err != nil || runs < 1 {
			return fmt.Errorf("attack: line %q, want \"runs seconds\", at least 1 run", lines.Text())
		}
		m, err := c.measure(runs, time.Duration(seconds*float64(time.Second)))
		if err != nil {
			return err
		}
		if err := out.Encode(m); err != nil {
			return err
		}
	}
	return nil
}

// start compiles the network, labels random clips with what it takes them for, so that all are attacked, and attacks once. It returns the
// elements of every parameter.
func (c *contest) start(threads int) (map[string]int, error) {
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, 1)
	if _, err := nn.New(p, op.Input(g, "x", op.Of(op.F32, c.shape...)), c.config); err != nil {
		return nil, err
	}
	parameters := map[string]int{}
	for _, n := range p.Trained() {
		parameters[n.Name] = op.TypeOf(n.In).Len()
	}
	half := [3]float64{0.5, 0.5, 0.5}
	net := attack.Encoder(attack.EncoderConfig{Net: c.config, View: [4]int{c.shape[2], c.shape[3], c.shape[4], 3}, Mean: half, Std: half})
	var err error
	if c.model, err = attack.Open(cpu.New(cpu.Options{Threads: threads}), net, c.shape[0]); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range c.shape[0] {
		s := &attack.Sample{Key: fmt.Sprint(i), Shape: c.model.Shape(), X: make([]float32, c.shape[1]*c.shape[2]*c.shape[3]*c.shape[4]), Label: -1}
		for j := range s.X {
			s.X[j] = rng.Float32()
		}
		c.list = append(c.list, s)
	}
	look := attack.Representation(attack.Linf, 1./255, 1)
	labels, err := c.run(look)
	if err != nil {
		return nil, err
	}
	for i, s := range c.list {
		s.Label = labels[i].Clean
	}
	_, err = c.run(c.pgd)
	return parameters, err
}

// run attacks the clips.
func (c *contest) run(a attack.Attack) ([]*attack.Result, error) {
	var results []*attack.Result
	samples := func(yield func(*attack.Sample, error) bool) {
		for _, s := range c.list {
			if !yield(s, nil) {
				return
			}
		}
	}
	err := c.model.Run(context.Background(), a, samples, attack.Options{Seed: 1, Clips: true}, func(r *attack.Result) error {
		if !r.Attacked {
			return fmt.Errorf("attack: clip %s was not attacked", r.Key)
		}
		results = append(results, r)
		return nil
	})
	return results, err
}

// measure attacks at least so many times, and until total has passed.
func (c *contest) measure(runs int, total time.Duration) (measured, error) {
	best := measured{Seconds: math.Inf(1), CPUSeconds: math.Inf(1)}
	for began := time.Now(); best.Runs < runs || time.Since(began) < total; best.Runs++ {
		start, used := time.Now(), usage()
		if _, err := c.run(c.pgd); err != nil {
			return measured{}, err
		}
		now := usage()
		best.Seconds = min(best.Seconds, time.Since(start).Seconds())
		best.CPUSeconds = min(best.CPUSeconds, (computed(now) - computed(used)).Seconds())
		best.PeakMB = int(now.Maxrss >> 10)
	}
	return best, nil
}

// usage returns what the process has used.
func usage() (u syscall.Rusage) {
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return u
}

func computed(u syscall.Rusage) time.Duration {
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
