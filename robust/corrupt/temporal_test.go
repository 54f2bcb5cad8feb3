package corrupt_test

import (
	"fmt"
	"slices"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
	"vidcsl/robust/corrupt/internal/corrupttest"
)

// shown returns the numbers of the frames that a view of n frames of a clip shows; timestamps of movie are numbers.
func shown(t *testing.T, frames, n int, name string, severity int, key string) (at []int, v clip.View) {
	t.Helper()
	v, err := corrupttest.View(corrupttest.Movie(t, frames, 2, 2), n, name, severity, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, pts := range v.PTS {
		at = append(at, int(pts))
	}
	return at, v
}

// TestOrders checks what each corruption in time does to frames 0, 1, 2, ..., for many draws.
func TestOrders(t *testing.T) {
	for _, n := range []int{2, 5, 8, 16, 33} {
		for severity := 1; severity <= 5; severity++ {
			for key := range 12 {
				for name, wrong := range orders {
					at, _ := shown(t, n, n, name, severity, fmt.Sprint(key))
					if text := wrong(at, severity); text != "" {
						t.Errorf("%s at severity %d shows %v: %s", name, severity, at, text)
					}
				}
			}
		}
	}
}

var orders = map[string]func(at []int, severity int) string{
	"frame_drop": func(at []int, _ int) string {
		for k := 1; k < len(at); k++ {
			if at[k] != k && at[k] != at[k-1] {
				return "neither the frame nor the one before"
			}
		}
		return ""
	},
	"freeze": func(at []int, severity int) string {
		left := slices.Compact(slices.Clone(at))
		want := max(1, int([]float64{0.4, 0.2, 0.1, 0.05, 0}[severity-1]*float64(len(at))+0.5))
		if !slices.IsSorted(at) || len(left) != want {
			return fmt.Sprintf("want %d frames, in order", want)
		}
		return ""
	},
	"jumble": func(at []int, severity int) string {
		length := max(2, (len(at)*[]int{1, 2, 4, 8, 16}[severity-1]+15)/16)
		for k, from := range at {
			if from/length != k/length {
				return fmt.Sprintf("frames leave their segments of %d", length)
			}
		}
		return permuted(at)
	},
	"box_jumble": func(at []int, severity int) string {
		cuts := 0
		for k := 1; k < len(at); k++ {
			if at[k] != at[k-1]+1 {
				cuts++
			}
		}
		if most := min([]int{4, 6, 8, 15, 32}[severity-1], len(at)) - 1; cuts > most {
			return fmt.Sprintf("%d cuts, want at most %d", cuts, most)
		}
		return permuted(at)
	},
	"reverse": func(at []int, severity int) string {
		back := 1
		for k := 1; k < len(at); k++ {
			if at[k] == at[k-1]-1 {
				back++
			}
		}
		if want := max(2, (len(at)*severity+2)/5); back != want && len(at)*severity%5 != 2 {
			return fmt.Sprintf("%d frames go backwards, want %d", back, want)
		}
		return permuted(at)
	},
}

// permuted says what is wrong with an order of all frames other than the one there was.
func permuted(at []int) string {
	if slices.IsSorted(at) {
		return "as it was"
	}
	all := slices.Clone(at)
	slices.Sort(all)
	if !slices.Equal(all, counted(len(at))) {
		return "not all frames"
	}
	return ""
}

// counted is 0, 1, ..., n-1.
func counted(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// TestLossesAddUp: a frame that is lost at one severity is lost at the next.
func TestLossesAddUp(t *testing.T) {
	for key := range 10 {
		for _, name := range []string{"frame_drop", "freeze"} {
			before := counted(40)
			for severity := 1; severity <= 5; severity++ {
				at, _ := shown(t, 40, 40, name, severity, fmt.Sprint(key))
				for _, frame := range at {
					if !slices.Contains(before, frame) {
						t.Errorf("%s: severity %d shows frame %d, the one below does not", name, severity, frame)
					}
				}
				before = at
			}
		}
	}
}

// TestSamplingRate: frames apart in the source, from an earlier start where they must, and repeated at the end where there are no more.
func TestSamplingRate(t *testing.T) {
	for severity, want := range [][]int{{13, 15, 17, 19}, {13, 17, 21, 25}, {5, 13, 21, 29}, {0, 16, 29, 29}, {0, 29, 29, 29}} {
		at, v := shown(t, 30, 4, "sampling_rate", severity+1, "a")
		if !slices.Equal(at, want) || v.Padded != (severity >= 3) {
			t.Errorf("severity %d shows %v, padded %t, want %v", severity+1, at, v.Padded, want)
		}
	}
}

// TestTimeAfterPixels: a corruption in time works behind a pixel op, and on a stored clip, whose frames are all there are.
func TestTimeAfterPixels(t *testing.T) {
	c := corrupttest.Movie(t, 8, 24, 24)
	v, err := corrupttest.View(c, 8, "static_rotation reverse", 5, "a")
	if err != nil {
		t.Fatal(err)
	}
	got, err := corrupttest.Pixels(c, v, new(augment.Scratch))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(v.PTS)
	want, err := corrupttest.Pixels(c, v, new(augment.Scratch))
	if err != nil {
		t.Fatal(err)
	}
	const size = 24 * 24 * 3
	for k := range 8 {
		if !slices.Equal(got[k*size:(k+1)*size], want[(7-k)*size:(8-k)*size]) {
			t.Errorf("frame %d is not the turned frame %d", k, 7-k)
		}
	}
}
