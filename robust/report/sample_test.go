package report

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"

	"vidcsl/robust"
)

// sampleNames are ways of a study: its ends, and what removes false negatives or trains for robustness.
var sampleNames = []string{"supervised", "csl", "cluster", "nearest", "adaptive", "oracle", "adversarial", "cluster + adversarial", "jpeg", "longer", "wide", "small bank", "no blur", "two crops", "hard negatives", "large batch"}

// samplePage is a page as a study fills it, with as many ways.
func samplePage(ways int) *Page {
	rng := rand.New(rand.NewPCG(7, 1))
	p := &Page{
		Title:  "Do false negatives cost robustness?",
		Answer: "The gap shows under corruptions and under attack, not on clean clips. Removing clusters closes 38 % [17, 61] of the mPC gap; under PGD no way closes any of it for certain.",
		Notes: []string{
			"AutoAttack saw 64 clips of the 512, so its intervals are wide.",
			"The clean gap is reversed: no share of it is given.",
			"The way jpeg is left out of the comparison at like validation accuracy: its nearest snapshot is 7.2 points away.",
		},
		Baseline: -1, Supervised: -1,
		Version: "vidcsl 1.4.0", Libraries: []string{"FFmpeg 5.1.6", "oneDNN 2.6"}, Data: "512 test clips of 10 classes, sprites", Seed: 11, Intervals: robust.Options{Resamples: 1000, Seed: 3},
		Reproduce: []Command{
			{"Train and test all ways", "vidcsl study --config study.yaml --data data/sprites --output runs/study-2026 --task 1/1 --report runs/study-2026/report.html --severities 1,2,3,4,5"},
			{"Make this page again from what was measured", "vidcsl study report runs/study-2026"},
		},
	}
	for i := range ways {
		p.Ways = append(p.Ways, sampleWay(i, rng))
		for seed := range uint64(3) {
			name := sampleNames[i]
			p.Runs = append(p.Runs, Run{Way: name, Path: fmt.Sprintf("runs/study-2026/%s/seed-%d", name, seed), Seed: seed, Config: "objective: moco\nencoder: r3d-micro\nsteps: 400\nremoval:\n  detector: " + name + "\nseed: " + fmt.Sprint(seed) + "\n", Digest: fmt.Sprintf("%016x", rng.Uint64())})
		}
	}
	if ways > 1 {
		p.Supervised, p.Baseline = 0, 1
		p.Gaps = sampleGaps(p, rng)
		p.Matched = &Matched{Probe: "linear", Target: 0.71, Within: 0.05, Gaps: sampleGaps(p, rng)[:3]}
		for i := range p.Ways {
			m := MatchedWay{Steps: []int{200, 200, 100}, Validation: []float64{0.702, 0.713, 0.698}}
			if i == 8 {
				m.Left = "its nearest snapshot is 7.2 points away"
			}
			p.Matched.Ways = append(p.Matched.Ways, m)
		}
	}
	if ways > 2 {
		p.Spheres = []Sphere{sampleSphere("cluster", 12, rng), sampleSphere("csl", 0, rng)}
	}
	for i := range min(ways, 6) {
		p.Broken = append(p.Broken, sampleBroken(sampleNames[i], i, rng))
	}
	return p
}

func near(v, half float64) robust.Value {
	return robust.Value{Value: v, Low: max(v-half, 0), High: min(v+1.1*half, 1)}
}

func sampleWay(i int, rng *rand.Rand) Way {
	clean := 0.70 + 0.1*rng.Float64()
	w := Way{Name: sampleNames[i], About: "moco, 400 steps, " + sampleNames[i], Clean: near(clean, 0.02), MPC: near(clean*0.62, 0.025), RPC: near(0.62, 0.03)}
	hardness := 1 + 0.5*rng.Float64()
	if i == 0 {
		w.About, hardness = "labels, cross-entropy, 400 steps", 0.7
	}
	if i == 1 {
		hardness = 1.6
	}
	for _, c := range []Corruption{
		{Name: "gaussian_noise", Group: "noise"}, {Name: "shot_noise", Group: "noise"}, {Name: "impulse_noise", Group: "noise"}, {Name: "speckle_noise", Group: "noise"},
		{Name: "defocus_blur", Group: "blur"}, {Name: "motion_blur", Group: "blur"}, {Name: "zoom_blur", Group: "blur"},
		{Name: "fog", Group: "weather"}, {Name: "rain", Group: "weather"},
		{Name: "lost_frames", Group: "temporal"}, {Name: "shake", Group: "temporal"},
	} {
		strength := hardness * (0.05 + 0.1*rng.Float64())
		for s := 1; s <= 5; s++ {
			c.Severities = append(c.Severities, s)
			c.Accuracy = append(c.Accuracy, near(clean*math.Exp(-strength*float64(s)*1.3), 0.025))
		}
		w.Corruptions = append(w.Corruptions, c)
	}
	for _, a := range []struct{ attack, norm string }{{"pgd", "linf"}, {"autoattack", "linf"}, {"pgd", "l2"}} {
		c := Curve{Attack: a.attack, Norm: a.norm}
		for _, e := range []float64{0, 0.5, 1, 2, 4, 8} {
			size := e / 255
			if a.norm == "l2" {
				size = e / 8
			}
			c.Epsilons = append(c.Epsilons, size)
			c.Accuracy = append(c.Accuracy, near(clean*math.Exp(-0.5*hardness*e), 0.04))
		}
		w.Curves = append(w.Curves, c)
	}
	for range 3 {
		w.Alignment = append(w.Alignment, 0.2+0.2*hardness+0.05*rng.Float64())
		w.Uniformity = append(w.Uniformity, -3.1+0.5*hardness+0.2*rng.Float64())
	}
	return w
}

