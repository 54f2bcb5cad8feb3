package nn

import (
	"fmt"

	"vidcsl/model/op"
)

// resnet18 is ResNet-18 of He et al. 2015, "Deep Residual Learning for Image Recognition", on the frames of the input, which is
// one for images; the features are the mean over the frames. [N,3,1,224,224] gives 512 features of a map [1,7,7]. As torchvision's
// resnet18.
func (b *builder) resnet18(x *op.Node) (features, last *op.Node) {
	x = b.imageStem(x)
	for stage, planes := range []int{64, 128, 256, 512} {
		for block := range b.blocks(2) {
			name, stride := imageBlock(stage, block)
			in, out := dim(x, 1), b.ch(planes)
			y := relu(b.unit(name+".conv1", name+".bn1", x, image(out, 3, stride)))
			y = b.unit(name+".conv2", name+".bn2", y, image(out, 3, 1))
			if stride != 1 || in != out {
				x = b.unit(name+".downsample.0", name+".downsample.1", x, image(out, 1, stride))
			}
			x = relu(op.Apply(op.Add{}, y, x))
		}
	}
	return pooled(x)
}

// resnet50 is ResNet-50 of the same paper, with the stride on the 3x3 convolution of a bottleneck as torchvision's resnet50 has it.
// It gives 2048 features.
func (b *builder) resnet50(x *op.Node) (features, last *op.Node) {
	x = b.imageStem(x)
	for stage, n := range []int{3, 4, 6, 3} {
		for block := range b.blocks(n) {
			name, stride := imageBlock(stage, block)
			in, planes := dim(x, 1), b.ch(64<<stage)
			y := relu(b.unit(name+".conv1", name+".bn1", x, image(planes, 1, 1)))
			y = relu(b.unit(name+".conv2", name+".bn2", y, image(planes, 3, stride)))
			y = b.unit(name+".conv3", name+".bn3", y, image(4*planes, 1, 1))
			if stride != 1 || in != 4*planes {
				x = b.unit(name+".downsample.0", name+".downsample.1", x, image(4*planes, 1, stride))
			}
			x = relu(op.Apply(op.Add{}, y, x))
		}
	}
	return pooled(x)
}

// imageStem reduces height and width by 4, or, for small pictures, not at all.
func (b *builder) imageStem(x *op.Node) *op.Node {
	if b.small() {
		return relu(b.unit("conv1", "bn1", x, image(b.ch(64), 3, 1)))
	}
	x = relu(b.unit("conv1", "bn1", x, image(b.ch(64), 7, 2)))
	return maxPool(x, [3]int{1, 3, 3}, [3]int{1, 2, 2}, [3]int{0, 1, 1})
}

// imageBlock returns the name and the stride of a block of a stage.
func imageBlock(stage, block int) (name string, stride int) {
	stride = 1
	if stage > 0 && block == 0 {
		stride = 2
	}
	return fmt.Sprintf("layer%d.%d", stage+1, block), stride
}

// image is a convolution of frames, padded so that it keeps their size but for the stride.
func image(out, kernel, stride int) Conv {
	return Conv{Out: out, Kernel: [3]int{1, kernel, kernel}, Stride: [3]int{1, stride, stride},
		Pad: [3]int{0, kernel / 2, kernel / 2}, Image: true}
}
