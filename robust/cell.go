package robust

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vidcsl/model/eval"
)

// Kind is what was done to clips before an encoder saw them.
type Kind string

// The kinds of conditions.
const (
	Clean      Kind = "clean"
	Corruption Kind = "corruption"
	Attack     Kind = "attack"
)

// Condition is what was done to the clips of a cell. It can be compared.
type Condition struct {
	Kind     Kind    `json:"kind"`
	Name     string  `json:"name,omitempty"`     // of the corruption or the attack
	Severity int     `json:"severity,omitempty"` // of a corruption, 1 to 5
	Norm     string  `json:"norm,omitempty"`     // by which the perturbations of an attack are measured: linf or l2
	Epsilon  float64 `json:"epsilon,omitempty"`  // their greatest norm, of clips of values from 0 to 1; 0: the attack looks for the smallest
}

// String returns, for example, clean, fog 3 or pgd linf 8/255.
func (c Condition) String() string {
	switch {
	case c.Kind == Clean:
		return "clean"
	case c.Kind == Corruption:
		return fmt.Sprintf("%s %d", c.Name, c.Severity)
	case c.Epsilon == 0:
		return fmt.Sprintf("%s %s", c.Name, c.Norm)
	}
	return fmt.Sprintf("%s %s %s", c.Name, c.Norm, FormatEpsilon(c.Epsilon))
}

// FormatEpsilon writes a size as a number where that is short, such as 0.5, as a fraction of 255 where it is one, such as 8/255 or 0.25/255, and as a
// number otherwise.
func FormatEpsilon(v float64) string {
	number := strconv.FormatFloat(v, 'g', -1, 64)
	if n := math.Round(4*255*v) / 4; len(number) > len("0.025") && n > 0 && math.Abs(255*v-n) < 1e-9 {
		return strconv.FormatFloat(n, 'f', -1, 64) + "/255"
	}
	return number
}

// ParseEpsilon reads what [FormatEpsilon] writes: a number, or a fraction such as 8/255, above 0 and at most 1e9.
func ParseEpsilon(text string) (float64, error) {
	a, b, fraction := strings.Cut(text, "/")
	v, err := strconv.ParseFloat(a, 64)
	if err == nil && fraction {
		var by float64
		if by, err = strconv.ParseFloat(b, 64); err == nil {
			v /= by
		}
	}
	if err != nil || !(v > 0) || v > 1e9 {
		return 0, fmt.Errorf("%q is no number or fraction above 0, such as 8/255", text)
	}
	return v, nil
}

// Undecodable is what a clip of which the damage left nothing was taken for.
const Undecodable int32 = -1

// Clip is what became of one clip in a cell.
type Clip struct {
	Key       string `json:"key"`       // of the video: several clips may be of one
	Label     int32  `json:"label"`     // the right class
	Predicted int32  `json:"predicted"` // the class that it was taken for, or [Undecodable]
	// Confidence is the probability that the classifier gave the predicted class; 0 where it gives none.
	Confidence float64 `json:"confidence,omitempty"`
	// Norm is that of the perturbation that an attack ended with: 0 if the clip was taken for a wrong class as it was.
	Norm float64 `json:"norm,omitempty"`
}

// Right reports whether the clip was taken for what it is.
func (c Clip) Right() bool { return c.Predicted == c.Label }

// Cell is what one encoder took every clip for in one condition.
type Cell struct {
	Condition
	Clips []Clip `json:"clips"`
}

// Accuracy returns the share of the clips that could be decoded which were taken for what they are, with Wilson's interval: the
// clean accuracy, or the robust one, of a cell. Undecodable clips are counted by [Cell.Undecodable] and by nothing else: an encoder that
// was shown nothing has made no mistake.
func (c *Cell) Accuracy() eval.Accuracy {
	hits, n := 0, 0
	for _, clip := range c.Clips {
		if clip.Predicted == Undecodable {
			continue
		}
		if n++; clip.Right() {
			hits++
		}
	}
	return eval.NewAccuracy(hits, n)
}

// Undecodable returns the share of the clips that could not be decoded.
func (c *Cell) Undecodable() eval.Accuracy {
	lost := 0
	for _, clip := range c.Clips {
		if clip.Predicted == Undecodable {
			lost++
		}
	}
	return eval.NewAccuracy(lost, len(c.Clips))
}

// Check returns an error that names the first value which cannot be.
func (c *Cell) Check() error {
	switch {
	case c.Kind == Clean && c.Condition != Condition{Kind: Clean}:
		return fmt.Errorf("robust: a clean cell has name %q, severity %d, norm %q and epsilon %v, want none", c.Name, c.Severity, c.Norm, c.Epsilon)
	case c.Kind == Corruption && (c.Name == "" || c.Severity < 1 || c.Severity > 5):
		return fmt.Errorf("robust: corruption %q has severity %d, want a name and 1 to 5", c.Name, c.Severity)
	case c.Kind == Attack && (c.Name == "" || c.Norm == "" || !(c.Epsilon >= 0) || math.IsInf(c.Epsilon, 0)):
		return fmt.Errorf("robust: attack %q has norm %q and epsilon %v, want a name, a norm and a size", c.Name, c.Norm, c.Epsilon)
	case c.Kind != Clean && c.Kind != Corruption && c.Kind != Attack:
		return fmt.Errorf("robust: a cell is of kind %q, want %s, %s or %s", c.Kind, Clean, Corruption, Attack)
	}
	for i, clip := range c.Clips {
		switch {
		case clip.Label < 0 || clip.Predicted < Undecodable:
			return fmt.Errorf("robust: %v: clip %d (%s) has label %d and was taken for %d, want classes", c.Condition, i, clip.Key, clip.Label, clip.Predicted)
		case !(clip.Confidence >= 0 && clip.Confidence <= 1+1e-6):
			return fmt.Errorf("robust: %v: clip %d (%s) has confidence %v, want 0 to 1", c.Condition, i, clip.Key, clip.Confidence)
		case !(clip.Norm >= 0) || math.IsInf(clip.Norm, 0):
			return fmt.Errorf("robust: %v: clip %d (%s) has a perturbation of norm %v", c.Condition, i, clip.Key, clip.Norm)
		}
	}
	return nil
}
