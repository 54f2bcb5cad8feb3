package augmenttest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// moods are transforms that do something wrong to the sample kit002.mp4, and what the error says.
var moods = []struct {
	name, want string
	draw       func() (float64, error)
	color      func() augment.ColorMatrix
	apply      func(f *augment.Frames) error
}{
	{name: "Draw returns an error", want: "not this one", draw: func() (float64, error) { return 0, errors.New("not this one") }},
	{name: "Draw panics", want: "panic: not this one", draw: func() (float64, error) { panic("not this one") }},
	{name: "Draw draws no number", want: "cannot be stored", draw: func() (float64, error) { return math.NaN(), nil }},
	{name: "Color panics", want: "panic: not this one", color: func() augment.ColorMatrix { panic("not this one") }},
	{name: "Color returns no number", want: "NaN", color: func() augment.ColorMatrix { return augment.ColorMatrix{{math.NaN()}} }},
	{name: "Apply returns an error", want: "not this one", apply: func(*augment.Frames) error { return errors.New("not this one") }},
	{name: "Apply panics", want: "out of range", apply: func(f *augment.Frames) error { return fmt.Errorf("%d", f.Pix[len(f.Pix)]) }},
	{name: "Apply changes the shape", want: "it changed the shape", apply: func(f *augment.Frames) error { f.H, f.W = f.W, f.H; return nil }},
	{name: "Apply replaces the pixels", want: "other memory", apply: func(f *augment.Frames) error { f.Pix = slices.Clone(f.Pix); return nil }},
	{name: "Apply drops the pixels", want: "other memory", apply: func(f *augment.Frames) error { f.Pix = nil; return nil }},
}

// One sample is lost and reported once, with the transform and the key; the others come out in order, and nothing is left.
func TestOneSampleFails(t *testing.T) {
	for _, m := range moods {
		for _, workers := range []int{1, 4} {
			t.Run(fmt.Sprintf("%s, %d workers", m.name, workers), func(t *testing.T) {
				type params struct{ V float64 }
				s := augment.Spec[struct{}, params]{
					Name: "moody", Summary: "s", Doc: "d",
					Draw: func(_ struct{}, _ *rand.Rand, d *augment.Draft) (params, error) {
						if d.Key != "kit002.mp4#0" {
							return params{}, nil
						}
						if m.draw != nil {
							v, err := m.draw()
							return params{v}, err
						}
						return params{1}, nil
					},
				}
				if m.color != nil {
					s.Color = func(p params, _ func() [3]float64) augment.ColorMatrix {
						if p.V == 1 {
							return m.color()
						}
						return augment.ColorMatrix{{1}, {0, 1}, {0, 0, 1}}
					}
				} else {
					s.Apply = func(p params, f *augment.Frames) error {
						if p.V == 1 {
							return m.apply(f)
						}
						return nil
					}
				}
				o := For(s)
				failsOnce(t, newKit(o), workers, m.want)
			})
		}
	}
}

func failsOnce(t *testing.T, k *kit, workers int, want string) {
	t.Helper()
	var mu sync.Mutex
	var got, lost []string
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	before := goroutines()
	err := k.run(context.Background(), flow{
		footage: plain(), samples: 6, workers: workers, alloc: mem,
		sink: func(s *clip.Sample) error { got = append(got, s.Plan.Key[3:6]); return nil },
		fail: func(key string, err error) {
			mu.Lock()
			defer mu.Unlock()
			lost = append(lost, key)
			var e *augment.Error
			if !errors.As(err, &e) || e.Transform != "moody" || e.Key != key || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "moody, view 0 of "+key) {
				t.Errorf("%v", err)
			}
		},
	})
	if err != nil || fmt.Sprint(got) != "[000 001 003 004 005]" || fmt.Sprint(lost) != "[kit002.mp4#0]" {
		t.Errorf("error %v, delivered %v, lost %v", err, got, lost)
	}
	mem.AssertSize(t, 0)
	if left := leftOver(before); len(left) > 0 {
		t.Errorf("goroutines are left:\n%s", left[0])
	}
}
