package attack

// Result is what came of the attack on one sample.
type Result struct {
	Key        string `json:"key"`
	Label      int    `json:"label"`
	Clean      int    `json:"clean"`      // the class that the network takes the clip for; -1 without classes
	Attacked   bool   `json:"attacked"`   // false: the network was wrong about the clip as it is
	Prediction int    `json:"prediction"` // for what was found; Clean if it was not attacked
	Success    bool   `json:"success"`    // the clip has a label, was taken for it, and no longer is
	// By is the name of the attack that found it, if it is a [Searcher]: of those that a [Cascade] is made of.
	By string `json:"by,omitempty"`
	// Distance is 1 - cos of what the network gives for the clip and for what was found: of features, or of logits.
	Distance float64 `json:"distance"`
	// How far what was found is from the clip.
	Linf   float64 `json:"linf"`
	L2     float64 `json:"l2"`
	L1     float64 `json:"l1"`
	Frames int     `json:"frames"` // that are not as they were
	// What the attack asked; not what it took to look at the clip before and after it.
	Gradients int `json:"gradients"`
	Forwards  int `json:"forwards"`

	Adversarial []float32 `json:"-"` // [3,T,H,W]: what was found, with [Options.Clips]; nil if the sample was not attacked

	sample int // its number
}

// measure sets the distances.
func (r *Result) measure(s *Sample, x []float32) {
	r.Linf, r.L2, r.L1 = Linf.Of(s.X, x), L2.Of(s.X, x), L1.Of(s.X, x)
	frames, size := s.Shape[1], s.Shape[2]*s.Shape[3]
	changed := make([]bool, frames)
	for i, v := range x {
		if v != s.X[i] {
			changed[i/size%frames] = true
		}
	}
	for _, c := range changed {
		if c {
			r.Frames++
		}
	}
}
