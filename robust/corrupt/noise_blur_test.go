package corrupt

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"vidcsl/augment"
	"vidcsl/augment/augmenttest"
	"vidcsl/decode/clip"
)

// fixed are the corruptions of this file in which nothing is random.
var fixed = []string{"gaussian_blur", "defocus_blur", "zoom_blur"}

func noisesAndBlurs() []entry { return slices.Concat(noises, blurs) }

func TestNoiseAndBlurConform(t *testing.T) {
	Register()
	for _, e := range noisesAndBlurs() {
		t.Run(e.Name, func(t *testing.T) {
			augmenttest.Run(t, augmenttest.Opt{Name: Prefix + e.Name, Temporal: e.Group == "noise", Constant: slices.Contains(fixed, e.Name)})
		})
	}
}

// paramsOf returns parameters of a noise or blur as they stand in a stored plan.
func paramsOf(e entry, severity int, seed uint64) any {
	switch {
	case e.Name == "motion_blur":
		return MotionParams{severity, -45 + 90*rand.New(rand.NewPCG(seed, 0)).Float64()}
	case slices.Contains(fixed, e.Name):
		return SeverityParams{severity}
	}
	return NoiseParams{severity, seed}
}

// spoiled returns a clip after a corruption whose parameters are read from JSON.
func spoiled(t testing.TB, name string, params any, pix []byte, s augment.Shape, scratch *augment.Scratch) []byte {
	t.Helper()
	Register()
	text, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	p, err := augment.Default().Compile([]clip.Op{{Name: Prefix + name, Params: json.RawMessage(text)}}, s)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, len(pix))
	if err := p.Run(out, pix, scratch); err != nil {
		t.Fatal(err)
	}
	return out
}

// picture is a frame of side x side pixels of the picture of scripts/golden_corrupt_noise.py, whose side is 224.
func picture(side int) []byte {
	out := make([]byte, 0, side*side*3)
	for i := range side {
		for j := range side {
			y, x := i*224/side, j*224/side
			for c := range 3 {
				v := (x*(3-c) + y*(1+c)) * 255 / (4 * 223)
				if (x/28+y/28)%4 == 0 {
					v = 255 - v
				}
				if (x-112)*(x-112)+(y-80)*(y-80) < 2500 {
					v = 20*c + 10
					if c == 0 {
						v = 240
					}
				}
				if y >= 168 {
					v = (x*x/16+7*c*y)/8%2*40 + 80
				}
				v += int(uint32(x*7919+y*104729+c*1299709)*2654435761>>28) - 8
				out = append(out, byte(min(max(v, 0), 255)))
			}
		}
	}
	return out
}

// change returns the mean squared difference of two clips.
func change(a, b []byte) float64 {
	s := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		s += d * d
	}
	return s / float64(len(a))
}

func TestSeverityGrows(t *testing.T) {
	for _, side := range []int{224, 112, 64, 32} {
		pix, s := picture(side), augment.Shape{T: 1, H: side, W: side}
		for _, e := range noisesAndBlurs() {
			if side < 112 && e.Name == "gaussian_blur" {
				continue // a deviation of 0.14 pixels changes nothing
			}
			last := 0.0
			for severity := 1; severity <= 5; severity++ {
				d := change(pix, spoiled(t, e.Name, paramsOf(e, severity, 3), pix, s, new(augment.Scratch)))
				if d <= last && e.Uneven == "" {
					t.Errorf("%s, %d pixels: severity %d changes by %.1f, the one before by %.1f", e.Name, side, severity, d, last)
				}
				last = d
			}
		}
	}
}

// TestSameBytesAnywhere runs all corruptions in many orders on several goroutines, with scratch memory that the others have used.
func TestSameBytesAnywhere(t *testing.T) {
	s := augment.Shape{T: 3, H: 40, W: 51}
	pix := bytes.Repeat(picture(64), 2)[:s.T*s.H*s.W*3]
	all := noisesAndBlurs()
	var want [][]byte
	for _, e := range all {
		want = append(want, spoiled(t, e.Name, paramsOf(e, 4, 9), pix, s, new(augment.Scratch)))
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			scratch := new(augment.Scratch)
			large := augment.Shape{T: 1, H: 64, W: 64}
			for _, i := range rand.New(rand.NewPCG(uint64(worker), 0)).Perm(len(all)) {
				spoiled(t, all[i].Name, paramsOf(all[i], 5, 1), picture(64), large, scratch)
				if got := spoiled(t, all[i].Name, paramsOf(all[i], 4, 9), pix, s, scratch); !bytes.Equal(got, want[i]) {
					t.Errorf("%s gives other pixels on worker %d", all[i].Name, worker)
				}
			}
		})
	}
	wg.Wait()
}

// TestFrames checks what differs from frame to frame, and what does not.
func TestFrames(t *testing.T) {
	frame := picture(48)
	n := len(frame)
	pix := slices.Concat(frame, frame, frame)
	for _, e := range noisesAndBlurs() {
		out := spoiled(t, e.Name, paramsOf(e, 3, 5), pix, augment.Shape{T: 3, H: 48, W: 48}, new(augment.Scratch))
		moves := !bytes.Equal(out[:n], out[n:2*n]) && !bytes.Equal(out[n:2*n], out[2*n:]) && !bytes.Equal(out[:n], out[2*n:])
		still := bytes.Equal(out[:n], out[n:2*n]) && bytes.Equal(out[:n], out[2*n:])
		if noise := e.Group == "noise"; noise && !moves || !noise && !still {
			t.Errorf("%s: frames alike stay alike: %v; noise is to be new in each, blur the same in all", e.Name, still)
		}
		other := spoiled(t, e.Name, paramsOf(e, 3, 6), pix, augment.Shape{T: 3, H: 48, W: 48}, new(augment.Scratch))
		if random := !slices.Contains(fixed, e.Name); random == bytes.Equal(out, other) {
			t.Errorf("%s: another seed gives other pixels: %v, want %v", e.Name, !random, random)
		}
	}
}

func TestStoredParamsAreChecked(t *testing.T) {
	Register()
	for _, c := range []struct{ name, params, want string }{
		{"gaussian_noise", `{"severity":0,"seed":1}`, "severity is 0, want 1 to 5"},
		{"glass_blur", `{"severity":6,"seed":1}`, "severity is 6, want 1 to 5"},
		{"zoom_blur", `{"severity":-1}`, "severity is -1, want 1 to 5"},
		{"motion_blur", `{"severity":2,"angle":46}`, "angle is 46, want -45 to 45"},
		{"motion_blur", `{"severity":7,"angle":0}`, "severity is 7, want 1 to 5"},
	} {
		_, err := augment.Default().Compile([]clip.Op{{Name: Prefix + c.name, Params: json.RawMessage(c.params)}}, augment.Shape{T: 1, H: 8, W: 8})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s%s: error %v, want one with %q", c.name, c.params, err, c.want)
		}
	}
}
