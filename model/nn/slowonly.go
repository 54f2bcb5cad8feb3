package nn

import (
	"fmt"

	"vidcsl/model/op"
)

// slowOnly is the slow pathway of Feichtenhofer et al. 2019, "SlowFast Networks for Video Recognition", on its own: a ResNet-50
// over space, whose bottlenecks begin with a 3x1x1 convolution over time in the last two stages. It never reduces the number of
// frames. [N,3,8,224,224] gives 2048 features of a map [8,7,7]. As PyTorchVideo's slow_r50, which starts from branches that add
// nothing: the last normalization of each has gamma 0. Its dropout of 0.5 before the classifier is left out.
func (b *builder) slowOnly(x *op.Node) (features, last *op.Node) {
	last0 := b.bn
	last0.Gamma = Constant(0)
	if b.small() {
		x = relu(b.unit("blocks.0.conv", "blocks.0.norm", x, slow(b.ch(64), 1, 3, 1)))
	} else {
		x = relu(b.unit("blocks.0.conv", "blocks.0.norm", x, slow(b.ch(64), 1, 7, 2)))
		x = maxPool(x, [3]int{1, 3, 3}, [3]int{1, 2, 2}, [3]int{0, 1, 1})
	}
	for stage, n := range []int{3, 4, 6, 3} {
		for block := range b.blocks(n) {
			name := fmt.Sprintf("blocks.%d.res_blocks.%d", stage+1, block)
			stride, time := 1, 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			if stage >= 2 {
				time = 3
			}
			inner := b.ch(64 << stage)
			y := relu(b.unit(name+".branch2.conv_a", name+".branch2.norm_a", x, slow(inner, time, 1, 1)))
			y = relu(b.unit(name+".branch2.conv_b", name+".branch2.norm_b", y, slow(inner, 1, 3, stride)))
			y = b.BatchNorm(name+".branch2.norm_c", b.Conv(name+".branch2.conv_c", y, slow(4*inner, 1, 1, 1)), last0)
			if stride != 1 || dim(x, 1) != 4*inner {
				x = b.unit(name+".branch1_conv", name+".branch1_norm", x, slow(4*inner, 1, 1, stride))
			}
			x = relu(op.Apply(op.Add{}, x, y))
		}
	}
	return pooled(x)
}

// slow is a convolution over time and space, padded so that it keeps the size but for the stride, which is over space.
func slow(out, time, kernel, stride int) Conv {
	return Conv{Out: out, Kernel: [3]int{time, kernel, kernel}, Stride: [3]int{1, stride, stride},
		Pad: [3]int{time / 2, kernel / 2, kernel / 2}}
}
