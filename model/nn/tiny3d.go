package nn

import (
	"fmt"

	"vidcsl/model/op"
)

// tiny3d is a small network of our own for tests, studies and small pictures: four 3x3x3 convolutions, each with batch
// normalization and ReLU. [N,3,8,32,32] gives 128 features of a map [2,4,4]. The small stem leaves out the first stride. A depth
// puts more layers of stride 1 behind each. The names are those of an nn.ModuleList of pairs: layers.0.conv, layers.0.bn and so on.
func (b *builder) tiny3d(x *op.Node) (features, last *op.Node) {
	layer := 0
	for stage, s := range []struct {
		channels int
		stride   [3]int
	}{{16, [3]int{1, 2, 2}}, {32, cube(2)}, {64, [3]int{1, 2, 2}}, {128, [3]int{2, 1, 1}}} {
		if stage == 0 && b.small() {
			s.stride = cube(1)
		}
		for k := range b.blocks(1) {
			if k > 0 {
				s.stride = cube(1)
			}
			name := fmt.Sprintf("layers.%d", layer)
			x = relu(b.unit(name+".conv", name+".bn", x, Conv{Out: b.ch(s.channels), Kernel: cube(3), Stride: s.stride, Pad: cube(1)}))
			layer++
		}
	}
	return pooled(x)
}
