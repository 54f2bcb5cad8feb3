package kernel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

// A streak moved by whole pixels is the same pixels, moved.
func TestStreaksMoveWhole(t *testing.T) {
	const h, w, down, right = 64, 40, 8, 2
	r := Rain{Slant: 64, Light: 215} // a quarter to the right per row down
	s := streak{top: 10*256 + 77, bottom: 30*256 + 200, x: 9*256 + 33, width: 300, alpha: 170}
	one, two := make([]byte, h*w*3), make([]byte, h*w*3)
	r.blend(one, h, w, &s)
	s.top, s.bottom = s.top+down*256, s.bottom+down*256
	r.blend(two, h, w, &s)
	lit := 0
	for y := range h - down {
		if !bytes.Equal(one[y*w*3:((y+1)*w-right)*3], two[((y+down)*w+right)*3:(y+down+1)*w*3]) {
			t.Fatalf("row %d is not found %d rows down and %d to the right", y, down, right)
		}
		for _, v := range one[y*w*3 : (y+1)*w*3] {
			lit = max(lit, int(v))
		}
	}
	if want := 215 * 170 / 256; lit < want-3 || lit > want+1 {
		t.Errorf("a streak is %d at its brightest, want about %d", lit, want)
	}
}

// Every drop falls at its own speed along its line, until it is out of the frame; then it begins anew, above the frame.
func TestDropsFallOn(t *testing.T) {
	const h, w = 112, 96
	for _, slant := range []int{-70, 0, 40} {
		r := Rain{Seed: 7, Drops: 50, Speed: 6000, Slant: slant, Length: 3000, Width: 200, Alpha: 128, Light: 200}
		falls := 0
		for i := range r.Drops {
			for k := range 40 {
				a, b := r.streak(i, k, h, w), r.streak(i, k+1, h, w)
				if step := b.bottom - a.bottom; step < 3000 || step > 6000 {
					if b.bottom > 6000 || a.bottom+6000 < h<<8 {
						t.Fatalf("drop %d jumps from %d to %d", i, a.bottom, b.bottom)
					}
					falls++
				} else if a.x != b.x || a.bottom-a.top != b.bottom-b.top || a.width != b.width || a.alpha != b.alpha {
					t.Fatalf("drop %d is %+v and then %+v", i, a, b)
				}
			}
		}
		if falls < 50 {
			t.Errorf("in 40 frames only %d drops began anew", falls)
		}
	}
}

// Rain falls everywhere alike, also where a slanted path enters from the side.
func TestRainFallsEverywhere(t *testing.T) {
	const h, w = 60, 60
	for _, slant := range []int{-77, 77} {
		r := Rain{Seed: 3, Drops: 200, Speed: 4000, Slant: slant, Length: 2000, Width: 256, Alpha: 256, Light: 255}
		var quarter [4]float64
		for k := range 60 {
			pix := make([]byte, h*w*3)
			r.Draw(pix, h, w, k)
			for i := 0; i < len(pix); i += 3 {
				quarter[i/3/w/(h/2)*2+i/3%w/(w/2)] += float64(pix[i]) / 60 / 900
			}
		}
		mean := (quarter[0] + quarter[1] + quarter[2] + quarter[3]) / 4
		for _, v := range quarter {
			if mean < 10 || math.Abs(v-mean) > 0.1*mean {
				t.Errorf("slant %d: the quarters of the frame are %.1f bright on average", slant, quarter)
				break
			}
		}
	}
}

// What a sensor reads has the mean and the variance that its model says.
func TestSensor(t *testing.T) {
	var s Sensor
	s.Set(0.25, 1000, 2)
	for _, v := range []byte{60, 128, 255} {
		pix := bytes.Repeat([]byte{v}, 100_000)
		s.Sense(pix, 5)
		var sum, square float64
		for _, p := range pix {
			light := math.Pow(float64(p)/255, 2.2)
			sum, square = sum+light, square+light*light
		}
		mean := sum / 100_000
		dev := math.Sqrt(square/100_000 - mean*mean)
		want := 0.25 * math.Pow(float64(v)/255, 2.2)
		if wantDev := math.Sqrt(want*1000+4) / 1000; math.Abs(mean-want) > 0.02*want || math.Abs(dev-wantDev) > 0.04*wantDev {
			t.Errorf("value %d is read as %.4f with deviation %.4f, want %.4f and %.4f", v, mean, dev, want, wantDev)
		}
	}
}

// C and Go give the same means for any number of frames and values.
func TestTimeMean(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 60 {
		frames, n, r := 1+rng.IntN(20), rng.IntN(5000), rng.IntN(MaxRadius+1)
		src := make([]byte, frames*n)
		for i := range src {
			if src[i] = byte(rng.Uint32()); n%3 == 0 {
				src[i] = 255 - src[i]%2
			}
		}
		got, want := make([]byte, len(src)), make([]byte, len(src))
		TimeMean(got, src, frames, n, r)
		refTimeMean(want, src, frames, n, r)
		if !bytes.Equal(got, want) {
			t.Fatalf("%d frames of %d values, %d to each side: not the mean", frames, n, r)
		}
	}
}

// The quotient is exact for every sum and count.
func TestTimeMeanDivides(t *testing.T) {
	for count := 2; count <= 2*MaxRadius+1; count++ {
		for sum := range 255*count + 1 {
			if got, want := (sum+count/2)*(65536/count+1)>>16, (sum+count/2)/count; got != want {
				t.Fatalf("%d/%d is %d, want %d", sum, count, got, want)
			}
		}
	}
}

func BenchmarkTimeMean(b *testing.B) {
	const n = 112 * 112 * 3
	src, dst := make([]byte, 16*n), make([]byte, 16*n)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		TimeMean(dst, src, 16, n, 3)
	}
}

func BenchmarkSense(b *testing.B) {
	var s Sensor
	s.Set(0.125, 1000, 2)
	pix := make([]byte, 112*112*3)
	b.SetBytes(int64(len(pix)))
	for b.Loop() {
		s.Sense(pix, 1)
	}
}
