package robust

import "testing"

// Where all clips are right or all are wrong, resamples are alike; the interval is Wilson's, of the number of videos, in whichever cells and runs. The ends
// are z*z/(n+z*z) from the accuracy, with z 1.96.
func TestEnds(t *testing.T) {
	noisy := corrupted("noise", 1)
	worse := corrupted("noise", 2)
	twice := cell(noisy, 40, 0, 0)
	twice.Clips = append(twice.Clips, twice.Clips...)
	s := study(t,
		Run{"never right", []Cell{cell(clean, 40, 0, 0), cell(noisy, 40, 0, 0), cell(worse, 40, 0, 0)}},
		Run{"again", []Cell{cell(clean, 40, 0, 0), twice, cell(worse, 40, 0, 0)}},
		Run{"always right", []Cell{cell(clean, 40, 40, 0), cell(noisy, 40, 40, 20), cell(worse, 40, 40, 20)}},
		Run{"once right", []Cell{cell(clean, 40, 1, 0), cell(noisy, 40, 0, 0), cell(worse, 40, 0, 0)}},
	)
	const of40, of20 = 0.08762160119728864, 0.16112515805281938
	for _, c := range []struct {
		what      string
		role      Role
		m         Measure
		low, high float64
	}{
		{"a cell", Role{0}, Under(noisy), 0, of40},
		{"several cells", Role{0}, MPC(), 0, of40},
		{"two clips of each video", Role{1}, Under(noisy), 0, of40},
		{"two runs", Role{0, 1}, CleanAccuracy(), 0, of40},
		{"all right", Role{2}, CleanAccuracy(), 1 - of40, 1},
		{"all right that are left", Role{2}, MPC(), 1 - of20, 1},
	} {
		if got := s.Mean(c.role, c.m); !near(got.Value, c.low) && !near(got.Value, c.high) || !near(got.Low, c.low) || !near(got.High, c.high) {
			t.Errorf("%s: %+v, want %v to %v", c.what, got, c.low, c.high)
		}
	}
	if got := s.Mean(Role{3}, CleanAccuracy()); got.Low != 0 || !(got.High > 0.025) || near(got.High, of40) {
		t.Errorf("once right: %+v, want the interval of resamples", got)
	}
	// a difference stays that of resamples
	if got := s.Difference(Role{2}, Role{0}, CleanAccuracy()); got != (Value{Value: 1, Low: 1, High: 1}) {
		t.Errorf("difference: %+v", got)
	}
}
