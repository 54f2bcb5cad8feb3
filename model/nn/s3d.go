package nn

import (
	"cmp"
	"fmt"

	"vidcsl/model/op"
)

// s3d is S3D of Xie et al. 2018, "Rethinking Spatiotemporal Feature Learning": an Inception network in which each convolution over
// time and space is one over space and one over time. [N,3,64,224,224] gives 1024 features of a map [8,7,7]. As torchvision's
// video.s3d, whose dropout of 0.2 before the classifier is left out: its weights start as PyTorch's convolutions do, and its
// normalization has eps 0.001 and momentum 0.001. The depth multiplies the blocks of the three groups, 2, 5 and 2; blocks have
// torchvision's numbers only at depth 1.
func (b *builder) s3d(x *op.Node) (features, last *op.Node) {
	b.bn = BatchNorm{Eps: 0.001, Momentum: cmp.Or(b.BNMomentum, 0.001)}
	at := 0 // the number of the next layer
	next := func() string { at++; return fmt.Sprintf("features.%d", at-1) }
	space, pad := [3]int{1, 3, 3}, [3]int{0, 1, 1}
	if b.small() {
		x = b.separable(next(), x, b.ch(64), 3, 1)
		next()
	} else {
		x = b.separable(next(), x, b.ch(64), 7, 2)
		next()
		x = maxPool(x, space, [3]int{1, 2, 2}, pad)
	}
	x = b.activated(next(), x, b.ch(64), cube(1), cube(1))
	x = b.separable(next(), x, b.ch(192), 3, 1)
	next()
	x = maxPool(x, space, [3]int{1, 2, 2}, pad)
	for group, sizes := range s3dGroups {
		switch group {
		case 1:
			next()
			x = maxPool(x, cube(3), cube(2), cube(1))
		case 2:
			next()
			x = maxPool(x, cube(2), cube(2), [3]int{})
		}
		for k := range b.blocks(len(sizes)) {
			x = b.inception(next(), x, sizes[min(k, len(sizes)-1)])
		}
	}
	// torchvision's mean is of windows of 2x7x7, so that inner frames count more than outer ones if there are more
	t := op.TypeOf(x).Shape
	window := [3]int{min(2, t[2]), min(7, t[3]), min(7, t[4])}
	y := op.Apply(op.AvgPool3D{Kernel: window, Stride: cube(1), CountPad: true}, x)
	return op.Apply(op.GlobalAvgPool{}, y), x
}

// s3dGroups are the channels of the inception blocks between poolings: of branch 0, of the middle and the end of branches 1 and
// 2, and of branch 3.
var s3dGroups = [3][][6]int{
	{{64, 96, 128, 16, 32, 32}, {128, 128, 192, 32, 96, 64}},
	{{192, 96, 208, 16, 48, 64}, {160, 112, 224, 24, 64, 64}, {128, 128, 256, 24, 64, 64}, {112, 144, 288, 32, 64, 64},
		{256, 160, 320, 32, 128, 128}},
	{{256, 160, 320, 32, 128, 128}, {384, 192, 384, 48, 128, 128}},
}

func (b *builder) inception(name string, x *op.Node, c [6]int) *op.Node {
	one := cube(1)
	b0 := b.activated(name+".branch0", x, b.ch(c[0]), one, one)
	b1 := b.separable(name+".branch1.1", b.activated(name+".branch1.0", x, b.ch(c[1]), one, one), b.ch(c[2]), 3, 1)
	b2 := b.separable(name+".branch2.1", b.activated(name+".branch2.0", x, b.ch(c[3]), one, one), b.ch(c[4]), 3, 1)
	b3 := b.activated(name+".branch3.1", maxPool(x, cube(3), one, one), b.ch(c[5]), one, one)
	return op.Apply(op.Concat{Axis: 1}, b0, b1, b2, b3)
}

// separable is a convolution over space and then one over time, both with batch normalization and ReLU.
func (b *builder) separable(name string, x *op.Node, out, kernel, stride int) *op.Node {
	x = b.activated(name+".0", x, out, [3]int{1, kernel, kernel}, [3]int{1, stride, stride})
	return b.activated(name+".1", x, out, [3]int{kernel, 1, 1}, [3]int{stride, 1, 1})
}

// activated is a convolution with batch normalization and ReLU, padded so that it keeps the size but for the stride.
func (b *builder) activated(name string, x *op.Node, out int, kernel, stride [3]int) *op.Node {
	c := Conv{Out: out, Kernel: kernel, Stride: stride, Pad: [3]int{kernel[0] / 2, kernel[1] / 2, kernel[2] / 2}}
	c.Init = TorchDefault(out, dim(x, 1), kernel[0], kernel[1], kernel[2])
	return relu(b.unit(name+".0", name+".1", x, c))
}
