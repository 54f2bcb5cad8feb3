package augment

import "errors"

// Breach is a rule of [Spec] that a transform broke.
type Breach string

// The rules that are checked whenever a transform runs.
const (
	NoBreach Breach = ""         // an error that the transform returned, or no error
	Panicked Breach = "panicked" // it panicked
	Reshaped Breach = "reshaped" // Apply changed the shape of the view
	Replaced Breach = "replaced" // Apply put other memory in the place of the pixels
)

// BreachOf returns the rule that a transform broke to cause err, an error of this package. Package augmenttest tells by it
// which of its checks a transform fails.
func BreachOf(err error) Breach {
	var p *PanicError
	switch {
	case errors.As(err, &p):
		return Panicked
	case errors.Is(err, ErrReshaped):
		return Reshaped
	case errors.Is(err, ErrReplaced):
		return Replaced
	}
	return NoBreach
}
