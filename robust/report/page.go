package report

import (
	"image"

	"vidcsl/robust"
)

// Page is what a report says. It is filled by who measured, and only read by [Page.Write]. Accuracies are from 0 to 1.
type Page struct {
	Title    string
	Answer   string   // a sentence or two: does the gap show, and how much of it is closed
	Findings []string // sentences that say it of every measure
	Notes    []string // sentences that one must know to read the numbers right: what was left out, what is not defined and why

	Ways       []Way // colours and the order of legends are by place
	Baseline   int   // the place of the way that others are compared with; -1: none
	Supervised int   // the place of the way with labels; -1: none

	Gaps    []Gap    // by measure; none without both Baseline and Supervised
	Matched *Matched // nil: not measured
	Spheres []Sphere // one for each way that has something to show
	Broken  []Broken // the clips that broke first

	Runs      []Run
	Reproduce []Command
	Version   string   // of what wrote it, with its name, such as vidcsl 0.1.0
	Libraries []string // such as FFmpeg 5.1.6
	Data      string
	Seed      uint64
	Intervals robust.Options
}

// Way is one way of training: runs that differ in the seed of the training alone.
type Way struct {
	Name        string // unique and short, such as cluster
	About       string // what it is, such as moco, clusters of 20 removed
	Clean       robust.Value
	MPC         robust.Value // not defined without corruptions
	RPC         robust.Value
	Corruptions []Corruption
	Curves      []Curve
	// Alignment and Uniformity are of the test clips' embeddings, a number for each run; empty where they were not measured.
	Alignment, Uniformity []float64
}

// Corruption is how a way fares under one corruption.
type Corruption struct {
	Name, Group string
	Severities  []int
	Accuracy    []robust.Value // at each severity
}

// Curve is how a way fares under one attack.
type Curve struct {
	Attack, Norm string
	Epsilons     []float64 // rising, for pixels from 0 to 1; the first may be 0, the clean accuracy of the attacked clips
	Accuracy     []robust.Value
}

// Gap is one measure of the gap between supervised and the baseline, and how much of it each way closes.
type Gap struct {
	Measure string       // such as clean, mPC or pgd linf 2/255
	Size    robust.Value // supervised less baseline
	Verdict string       // open, reversed, or none: what the interval of Size says
	Ways    []GapOf      // of each way, in their order
}

// GapOf is what one way makes of a gap.
type GapOf struct {
	Accuracy robust.Value
	Closed   robust.Value // see [robust.Study.GapClosed]; not defined for the two ends
}

// The verdicts on a [Gap].
const (
	Open     = "open"     // the interval of its size is above 0
	Reversed = "reversed" // it is below 0
	None     = "none"     // it has 0 in it
)

// Matched is the same comparison with every way at the snapshot whose validation accuracy is nearest to that of the baseline at its end. The accuracies
// are near, not equal, and those on the test data may be farther apart.
type Matched struct {
	Probe  string       // what the accuracy is by, such as linear; "": not known
	Target float64      // the validation accuracy of the baseline, that snapshots were chosen by
	Within float64      // how far from Target the accuracy of a way may be that is not left out; 0: not known
	Ways   []MatchedWay // of each way, in their order
	Gaps   []Gap
}

// MatchedWay says which snapshots stand for a way.
type MatchedWay struct {
	Steps      []int     // of each run; 0: its end
	Validation []float64 // the accuracy there, of each run
	Left       string    // why the way is left out; "": it is not
}

// Sphere is the embeddings of one run in two dimensions, those in which they spread most.
type Sphere struct {
	Way, Run string
	About    string // such as: 2,000 keys of the memory bank in the first two principal directions, 31 % of their variance
	Points   []Point
	Classes  []string // names of labels
	Clusters int      // 0: there are none
	// Pairs are some of those that were removed, drawn by the seed, and Removed, Right and Base say of how many and how good all are.
	Pairs   []Pair
	Removed int
	Right   float64 // share of the removed pairs that were of one class: precision
	Base    float64 // share of all pairs that are of one class
}

// Point is one embedding.
type Point struct {
	X, Y    float64
	Label   int32 // -1: not known
	Cluster int32 // -1: of none
}

// Pair is two points that were taken for false negatives.
type Pair struct {
	A, B  int
	Right bool // they are of one class
}

// Broken is a clip that a way took for what it is, until it was perturbed by as little as this.
type Broken struct {
	Way, Run, Key        string
	Condition            robust.Condition // the least that broke it
	Norm                 float64          // of the perturbation, for attacks
	Label, Before, After string           // classes: what it is, what it was taken for clean, and perturbed
	Clean, Perturbed     []image.Image    // frames of one size, equally many
	Scale                float64          // the difference is shown this many times as large; Write chooses where it is 0
}

// Run is one training.
type Run struct {
	Way, Path string
	Seed      uint64
	Config    string // canonical YAML
	Digest    string // of weights, data and versions: what the cells are kept under
}

// Command is a line that one can type, and what it does.
type Command struct{ Does, Line string }
