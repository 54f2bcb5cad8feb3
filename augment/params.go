package augment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// decodeParams reads the parameters of an op as they are stored: every field must be known, and there must be nothing else.
func decodeParams(b []byte, p any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the value")
	}
	return nil
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
