package augment

func init() {
	Register(RandomResizedCrop)
	Register(CenterCrop)
	Register(Resize)
	Register(HorizontalFlip)
	Register(ColorJitter)
	Register(Grayscale)
	Register(GaussianBlur)
	Register(Solarize)
	Register(Normalize)
	Register(Rotate)
	Register(RandomErasing)
	Register(Cutout)
	Register(RandAugment)
	Register(TemporalCrop)
	Register(RandomStride)
	Register(Speed)
	Register(Reverse)
	Register(FrameDrop)
	Register(Shuffle)
	Register(TemporalOffset)
}
