package nn

import (
	"fmt"

	"vidcsl/model/op"
)

// r3d is R3D-18 of Tran et al. 2018, "A Closer Look at Spatiotemporal Convolutions for Action Recognition": a residual network of
// 3x3x3 convolutions. [N,3,16,112,112] gives 512 features of a map [2,7,7]. As torchvision's video.r3d_18.
func (b *builder) r3d(x *op.Node) (features, last *op.Node) {
	stem := Conv{Out: b.ch(64), Kernel: [3]int{3, 7, 7}, Stride: [3]int{1, 2, 2}, Pad: [3]int{1, 3, 3}}
	if b.small() {
		stem.Kernel, stem.Stride, stem.Pad = cube(3), cube(1), cube(1)
	}
	x = relu(b.unit("stem.0", "stem.1", x, stem))
	return b.basicStages(x, func(name string, x *op.Node, out, _, stride int) *op.Node {
		return b.Conv(name, x, Conv{Out: out, Kernel: cube(3), Stride: cube(stride), Pad: cube(1)})
	})
}

// r2plus1d is R(2+1)D-18 of the same paper: each 3x3x3 convolution is one over space and one over time, with batch normalization
// and ReLU in between and so many channels that the number of weights stays. As torchvision's video.r2plus1d_18.
func (b *builder) r2plus1d(x *op.Node) (features, last *op.Node) {
	space := Conv{Out: b.ch(45), Kernel: [3]int{1, 7, 7}, Stride: [3]int{1, 2, 2}, Pad: [3]int{0, 3, 3}}
	if b.small() {
		space.Kernel, space.Stride, space.Pad = [3]int{1, 3, 3}, cube(1), [3]int{0, 1, 1}
	}
	x = relu(b.unit("stem.0", "stem.1", x, space))
	x = relu(b.unit("stem.3", "stem.4", x, Conv{Out: b.ch(64), Kernel: [3]int{3, 1, 1}, Stride: cube(1), Pad: [3]int{1, 0, 0}}))
	return b.basicStages(x, func(name string, x *op.Node, out, mid, stride int) *op.Node {
		x = relu(b.unit(name+".0", name+".1", x,
			Conv{Out: mid, Kernel: [3]int{1, 3, 3}, Stride: [3]int{1, stride, stride}, Pad: [3]int{0, 1, 1}}))
		return b.Conv(name+".3", x, Conv{Out: out, Kernel: [3]int{3, 1, 1}, Stride: [3]int{stride, 1, 1}, Pad: [3]int{1, 0, 0}})
	})
}

// basicStages are the four stages of a VideoResNet of basic blocks. conv adds a convolution to out channels; in two parts it has
// mid channels between them.
func (b *builder) basicStages(x *op.Node, conv func(name string, x *op.Node, out, mid, stride int) *op.Node) (features, last *op.Node) {
	for stage, planes := range []int{64, 128, 256, 512} {
		for block := range b.blocks(2) {
			name := fmt.Sprintf("layer%d.%d", stage+1, block)
			stride := 1
			if stage > 0 && block == 0 {
				stride = 2
			}
			in, out := dim(x, 1), b.ch(planes)
			mid := in * out * 27 / (in*9 + 3*out)
			y := relu(b.BatchNorm(name+".conv1.1", conv(name+".conv1.0", x, out, mid, stride), b.bn))
			y = b.BatchNorm(name+".conv2.1", conv(name+".conv2.0", y, out, mid, 1), b.bn)
			if stride != 1 || in != out {
				x = b.unit(name+".downsample.0", name+".downsample.1", x, Conv{Out: out, Kernel: cube(1), Stride: cube(stride)})
			}
			x = relu(op.Apply(op.Add{}, y, x))
		}
	}
	return pooled(x)
}
