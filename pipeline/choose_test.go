package pipeline

import "testing"

func TestChoose(t *testing.T) {
	crews := []*crew{{fixed: 1}, {fixed: 2}, {fixed: 3}}
	for _, tc := range []struct {
		name     string
		workers  [3]int
		load     [3]float64
		free     bool
		to, from int // 1 to 3, 0 for none
	}{
		{"nobody busy", [3]int{1, 1, 1}, [3]float64{0.5, 0.1, 0.7}, true, 0, 0},
		{"a free worker", [3]int{1, 2, 1}, [3]float64{0.5, 1.9, 0.9}, true, 2, 0},
		{"one to take from", [3]int{4, 2, 2}, [3]float64{1, 2, 1}, false, 2, 1},
		{"each needs its own", [3]int{2, 2, 1}, [3]float64{1.5, 2, 0.1}, false, 0, 0},
		{"all busy", [3]int{2, 2, 2}, [3]float64{2, 2, 2}, false, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var all []demand
			for i, c := range crews {
				all = append(all, demand{crew: c, workers: tc.workers[i], load: tc.load[i]})
			}
			to, from := choose(all, tc.free)
			number := func(d *demand) int {
				if d == nil {
					return 0
				}
				return d.crew.fixed
			}
			if number(to) != tc.to || number(from) != tc.from {
				t.Errorf("to %d from %d, want to %d from %d", number(to), number(from), tc.to, tc.from)
			}
		})
	}
}
