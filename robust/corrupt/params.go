package corrupt

import (
	"fmt"
	"math/rand/v2"

	"vidcsl/augment"
)

// LevelParams is a draw of a corruption without chance.
type LevelParams struct {
	Severity int `json:"severity"`
}

// CheckParams implements [augment.ParamsChecker].
func (p LevelParams) CheckParams() error { return checkLevel(p.Severity) }

// drawLevel is the Draw of a corruption without chance.
func drawLevel(c Config, _ *rand.Rand, _ *augment.Draft) (LevelParams, error) {
	return LevelParams(c), nil
}

// SeedParams is a draw of a corruption of which all chance comes from one seed: every random value is a function of it, of the frame, and of the
// place in the frame.
type SeedParams struct {
	Severity int    `json:"severity"`
	Seed     uint64 `json:"seed"`
}

// CheckParams implements [augment.ParamsChecker].
func (p SeedParams) CheckParams() error { return checkLevel(p.Severity) }

// drawSeed is the Draw of what needs no more than a seed.
func drawSeed(c Config, rng *rand.Rand, _ *augment.Draft) (SeedParams, error) {
	return SeedParams{c.Severity, rng.Uint64()}, nil
}

// at returns the generator of frame t; that of what holds for all frames is at -1.
func (p SeedParams) at(t int) *rand.Rand { return rand.New(rand.NewPCG(p.Seed, uint64(t))) }

// signed returns a number drawn uniformly from -1 to 1.
func signed(rng *rand.Rand) float64 { return 2*rng.Float64() - 1 }

// checkLevel returns an error for a severity that is none.
func checkLevel(severity int) error {
	if severity < 1 || severity > 5 {
		return fmt.Errorf("severity is %d, want 1 to 5", severity)
	}
	return nil
}

// checkRange returns an error for a value that is not from lo to hi.
func checkRange(name string, v, lo, hi float64) error {
	if v >= lo && v <= hi {
		return nil
	}
	return fmt.Errorf("%s is %v, want %v to %v", name, v, lo, hi)
}