// sampleGaps has a gap of every verdict and a share of every kind.
func sampleGaps(p *Page, rng *rand.Rand) []Gap {
	var gaps []Gap
	for _, g := range []Gap{
		{Measure: "clean", Size: robust.Value{Value: -0.031, Low: -0.05, High: -0.012}, Verdict: Reversed},
		{Measure: "mPC", Size: robust.Value{Value: 0.124, Low: 0.09, High: 0.16}, Verdict: Open},
		{Measure: "rPC", Size: robust.Value{Value: 0.151, Low: 0.11, High: 0.19}, Verdict: Open},
		{Measure: "pgd linf 2/255", Size: robust.Value{Value: 0.081, Low: 0.03, High: 0.12}, Verdict: Open},
		{Measure: "autoattack linf 2/255", Size: robust.Value{Value: 0.012, Low: -0.02, High: 0.04}, Verdict: None},
	} {
		low := 0.45
		for i := range p.Ways {
			share := rng.Float64()
			w := GapOf{Accuracy: near(low+share*g.Size.Value, 0.022), Closed: robust.Value{Value: share, Low: share - 0.25, High: share + 0.22}}
			switch {
			case i == p.Baseline:
				w.Accuracy, w.Closed = near(low, 0.02), robust.Value{Undefined: "it is the baseline"}
			case i == p.Supervised:
				w.Accuracy, w.Closed = near(low+g.Size.Value, 0.02), robust.Value{Undefined: "it is supervised"}
			case i == 3 && g.Measure == "pgd linf 2/255":
				w.Closed = robust.Value{Undefined: "too few clips: most resamples of them do not define it"}
			case i == 4 && g.Measure == "pgd linf 2/255":
				w.Closed = robust.Value{Value: 0.3, Low: math.Inf(-1), High: math.Inf(1)}
			}
			g.Ways = append(g.Ways, w)
		}
		gaps = append(gaps, g)
	}
	return gaps
}

func sampleSphere(way string, clusters int, rng *rand.Rand) Sphere {
	s := Sphere{Way: way, Run: "seed-0", About: "2,000 keys of the memory bank in the first two principal directions, 31 % of their variance", Clusters: clusters, Removed: 18240, Right: 0.714, Base: 0.1}
	for c := range 10 {
		s.Classes = append(s.Classes, []string{"disc", "square", "star", "ring", "cross"}[c%5]+[]string{" left", " right"}[c/5])
	}
	for range 2000 {
		c := rng.IntN(10)
		angle := 2*math.Pi*float64(c)/10 + 0.32*rng.NormFloat64()
		r := 0.62 + 0.16*rng.NormFloat64()
		q := Point{X: r * math.Cos(angle), Y: r * math.Sin(angle), Label: int32(c), Cluster: -1}
		if clusters > 0 {
			q.Cluster = int32(math.Mod(angle/2/math.Pi+1.02, 1) * float64(clusters))
		}
		s.Points = append(s.Points, q)
	}
	for len(s.Pairs) < 150 {
		a, b := rng.IntN(len(s.Points)), rng.IntN(len(s.Points))
		if math.Hypot(s.Points[a].X-s.Points[b].X, s.Points[a].Y-s.Points[b].Y) < 0.35 {
			s.Pairs = append(s.Pairs, Pair{a, b, s.Points[a].Label == s.Points[b].Label})
		}
	}
	return s
}

// sampleBroken is a disc that moves over a slope of colour, with noise for an attack and fog for a corruption.
func sampleBroken(way string, i int, rng *rand.Rand) Broken {
	b := Broken{Way: way, Run: "seed-0", Key: fmt.Sprintf("disc-down/video-%03d.mp4#0", i), Label: "disc down", Before: "disc down", After: "square left",
		Condition: robust.Condition{Kind: robust.Attack, Name: "pgd", Norm: "linf", Epsilon: 0.5 / 255}, Norm: 0.5 / 255}
	if i%2 == 1 {
		b.Condition, b.Norm = robust.Condition{Kind: robust.Corruption, Name: "fog", Severity: 1}, 0
	}
	size := []int{32, 80, 48}[i%3]
	for t := range 12 {
		clean := image.NewNRGBA(image.Rect(0, 0, size, size))
		spoilt := image.NewNRGBA(clean.Rect)
		for y := range size {
			for x := range size {
				px := color.NRGBA{uint8(60 + 90*x/size), uint8(80 + 60*y/size), uint8(140 - 50*x/size), 255}
				if math.Hypot(float64(x)-float64(size)*0.5, float64(y)-float64(size)*float64(t+2)/15) < float64(size)/6 {
					px = color.NRGBA{uint8(235 - 9*i), uint8(170 + 12*i), 60, 255}
				}
				clean.SetNRGBA(x, y, px)
				n := rng.IntN(3) - 1
				spoil := func(v uint8) uint8 { return uint8(min(max(int(v)+n, 0), 255)) }
				if i%2 == 1 {
					haze := 40 + 30*math.Sin(float64(x+y)/float64(size)*4)
					spoil = func(v uint8) uint8 { return uint8(0.75*float64(v) + haze) }
				}
				spoilt.SetNRGBA(x, y, color.NRGBA{spoil(px.R), spoil(px.G), spoil(px.B), 255})
			}
		}
		b.Clean, b.Perturbed = append(b.Clean, clean), append(b.Perturbed, spoilt)
	}
	return b
}
