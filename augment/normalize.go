package augment

import "math/rand/v2"

// NormalizeConfig configures [Normalize].
type NormalizeConfig struct {
	Mean [3]float64 `yaml:"mean" json:"mean" legal:"0..1" doc:"of red, green and blue, as fractions of 1"`
	Std  [3]float64 `yaml:"std" json:"std" legal:"(0..10]" doc:"standard deviation, as fractions of 1"`
}

// Normalize asks whoever trains on the pixels to use (c/255 - Mean) / Std. Pixels stay bytes, a quarter of the memory and of the
// traffic to the device: the numbers stand in the metadata of the record batches, under "vidcsl.normalize", and the
// device computes. The defaults are ImageNet's.
var Normalize = Spec[NormalizeConfig, NoParams]{
	Name:    "normalize",
	Summary: "record mean and deviation for the device to apply",
	Doc:     "x = (c/255 - mean) / std, computed where the batch is used; the stored pixels stay uint8. Source: torchvision Normalize; ImageNet's numbers.",
	Default: NormalizeConfig{Mean: [3]float64{0.485, 0.456, 0.406}, Std: [3]float64{0.229, 0.224, 0.225}},
	Draw:    func(NormalizeConfig, *rand.Rand, *Draft) (NoParams, error) { return NoParams{}, Skip },
	Plan:    func(NoParams, *Draft) error { return nil },
}
