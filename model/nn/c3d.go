package nn

import "vidcsl/model/op"

// c3d is C3D of Tran et al. 2015, "Learning Spatiotemporal Features with 3D Convolutional Networks": eight 3x3x3 convolutions with
// max pooling between. As is usual since, batch normalization follows each, and the mean over time and place takes the place of
// the last pooling and of the two layers of 4096 units, which had three quarters of the weights. [N,3,16,112,112] gives 512
// features of a map [2,7,7]. The small stem leaves out the first pooling. The names, conv1 and bn1 to conv5b and bn5b, are ours.
func (b *builder) c3d(x *op.Node) (features, last *op.Node) {
	for stage, s := range []struct {
		channels int
		names    []string
	}{{64, []string{"1"}}, {128, []string{"2"}}, {256, []string{"3a", "3b"}}, {512, []string{"4a", "4b"}}, {512, []string{"5a", "5b"}}} {
		switch {
		case stage == 1 && b.small():
		case stage == 1:
			x = maxPool(x, [3]int{1, 2, 2}, [3]int{1, 2, 2}, [3]int{})
		case stage > 1:
			x = maxPool(x, cube(2), cube(2), [3]int{})
		}
		for k := range b.blocks(len(s.names)) {
			name := s.names[0]
			if len(s.names) > 1 || k > 0 {
				name = s.names[0][:1] + string(rune('a'+k))
			}
			x = relu(b.unit("conv"+name, "bn"+name, x, Conv{Out: b.ch(s.channels), Kernel: cube(3), Stride: cube(1), Pad: cube(1)}))
		}
	}
	return pooled(x)
}
