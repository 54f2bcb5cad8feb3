// Command model measures networks of package model/nn on the CPU, for run.py to compare with peer.py: a step of training (forward, backward,
// SGD with momentum) or an inference.
//
//	model -arch r3d_18 -shape 4,3,16,112,112 -train [-bf16] [-threads 2]
//
// It writes a line of JSON when the network has run once, with the sizes of its parameters, and then one for each line "steps seconds"
// that it reads: the best of at least so many runs that take at least so long together. With -profile it writes instead what the
// kinds of operations take in one run and what they do in it, and with -peaks what the machine can do.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	"vidcsl/model/nn"
)

func main() {
	log.SetFlags(0)
	var n network
	flag.StringVar(&n.Arch, "arch", "r3d_18", "architecture: "+strings.Join(nn.Archs(), ", "))
	flag.Float64Var(&n.Width, "width", 1, "multiplies the channels")
	flag.Float64Var(&n.Depth, "depth", 1, "multiplies the blocks")
	flag.StringVar((*string)(&n.Stem), "stem", "", "small: the stem for small pictures")
	shape := flag.String("shape", "4,3,16,112,112", "of the input: N,C,D,H,W")
	flag.BoolVar(&n.train, "train", false, "train, rather than infer")
	flag.BoolVar(&n.options.BF16, "bf16", false, "activations in bfloat16")
	flag.IntVar(&n.options.Threads, "threads", 2, "threads")
	flag.BoolVar(&n.options.Profile, "profile", false, "write where the time of a run goes")
	steps := flag.Int("steps", 5, "runs of which -profile takes the best")
	peak := flag.Bool("peaks", false, "write what the machine can do")
	flag.Parse()
	if err := n.setShape(*shape); err != nil {
		log.Fatal(err)
	}
	var err error
	switch {
	case *peak:
		err = writePeaks(n.options.Threads)
	case n.options.Profile:
		err = n.profile(*steps)
	default:
		err = n.serve()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// setShape reads five numbers with commas between.
func (n *network) setShape(s string) error {
	for _, part := range strings.Split(s, ",") {
		d, err := strconv.Atoi(part)
		if err != nil || d < 1 {
			return fmt.Errorf("model: shape %q, want five numbers from 1, N,C,D,H,W", s)
		}
		n.shape = append(n.shape, d)
	}
	if len(n.shape) != 5 {
		return fmt.Errorf("model: shape %q, want five numbers, N,C,D,H,W", s)
	}
	return nil
}

// serve answers the lines of standard input until it ends.
func (n *network) serve() error {
	r, err := n.start()
	if err != nil {
		return err
	}
	defer r.program.Close()
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(r.ready); err != nil {
		return err
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var steps int
		var seconds float64
		if _, err := fmt.Sscan(lines.Text(), &steps, &seconds); err != nil || steps < 1 {
			return fmt.Errorf("model: line %q, want \"steps seconds\", at least 1 step", lines.Text())
		}
		m, err := r.measure(steps, time.Duration(seconds*float64(time.Second)))
		if err != nil {
			return err
		}
		if err := out.Encode(m); err != nil {
			return err
		}
	}
	return nil
}
