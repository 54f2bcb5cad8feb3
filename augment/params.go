package augment

import (
	"fmt"

	"vidcsl/decode/clip"
)

// paramsOf returns the parameters of an op: as they were drawn, or read from a stored plan.
func paramsOf[P any](op clip.Op) (P, error) {
	p, ok := op.Params.(P)
	if ok {
		return p, nil
	}
	if err := op.Decode(&p); err != nil {
		return p, fmt.Errorf("augment: the parameters of %s: %w", op.Name, err)
	}
	return p, nil
}

// within returns an error for a parameter outside of lo to hi, or not a number.
func within(name string, v, lo, hi float64) error {
	if v >= lo && v <= hi {
		return nil
	}
	return fmt.Errorf("%s is %v, want %v to %v", name, v, lo, hi)
}

// colorWithin returns an error for a colour that no byte holds.
func colorWithin(name string, c [3]int) error {
	for _, v := range c {
		if v < 0 || v > 255 {
			return fmt.Errorf("%s is %v, want 0 to 255 each", name, c)
		}
	}
	return nil
}
