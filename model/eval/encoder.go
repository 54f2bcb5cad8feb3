package eval

import (
	"context"
	"fmt"
	"iter"

	"vidcsl/model"
	"vidcsl/model/nn"
	"vidcsl/model/op"
)

// EncoderConfig says what clips an encoder takes and how.
type EncoderConfig struct {
	Net       nn.Config  // with Classes, the classifier stays and [Features].Scores are its probabilities
	View      [4]int     // of a clip: T, H, W, 3
	Mean, Std [3]float64 // of the channels, as in training: an input is (pixel/255 - Mean) / Std
	Batch     int        // clips that go through the encoder at once; results do not depend on it, but for rounding
	Seed      uint64     // of the weights before any are loaded
}

// Encoder is a compiled encoder in inference: running statistics, no augmentation. What numbers it computes in (f32, bf16) is the
// engine's choice. One goroutine uses it; Close ends it.
type Encoder struct {
	config     EncoderConfig
	params     *nn.Params
	program    model.Program
	classifier string // its parameters are not asked for; "" if they are
	dim        int
	last       []uint8 // a batch that is filled up
}

// NewEncoder compiles an encoder. Its weights are random until [Encoder.Load] or [Encoder.Update] replaces them.
func NewEncoder(e model.Engine, c EncoderConfig) (*Encoder, error) {
	if c.Batch < 1 {
		return nil, fmt.Errorf("eval: a batch of %d clips, want at least 1", c.Batch)
	}
	if c.View[0] < 1 || c.View[1] < 1 || c.View[2] < 1 || c.View[3] != 3 {
		return nil, fmt.Errorf("eval: views are %v, want T, H, W, 3", c.View)
	}
	g := op.NewGraph()
	p := nn.NewParams(g, op.F32, c.Seed)
	clips := op.Input(g, "clips", op.Of(op.U8, c.Batch, c.View[0], c.View[1], c.View[2], c.View[3]))
	var x *op.Node
	if err := op.Build(func() { x = op.Apply(op.Normalize{Mean: c.Mean, Std: c.Std, DType: op.F32}, clips) }); err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	net, err := nn.New(p, x, c.Net)
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	enc := &Encoder{config: c, params: p, dim: net.Dim}
	results := []*op.Node{net.Features}
	if c.Net.Classes > 0 {
		if err := op.Build(func() { results = append(results, op.Apply(op.Softmax{}, net.Logits)) }); err != nil {
			return nil, fmt.Errorf("eval: %w", err)
		}
	} else {
		enc.classifier = net.Classifier
	}
	enc.program, err = e.Compile(model.Signature{Inputs: []*op.Node{clips}, State: p.Slots(), Metrics: results})
	if err != nil {
		return nil, fmt.Errorf("eval: %w", err)
	}
	return enc, nil
}

// Dim returns the length of a feature.
func (c *Encoder) Dim() int { return c.dim }

// Load takes the weights from a safetensors file of torchvision's names. Without Net.Classes, a classifier in it is passed over. A file
// of another model is an *[nn.MismatchError], and the weights stay.
func (c *Encoder) Load(path string) error {
	var except []string
	if c.classifier != "" {
		except = append(except, c.classifier)
	}
	values, err := c.params.Read(path, except...)
	if err != nil {
		return fmt.Errorf("eval: %w", err)
	}
	return c.Update(func(name string) (op.Tensor, error) { return values[name], nil })
}

// Update takes every weight and running statistic from get, by its name in torchvision's model: from a training program, for
// example, to evaluate what it has learned so far. If get or a type is wrong, the weights are a mixture and the encoder is not to be used.
func (c *Encoder) Update(get func(name string) (op.Tensor, error)) error {
	for _, n := range c.params.List() {
		v, err := get(n.Name)
		if err == nil {
			err = c.program.Set(n.Name, v)
		}
		if err != nil {
			return fmt.Errorf("eval: weight %s: %w", n.Name, err)
		}
	}
	return nil
}

