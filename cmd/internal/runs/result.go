package runs

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"vidcsl/cmd/feed"
	"vidcsl/model/eval"
)

// Result is how a run ended: of all its steps, whichever process made them.
type Result struct {
	Steps      int                `json:"steps"`
	Seconds    float64            `json:"seconds"`
	ClipsPerS  float64            `json:"clips_per_second"`     // without the first step, which prepares
	Waiting    float64            `json:"waiting"`              // share of that time in which steps waited for data
	Making     float64            `json:"making"`               // share of the processors' time that making the data took, since it was last begun
	Bottleneck string             `json:"bottleneck,omitempty"` // the stage that was waited for; without waiting, the costliest if making took a tenth or more
	Failed     int                `json:"failed"`               // clips that could not be made and were left out, since it was last begun
	Metrics    map[string]float64 `json:"metrics"`              // means over the last tenth of the steps
	KNN        *eval.Accuracy     `json:"knn,omitempty"`        // of the held-out data
}

// readResult adds up what a run of so many steps, each of so many clips, wrote about them.
func readResult(run string, steps, batch int) (*Result, error) {
	f, err := os.Open(filepath.Join(run, "metrics.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &Result{Steps: steps, Metrics: map[string]float64{}}
	counts, lines := map[string]int{}, bufio.NewReader(f)
	took, waited := 0.0, 0.0
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		values := map[string]*float64{} // nil for what is no number
		if err == nil {
			err = json.Unmarshal(line, &values)
		}
		if err == nil && (values["step"] == nil || values["seconds"] == nil || values["waited"] == nil) {
			err = fmt.Errorf("no step, seconds or waited in %.80q", line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		step := int(*values["step"])
		if r.Seconds += *values["seconds"]; step > 1 {
			took, waited = took+*values["seconds"], waited+*values["waited"]
		}
		if step > steps-max(1, steps/10) {
			r.add(values, counts)
		}
	}
	for name := range r.Metrics {
		r.Metrics[name] /= float64(counts[name])
	}
	if took > 0 {
		r.ClipsPerS, r.Waiting = float64(batch)*float64(steps-1)/took, waited/took
	}
	return r, nil
}

// add adds the metrics of a step to the sums.
func (r *Result) add(values map[string]*float64, counts map[string]int) {
	for name, v := range values {
		switch name {
		case "step", "epoch", "seconds", "waited", knnMetric:
			continue
		}
		if v != nil {
			r.Metrics[name] += *v
			counts[name]++
		}
	}
}

// leftOut counts clips that could not be made. It is safe for concurrent use, as tests are made while the next batches are.
type leftOut struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (l *leftOut) add(f feed.Failure) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[f.Key] = true
}

func (l *leftOut) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.keys)
}
