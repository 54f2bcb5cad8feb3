package clip

import (
	"encoding/json"
	"fmt"
)

// Op is one change of the decoded pixels of a view: a transform's name and what was drawn for it. It is a value and read-only.
type Op struct {
	Name   string
	Params any // the transform's own type as drawn, a json.RawMessage as read by [ParseView]
	text   json.RawMessage
}

// NewOp makes an op. Parameters that JSON cannot hold, such as NaN, are an error.
func NewOp(name string, params any) (Op, error) {
	b, err := json.Marshal(params)
	if err != nil {
		return Op{}, fmt.Errorf("clip: the parameters of %s cannot be stored: %w", name, err)
	}
	return Op{Name: name, Params: params, text: b}, nil
}

// Decode reads parameters that are still text into p, as strictly as [ParseView]: every field must be known, and there must be
// nothing else. Parameters that are no text are an error.
func (o Op) Decode(p any) error {
	text, ok := o.Params.(json.RawMessage)
	if !ok {
		return fmt.Errorf("they are of type %T, want %T", o.Params, p)
	}
	return strictJSON(string(text), p)
}

// opJSON is how an op is written.
type opJSON struct {
	Name   string          `json:"name"`
	Params json.RawMessage `json:"params"`
}

// MarshalJSON implements json.Marshaler.
func (o Op) MarshalJSON() ([]byte, error) {
	text := o.text
	if text == nil {
		b, err := json.Marshal(o.Params)
		if err != nil {
			return nil, err
		}
		text = b
	}
	return json.Marshal(opJSON{o.Name, text})
}

// UnmarshalJSON keeps the parameters as they are written: only the transform knows their type.
func (o *Op) UnmarshalJSON(b []byte) error {
	var raw opJSON
	if err := strictJSON(string(b), &raw); err != nil {
		return err
	}
	*o = Op{raw.Name, raw.Params, raw.Params}
	return nil
}
