// Command train trains tiny3d on sprites that preprocess stored, and writes down all that peer.py needs to train the same network
// from the same weights, on the same batches, at the same rates: what then differs is the computation alone. It prints one JSON object:
// the loss of every step, the seconds of training without the making of the data, and kNN accuracy on the test data.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"syscall"

	"vidcsl/augment"
	"vidcsl/cmd/feed"
	"vidcsl/model"
	"vidcsl/model/cpu"
	"vidcsl/model/eval"
	"vidcsl/model/op"
	"vidcsl/model/safetensors"
	"vidcsl/model/train"
	"vidcsl/pipeline/config"
)

// views is how the study's views are drawn.
const views = `
- random_resized_crop: {scale: [0.48, 1.0], ratio: [0.82, 1.22]}
- horizontal_flip: {}
- color_jitter: {brightness: 0.2, contrast: 0.4}
`

const knn, temperature = 10, 0.1

// meta is what peer.py has to know.
type meta struct {
	Objective   string    `json:"objective"`
	Steps       int       `json:"steps"`
	Views       int       `json:"views"`
	Batch       int       `json:"batch"`
	Shape       []int     `json:"shape"` // T, H, W
	Classes     int       `json:"classes"`
	Dim         int       `json:"dim"`
	Queue       int       `json:"queue"`
	Temperature float64   `json:"temperature"`
	Momentum    float64   `json:"momentum"`
	SGDMomentum float64   `json:"sgd_momentum"`
	WeightDecay float64   `json:"weight_decay"`
	Nesterov    bool      `json:"nesterov"`
	BF16        bool      `json:"bf16"`
	Threads     int       `json:"threads"`
	Mean        float64   `json:"mean"`
	Std         float64   `json:"std"`
	KNN         int       `json:"knn"`
	KNNTemp     float64   `json:"knn_temperature"`
	LR          []float64 `json:"lr"`
	Index       [][]int32 `json:"index"`
}

// result is what is printed.
type result struct {
	Seconds float64   `json:"seconds"`
	KNN     float64   `json:"knn"`
	PeakMB  float64   `json:"peak_mb"`
	Losses  []float64 `json:"losses"`
}

func main() {
	log.SetFlags(0)
	data := flag.String("data", "", "training clips, as preprocess stored them")
	test := flag.String("test", "", "test clips")
	objective := flag.String("objective", "supervised", "supervised or moco")
	steps := flag.Int("steps", 600, "steps")
	seed := flag.Uint64("seed", 0, "of views and weights")
	threads := flag.Int("threads", 2, "threads")
	lr := flag.Float64("lr", 0.1, "rate after the warm-up")
	bf16 := flag.Bool("bf16", false, "activations in bfloat16")
	out := flag.String("out", "", "folder for the peer")
	flag.Parse()
	c := recipe(*objective, *steps, *seed, *lr, *bf16)
	r, err := run(context.Background(), c, *data, *test, *out, *threads)
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		log.Fatal(err)
	}
}

// recipe is that of the study: a tiny encoder, SGD with Nesterov's momentum, cosine rates, a queue of 2048 keys.
func recipe(objective string, steps int, seed uint64, lr float64, bf16 bool) train.Config {
	c := train.Default()
	c.Objective, c.Temperature, c.Queue, c.KeyMomentum = objective, 0.1, 2048, 0.99
	c.Encoder.Arch = "tiny3d"
	if objective == "supervised" {
		c.Head.Kind = "none"
	}
	c.Optimizer.LR, c.Optimizer.Nesterov, c.Optimizer.Decay = lr, true, 5e-4
	c.Schedule = train.Schedule{Steps: steps, Warmup: 0.025, Decay: "cosine"}
	c.Batch, c.Seed, c.BF16 = 128, seed, bf16
	for i := range 3 {
		c.Mean[i], c.Std[i] = 0.4, 0.25
	}
	return c
}

func open(ctx context.Context, path string, c train.Config) (*feed.Dataset, error) {
	o := feed.Options{Config: feed.Default(), Batch: c.Batch, Seed: c.Seed}
	o.Views, o.Frames, o.Stride = 2, 8, 1
	if c.Objective == "supervised" {
		o.Views = 1
	}
	n, err := config.Parse("views", []byte(views))
	if err != nil {
		return nil, err
	}
	var p augment.Pipeline
	if err := config.Decode(n, &p); err != nil {
		return nil, err
	}
	o.Augment = p
	return feed.Open(ctx, path, o)
}

