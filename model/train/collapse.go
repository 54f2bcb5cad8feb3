package train

import (
	"log/slog"
	"math"
)

// collapse watches for embeddings that come to be all the same, from moving averages of the metrics in which a step counts for a
// twentieth.
type collapse struct {
	log       *slog.Logger
	dim       int // of the embedding
	from      int // the first step, counted from 1, that is judged: fresh networks embed all much alike
	seen      int
	values    map[string]float64
	collapsed bool
}

// watched are the metrics that collapse is seen by.
var watched = []string{"embedding_std", "alignment", "uniformity"}

// newCollapse watches a run of so many steps, from a tenth of it on and not before step 100.
func newCollapse(log *slog.Logger, dim, steps int) *collapse {
	return &collapse{log: log, dim: dim, from: max(100, steps/10), values: map[string]float64{}}
}

// Observe implements [Observer]: it warns once, and again only after the embeddings had spread in between. Embeddings have collapsed
// where they spread over less than a tenth of the 1/sqrt(D) that they have on all of the sphere, or where positives are on one another
// and everything else is, too (Wang, Isola 2020: alignment and uniformity near 0, their best and their worst).
func (c *collapse) Observe(r *Record) error {
	for _, name := range watched {
		v, ok := r.Value(name)
		if !ok {
			return nil
		}
		if c.seen == 0 {
			c.values[name] = v
		}
		c.values[name] += (v - c.values[name]) / 20
	}
	c.seen++
	std, alignment, uniformity := c.values["embedding_std"], c.values["alignment"], c.values["uniformity"]
	spread := std * math.Sqrt(float64(c.dim))
	bad := spread < 0.1 || alignment < 0.02 && uniformity > -0.2
	if bad && !c.collapsed && r.Step >= c.from {
		c.log.Warn("the embeddings collapse: nearly all samples have the same one. Try a lower optimizer.lr, a longer schedule.warmup, "+
			"stronger augmentation, head.kind: simclr, or fewer attracted pairs (removal)",
			"step", r.Step, "embedding_std", std, "of", 1/math.Sqrt(float64(c.dim)), "alignment", alignment, "uniformity", uniformity)
	}
	c.collapsed = bad && (c.collapsed || r.Step >= c.from)
	return nil
}