// Value copies a weight or a running statistic, by its name in torchvision's model.
func (c *Encoder) Value(name string) (op.Tensor, error) { return c.program.Get(name) }

// Close ends the encoder.
func (c *Encoder) Close() error { return c.program.Close() }

// Features returns the features of all samples of a sequence, in its order. A feature is the mean over the views of a
// sample, such as several clips of one video; so are the scores. Batches may be of any size. The keys are info.Keys at the indices of
// the batches, or none if info has none; info.Classes names the labels. The result depends on the clips and the weights alone.
func (c *Encoder) Features(ctx context.Context, info model.DataInfo, batches iter.Seq2[*model.Batch, error]) (Features, error) {
	f := Features{Classes: info.Classes}
	var x, scores []float32
	for b, err := range batches {
		if err != nil {
			return Features{}, fmt.Errorf("eval: %w", err)
		}
		n := len(b.Labels)
		if err := c.fits(b, info); err != nil {
			return Features{}, err
		}
		f.Labels = append(f.Labels, b.Labels...)
		for _, i := range b.Index {
			if info.Keys != nil {
				f.Keys = append(f.Keys, info.Keys[i])
			}
		}
		x = append(x, make([]float32, n*c.dim)...)
		scores = append(scores, make([]float32, n*c.config.Net.Classes)...)
		for _, view := range b.Views {
			err := c.view(ctx, view, x[len(x)-n*c.dim:], scores[len(scores)-n*c.config.Net.Classes:], 1/float32(len(b.Views)))
			if err != nil {
				return Features{}, err
			}
		}
	}
	f.X = op.From(x, f.Len(), c.dim)
	if c.config.Net.Classes > 0 {
		f.Scores = op.From(scores, f.Len(), c.config.Net.Classes)
	}
	return f, f.check("the")
}

// view adds share times the results for a view of N samples to x and scores.
func (c *Encoder) view(ctx context.Context, view op.Tensor, x, scores []float32, share float32) error {
	clips, n := op.Data[uint8](view), view.Shape[0]
	shape := append([]int{c.config.Batch}, view.Shape[1:]...)
	size := view.Len() / n
	for i := 0; i < n; i += c.config.Batch {
		m := min(c.config.Batch, n-i)
		part := clips[i*size : (i+m)*size]
		if m < c.config.Batch {
			// what the others are does not matter: in inference no sample sees another
			if c.last == nil {
				c.last = make([]uint8, c.config.Batch*size)
			}
			copy(c.last, part)
			part = c.last
		}
		results, err := c.program.Run(ctx, op.From(part, shape...))
		if err != nil {
			return fmt.Errorf("eval: encode: %w", err)
		}
		add(x[i*c.dim:(i+m)*c.dim], op.Data[float32](results[0]), share)
		if k := c.config.Net.Classes; k > 0 {
			add(scores[i*k:(i+m)*k], op.Data[float32](results[1]), share)
		}
	}
	return nil
}

func add(y, x []float32, share float32) {
	for i := range y {
		y[i] += share * x[i]
	}
}

// fits returns an error unless a batch is one that the encoder can take.
func (c *Encoder) fits(b *model.Batch, info model.DataInfo) error {
	n, v := len(b.Labels), c.config.View
	want := op.Of(op.U8, n, v[0], v[1], v[2], v[3])
	switch {
	case n == 0 || len(b.Views) == 0:
		return fmt.Errorf("eval: a batch of %d samples with %d views is empty", n, len(b.Views))
	case len(b.Index) != n:
		return fmt.Errorf("eval: a batch has %d indices for %d samples", len(b.Index), n)
	}
	for k, view := range b.Views {
		if !view.Equal(want) {
			return fmt.Errorf("eval: view %d of a batch is %v, want %v: the encoder takes clips of %d frames of %dx%d", k, view.Type, want, v[0], v[2], v[1])
		}
	}
	for _, i := range b.Index {
		if info.Keys != nil && (i < 0 || int(i) >= len(info.Keys)) {
			return fmt.Errorf("eval: a batch names sample %d of %d", i, len(info.Keys))
		}
	}
	return nil
}
