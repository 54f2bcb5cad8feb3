package attack

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// Sample is one clip under attack. Attacks do not change it.
type Sample struct {
	Key   string
	X     []float32 // [3,T,H,W], 0 to 1
	Shape [4]int    // 3, T, H, W
	Label int       // the right class; -1 for attacks on the representation

	surrogate bool // see [Options]
}

// Attack is a way to look for a perturbation. It is read-only and safe for concurrent use.
type Attack interface {
	// Name names the attack and its settings, such as pgd(linf, 8/255, 20).
	Name() string
	// Perturb returns a clip near s.X that net takes for another class than s.Label, or the best that was found: within the ball
	// around s.X that the attack is limited to, and within 0 to 1. The caller owns it. It asks net one question after the other,
	// as the paper does for a batch of one; rng is the sample's own.
	Perturb(ctx context.Context, s *Sample, net Network, rng *rand.Rand) ([]float32, error)
}

// Network answers questions about the network under attack. A question blocks until other samples that are attacked at the same
// time have asked theirs, so that they go through the network as one batch. One goroutine uses it.
type Network interface {
	// Classes returns the number of classes; 0 for an encoder without a head.
	Classes() int
	// Logits returns the logits of a clip [3,T,H,W] (the features, without a head). They are valid until the next question.
	Logits(ctx context.Context, x []float32) ([]float32, error)
	// Gradient returns a loss of a clip and its gradient in the clip, valid until the next question.
	Gradient(ctx context.Context, x []float32, loss Loss) (Answer, error)
}

// Answer is what [Network.Gradient] returns.
type Answer struct {
	Loss   float32
	Logits []float32
	Grad   []float32 // dLoss/dx, [3,T,H,W]
}

// Loss is a function of the logits z of one sample that an attack goes up.
type Loss struct {
	Kind LossKind
	// Label is the right class y, of [CrossEntropy], [DLR] and [DLRTargeted].
	Label int
	// Target is the class t of DLRTargeted.
	Target int
	// Vector is the weights v of [Weighted], one per class, and the anchor f of [Distance], one per feature.
	Vector []float32
}

// LossKind is the form of a loss.
type LossKind uint8

const (
	// CrossEntropy is log sum exp z - z_y.
	CrossEntropy LossKind = iota
	// DLR is the difference of logits ratio, -(z_y - max of the others) / (z_1st - z_3rd), of the sorted logits (Croce and
	// Hein 2020, arXiv 2003.01690, equation 6). It needs three classes.
	DLR
	// DLRTargeted is -(z_y - z_t) / (z_1st - (z_3rd + z_4th)/2) (equation 7). It needs four classes.
	DLRTargeted
	// Weighted is the sum of v_k z_k: the difference of two logits, one logit, or any margin.
	Weighted
	// Distance is 1 - cos(z, f), of an encoder's features to an anchor: what an attack without labels goes up.
	Distance
)

// String returns the name, such as dlr.
func (k LossKind) String() string {
	if int(k) < len(lossNames) {
		return lossNames[k]
	}
	return fmt.Sprintf("loss %d", uint8(k))
}

var lossNames = [...]string{"cross_entropy", "dlr", "dlr_targeted", "weighted", "distance"}
