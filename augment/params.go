package augment

import (
	"bytes"
	"encoding/json"
	"errors"
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