func run(ctx context.Context, c train.Config, data, test, out string, threads int) (*result, error) {
	a, err := open(ctx, data, c)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	b, err := open(ctx, test, c)
	if err != nil {
		return nil, err
	}
	defer b.Close()
	t, err := record(ctx, a, c.Schedule.Steps, out)
	if err != nil {
		return nil, err
	}
	defer t.close()
	engine := cpu.New(cpu.Options{Threads: threads, BF16: c.BF16})
	r := &result{}
	m := &meta{Objective: c.Objective, Steps: c.Schedule.Steps, Views: t.info.Views, Batch: c.Batch, Shape: t.info.Shape[:3], Classes: len(t.info.Classes),
		Dim: c.Head.Dim, Queue: c.Queue, Temperature: c.Temperature, Momentum: c.KeyMomentum, SGDMomentum: c.Optimizer.Momentum,
		WeightDecay: c.Optimizer.Decay, Nesterov: c.Optimizer.Nesterov, BF16: c.BF16, Threads: threads, Mean: c.Mean[0], Std: c.Std[0], KNN: knn, KNNTemp: temperature, Index: t.index}
	tr, err := train.New(engine, t, c, train.Observe(observer(func(s *train.Record) {
		loss, _ := s.Value("loss")
		lr, _ := s.Value("lr")
		r.Losses, m.LR = append(r.Losses, loss), append(m.LR, lr)
		r.Seconds += (s.Took - s.Waited).Seconds()
	})))
	if err != nil {
		return nil, err
	}
	defer tr.Close()
	if err := weights(tr, c, filepath.Join(out, "weights.safetensors")); err != nil {
		return nil, err
	}
	if err := tr.Run(ctx); err != nil {
		return nil, err
	}
	if r.KNN, err = accuracy(ctx, tr, c, threads, a, b, out); err != nil {
		return nil, err
	}
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	r.PeakMB = float64(usage.Maxrss) / 1024
	text, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	return r, os.WriteFile(filepath.Join(out, "meta.json"), text, 0o666)
}

type observer func(*train.Record)

func (o observer) Observe(r *train.Record) error { o(r); return nil }

// weights writes what the trainer starts from.
func weights(tr *train.Trainer, c train.Config, path string) error {
	var names []string
	for i := range 4 {
		for _, p := range []string{"conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"} {
			names = append(names, fmt.Sprintf("encoder.layers.%d.%s", i, p))
		}
	}
	if c.Objective == "supervised" {
		names = append(names, "encoder.fc.weight", "encoder.fc.bias")
	} else {
		names = append(names, "head.0.weight", "head.0.bias", "head.2.weight", "head.2.bias")
	}
	var list []safetensors.Tensor
	for _, name := range names {
		v, err := tr.Get(name)
		if err != nil {
			return err
		}
		list = append(list, safetensors.Tensor{Name: name, Shape: v.Shape, Data: v.Data})
	}
	return safetensors.Write(path, list, nil)
}

// accuracy classifies the test clips by the training clips, and writes both down for the peer.
func accuracy(ctx context.Context, tr *train.Trainer, c train.Config, threads int, a, b *feed.Dataset, out string) (float64, error) {
	engine := cpu.New(cpu.Options{Threads: threads})
	e, err := eval.NewEncoder(engine, eval.EncoderConfig{Net: c.Encoder.Network(0), View: a.Info().Shape, Mean: c.Mean, Std: c.Std, Batch: 100})
	if err != nil {
		return 0, err
	}
	defer e.Close()
	if err := e.Update(func(name string) (op.Tensor, error) { return tr.Get("encoder." + name) }); err != nil {
		return 0, err
	}
	var features [2]eval.Features
	for i, d := range []*feed.Dataset{a, b} {
		if features[i], err = e.Features(ctx, d.Info(), d.Clips(ctx, 1)); err != nil {
			return 0, err
		}
		if err := store(d.Clips(ctx, 1), filepath.Join(out, []string{"train", "test"}[i])); err != nil {
			return 0, err
		}
	}
	k, err := eval.Neighbors(ctx, engine, features[0], features[1], eval.KNNOptions{K: knn, Temperature: temperature, Center: true})
	if err != nil {
		return 0, err
	}
	return k.Top1.Value, nil
}

var _ model.Dataset = (*tape)(nil)
