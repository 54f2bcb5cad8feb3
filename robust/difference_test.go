package robust

import (
	"strings"
	"testing"
)

// By hand: the difference of two runs, of two means of runs, of a run and itself, and of what is not there.
func TestDifference(t *testing.T) {
	noisy := corrupted("noise", 1)
	run := func(name string, right int) Run {
		return Run{name, []Cell{cell(clean, 40, 40, 0), cell(noisy, 40, right, 0)}}
	}
	s := study(t, run("a", 30), run("b", 10), run("c", 20), Run{"no cells", []Cell{cell(clean, 40, 30, 0)}})
	if v := s.Difference(Role{0}, Role{1}, MPC()); !v.Defined() || !near(v.Value, 0.5) || v.Low <= 0 || v.High >= 1 {
		t.Errorf("30 of 40 less 10 of 40 is %v, want 0.5 and an interval above 0", v)
	}
	if v := s.Difference(Role{1}, Role{0}, MPC()); !near(v.Value, -0.5) || v.High >= 0 {
		t.Errorf("the other way about it is %v, want -0.5 and an interval below 0", v)
	}
	if v := s.Difference(Role{0}, Role{1, 2}, MPC()); !near(v.Value, 0.75-0.375) {
		t.Errorf("30 of 40 less the mean of 10 and 20 of 40 is %v, want 0.375", v)
	}
	// the same clips are drawn of both: a run does not differ from itself
	if v := s.Difference(Role{0}, Role{0}, MPC()); v != (Value{}) {
		t.Errorf("of a run and itself it is %v, want 0 without an interval", v)
	}
	if v := s.Difference(Role{0}, Role{3}, MPC()); v.Defined() || !strings.Contains(v.Undefined, "there are no cells for mPC") {
		t.Errorf("without cells it is %v", v)
	}
	// what the share of the gap is divided by
	gap, closed := s.Difference(Role{0}, Role{1}, MPC()), s.GapClosed(Role{2}, Role{1}, Role{0}, MPC())
	if won := s.Difference(Role{2}, Role{1}, MPC()); !near(won.Value/gap.Value, closed.Value) {
		t.Errorf("%v of %v is closed, want %v", won, gap, closed)
	}
}

// The accuracy before an attack is that of the clips which were attacked.
func TestBefore(t *testing.T) {
	pgd := Condition{Kind: Attack, Name: "pgd", Norm: "linf", Epsilon: 0.1}
	attacked := cell(pgd, 40, 5, 0)
	attacked.Clips = attacked.Clips[20:] // the others are left alone
	s := study(t, Run{"a", []Cell{cell(clean, 40, 30, 0), attacked}})
	if v := s.Before(Role{0}, Under(pgd)); !v.Defined() || !near(v.Value, 0.5) || v.Low >= 0.5 || v.High <= 0.5 {
		t.Errorf("10 of the 20 attacked clips were right, it is %v", v)
	}
	if v := s.Mean(Role{0}, Under(pgd)); !near(v.Value, 0) {
		t.Errorf("after the attack it is %v", v)
	}
	if v := s.Before(Role{0}, MPC()); v.Defined() {
		t.Errorf("without corruptions it is %v", v)
	}
}
