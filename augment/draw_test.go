package augment_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// drawPlan draws the plan of clip i. Each clip has the same frames, 8 of them from the middle, so that plans differ by what
// the transforms draw alone.
func drawPlan(t testing.TB, m *clip.Meta, views, size, i int, ts ...augment.Transform) *clip.Plan {
	t.Helper()
	return drawWith(t, m, views, size, i, pipelineOf(t, ts...))
}

func pipelineOf(t testing.TB, ts ...augment.Transform) augment.Pipeline {
	t.Helper()
	p, err := augment.NewPipeline(ts...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func drawWith(t testing.TB, m *clip.Meta, views, size, i int, p augment.Pipeline) *clip.Plan {
	t.Helper()
	planner := augment.Planner{Seed: 3, Sampler: fixed{min(8, m.Frames.Len())}, Views: views, Size: size, Pipeline: p}
	plan, err := planner.Draw(clip.Item{Source: "a.mp4", Total: 1 << 20}, m, i)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// fixed takes its frames evenly from all of the source, drawing nothing.
type fixed struct{ frames int }

// Sample implements clip.Sampler.
func (s fixed) Sample(m *clip.Meta, _, _ int, _ *rand.Rand) (clip.Draw, error) {
	return clip.UniformFrames{Frames: s.frames}.Sample(m, 0, 1, nil)
}

// drawView draws one view of native size.
func drawView(t testing.TB, m *clip.Meta, i int, ts ...augment.Transform) clip.View {
	t.Helper()
	return drawPlan(t, m, 1, 0, i, ts...).Views[0]
}

// params returns the parameters of op i of a view.
func params[P any](t testing.TB, v clip.View, i int) P {
	t.Helper()
	var p P
	b, err := json.Marshal(v.Ops[i].Params)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// distance returns the Kolmogorov-Smirnov distance of a sample to a distribution function. The sample may have steps: both
// sides of each are compared.
func distance(sample []float64, cdf func(x float64) float64) float64 {
	slices.Sort(sample)
	d, n := 0.0, float64(len(sample))
	for i := 0; i < len(sample); {
		j := i
		for j < len(sample) && sample[j] == sample[i] {
			j++
		}
		// a step of the sample stands for the values around it
		middle := float64(i+j) / 2 / n
		d = max(d, math.Abs(middle-cdf(sample[i])))
		i = j
	}
	return d
}

func flat(lo, hi float64) func(float64) float64 {
	return func(x float64) float64 { return min(max((x-lo)/(hi-lo), 0), 1) }
}

// through returns the distribution function that joins evenly spaced quantiles.
func through(q []float64) func(float64) float64 {
	return func(x float64) float64 {
		hi, _ := slices.BinarySearch(q, x)
		lo := hi
		for hi < len(q) && q[hi] == x { // equal quantiles are a step: its middle
			hi++
		}
		n := float64(len(q) - 1)
		switch {
		case hi > lo:
			return float64(lo+hi-1) / 2 / n
		case lo == 0 || lo == len(q):
			return float64(lo) / float64(len(q))
		}
		return (float64(lo-1) + (x-q[lo-1])/(q[lo]-q[lo-1])) / n
	}
}

type region struct{ X, Y, W, H int }

// TestRegionsAreDrawnAsByTorchvision compares the distributions of area, ratio and place with what torchvision drew. The
// bound is what two samples of these sizes exceed once in a hundred times, and some room for steps of a pixel.
func TestRegionsAreDrawnAsByTorchvision(t *testing.T) {
	var file struct {
		Draws []struct {
			Transform     string
			Width, Height int
			Area          []float64
			LogRatio      []float64 `json:"log_ratio"`
			X, Y          []float64
		}
	}
	readJSON(t, "draws.json", &file)
	const n, bound = 3000, 0.035
	for _, d := range file.Draws {
		m := &clip.Meta{Width: d.Width, Height: d.Height, TimeBase: clip.Rational{Num: 1, Den: 25}, Frames: clip.FrameTable{PTS: []int64{0}}}
		var area, ratio, x, y []float64
		for i := range n {
			var r region
			if d.Transform == "random_erasing" {
				v := drawView(t, m, i, byName(t, d.Transform, map[string]any{"p": 1}))
				if len(v.Ops) == 0 {
					continue
				}
				r = params[struct{ Region region }](t, v, 0).Region
			} else { // after a pixel op, the region is not snapped
				v := drawPlan(t, m, 1, 32, i, byName(t, "grayscale", map[string]any{"p": 1}), byName(t, d.Transform, nil)).Views[0]
				r = params[struct{ Crop region }](t, v, 1).Crop
			}
			area = append(area, float64(r.W*r.H)/float64(d.Width*d.Height))
			ratio = append(ratio, math.Log(float64(r.W)/float64(r.H)))
			x, y = append(x, float64(r.X)), append(y, float64(r.Y))
		}
		for name, pair := range map[string][2][]float64{"area": {area, d.Area}, "log ratio": {ratio, d.LogRatio}, "x": {x, d.X}, "y": {y, d.Y}} {
			ks := distance(pair[0], through(pair[1]))
			t.Logf("%s: %s: distance %.4f", d.Transform, name, ks)
			if ks > bound {
				t.Errorf("%s: %s: distance %.4f from torchvision's distribution, want at most %v", d.Transform, name, ks, bound)
			}
		}
	}
}

// TestCropsFollowTheirFormula: where every region fits, area and log ratio are uniform.
func TestCropsFollowTheirFormula(t *testing.T) {
	m := &clip.Meta{Width: 1000, Height: 1000, TimeBase: clip.Rational{Num: 1, Den: 25}, Frames: clip.FrameTable{PTS: []int64{0}}}
	crop := byName(t, "random_resized_crop", map[string]any{"scale": []any{0.1, 0.5}})
	gray := byName(t, "grayscale", map[string]any{"p": 1})
	var area, ratio []float64
	for i := range 2000 {
		r := params[struct{ Crop region }](t, drawPlan(t, m, 1, 32, i, gray, crop).Views[0], 1).Crop
		area = append(area, float64(r.W*r.H)/1e6)
		ratio = append(ratio, math.Log(float64(r.W)/float64(r.H)))
		v := drawPlan(t, m, 1, 32, i, crop).Views[0] // as the decoder cuts it
		if c := v.Crop; c.X%2+c.Y%2+c.W%2+c.H%2 != 0 || r.X-c.X > 1 || r.Y-c.Y > 1 || c.X > r.X || c.Y > r.Y || r.X+r.W-c.X-c.W > 1 || r.Y+r.H-c.Y-c.H > 1 {
			t.Fatalf("the region %+v is snapped to %+v", r, c)
		}
	}
	for name, d := range map[string]float64{
		"area":  distance(area, flat(0.1, 0.5)),
		"ratio": distance(ratio, flat(math.Log(3.0/4), math.Log(4.0/3))),
	} {
		if d > 0.037 { // 1.63/sqrt(2000): once in a hundred
			t.Errorf("%s: distance %.4f from uniform", name, d)
		}
	}
}

// frequencies checks that each outcome is as frequent as any other: chi-squared under twice its mean and a margin.
func frequencies(t *testing.T, what string, counts map[string]int, outcomes int) {
	t.Helper()
	n := 0
	for _, c := range counts {
		n += c
	}
	want, chi := float64(n)/float64(outcomes), 0.0
	for _, c := range counts {
		chi += (float64(c) - want) * (float64(c) - want) / want
	}
	if limit := float64(outcomes-1) + 4*math.Sqrt(2*float64(outcomes-1)); len(counts) != outcomes || chi > limit {
		t.Errorf("%s: %d outcomes of %d, chi-squared %.1f, want at most %.1f", what, len(counts), outcomes, chi, limit)
	}
}

func TestJitterIsUniform(t *testing.T) {
	jitter := byName(t, "color_jitter", map[string]any{"brightness": 0.4, "contrast": 1.5, "saturation": 0.8, "hue": 0.2})
	values, orders := map[string][]float64{}, map[string]int{}
	for i := range 2400 {
		p := params[augment.ColorJitterParams](t, drawView(t, meta(), i, jitter), 0)
		orders[fmt.Sprint(p.Order)]++
		for name, v := range map[string]float64{"brightness": p.Brightness, "contrast": p.Contrast, "saturation": p.Saturation, "hue": p.Hue} {
			values[name] = append(values[name], v)
		}
	}
	frequencies(t, "orders", orders, 24)
	for name, r := range map[string][2]float64{"brightness": {0.6, 1.4}, "contrast": {0, 2.5}, "saturation": {0.2, 1.8}, "hue": {-0.2, 0.2}} {
		if d := distance(values[name], flat(r[0], r[1])); d > 0.034 {
			t.Errorf("%s: distance %.4f from U(%v)", name, d, r)
		}
	}
}

func TestChoicesAreEquallyFrequent(t *testing.T) {
	one := augment.OneOf(byName(t, "rotate", nil), byName(t, "cutout", nil), byName(t, "gaussian_blur", nil))
	some := augment.Sometimes(0.3, byName(t, "rotate", nil))
	many := byName(t, "rand_augment", map[string]any{"num_ops": 3, "magnitude": 30})
	picks, ops, taken, minus := map[string]int{}, map[string]int{}, 0, 0
	const n = 3000
	for i := range n {
		picks[drawView(t, meta(), i, one).Ops[0].Name]++
		taken += len(drawView(t, meta(), i, some).Ops)
		for _, op := range params[augment.RandAugmentParams](t, drawView(t, meta(), i, many), 0).Ops {
			ops[op.Name]++
			if op.Name == "rotate" && op.Value < 0 {
				minus++
			}
		}
	}
	frequencies(t, "one_of", picks, 3)
	frequencies(t, "rand_augment", ops, 14)
	frequencies(t, "sign", map[string]int{"-": minus, "+": ops["rotate"] - minus}, 2)
	if share := float64(taken) / n; math.Abs(share-0.3) > 0.025 {
		t.Errorf("sometimes of 0.3 is taken %.3f of the time", share)
	}
}

func itemOf(source string) clip.Item { return clip.Item{Source: source, Total: 1 << 20} }

// parsed returns the view as it is read back from a stored plan.
func parsed(v clip.View) (clip.View, error) { return clip.ParseView(v.JSON()) }

// TestGroupsOfJointTransforms: where a transform draws for all views of a sample together, so does the coin before it.
func TestGroupsOfJointTransforms(t *testing.T) {
	m := &clip.Meta{Width: 32, Height: 32, TimeBase: clip.Rational{Num: 1, Den: 25}}
	for i := range int64(1000) {
		m.Frames.PTS = append(m.Frames.PTS, i)
	}
	together := augment.TemporalOffset.With(augment.TemporalOffsetConfig{Max: 0, Power: 1}) // both views begin at one frame
	p, err := augment.NewPipeline(augment.Sometimes(0.5, together))
	if err != nil {
		t.Fatal(err)
	}
	planner := augment.Planner{Seed: 3, Sampler: clip.RandomClips{Frames: 4, Stride: 1}, Views: 2, Size: 32, Pipeline: p}
	same := 0
	const n = 400
	for i := range n {
		plan, err := planner.Draw(clip.Item{Source: "a.mp4", Total: n}, m, i)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Views[0].PTS[0] == plan.Views[1].PTS[0] {
			same++
		}
	}
	if same < n*2/5 || same > n*3/5 {
		t.Errorf("in %d of %d samples the views begin together, want half of them", same, n)
	}
}
