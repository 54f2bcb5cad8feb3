package augment

import (
	"fmt"
	"slices"
)

// A recipe is a pipeline that a method was published with.
type recipe struct {
	name, doc string
	list      func() []Transform
}

var recipes = []recipe{
	{"none", "the frames alone: short side scaled, centre crop", func() []Transform { return nil }},
	{"supervised", "crop, scale and mirror: PySlowFast's training of classifiers", func() []Transform {
		return []Transform{
			RandomResizedCrop.With(RandomResizedCropConfig{Scale: [2]float64{0.35, 1}, Ratio: [2]float64{3.0 / 4, 4.0 / 3}}),
			HorizontalFlip.With(ChanceConfig{0.5}),
		}
	}},
	{"simclr", "A Simple Framework for Contrastive Learning, arXiv 2002.05709, appendix A, strength 1", func() []Transform {
		return contrastive([2]float64{0.08, 1}, ColorJitterConfig{0.8, 0.8, 0.8, 0.2})
	}},
	{"mocov2", "Improved Baselines with Momentum Contrastive Learning, arXiv 2003.04297", func() []Transform {
		return contrastive([2]float64{0.2, 1}, ColorJitterConfig{0.4, 0.4, 0.4, 0.1})
	}},
	{"cvrl", "Spatiotemporal Contrastive Video Representation Learning, arXiv 2008.03800, section 3", func() []Transform {
		return append([]Transform{TemporalOffset.With(TemporalOffset.Default)},
			contrastive([2]float64{0.3, 1}, ColorJitterConfig{0.8, 0.8, 0.8, 0.2})...)
	}},
}

// contrastive is what the recipes of SimCLR's family have in common. The flip stands after the crop, so that the decoder does
// both; it changes nothing that the other transforms see.
func contrastive(scale [2]float64, jitter ColorJitterConfig) []Transform {
	return []Transform{
		RandomResizedCrop.With(RandomResizedCropConfig{Scale: scale, Ratio: [2]float64{3.0 / 4, 4.0 / 3}}),
		HorizontalFlip.With(ChanceConfig{0.5}),
		Sometimes(0.8, ColorJitter.With(jitter)),
		Grayscale.With(ChanceConfig{0.2}),
		Sometimes(0.5, GaussianBlur.With(GaussianBlurConfig{Sigma: [2]float64{0.1, 2}})),
	}
}

// Recipes returns the names of the recipes.
func Recipes() []string {
	names := make([]string, len(recipes))
	for i, r := range recipes {
		names[i] = r.name
	}
	return names
}

// Recipe returns the pipeline that a method was published with:
//
//	none         the frames alone
//	supervised   random crop (35 to 100 % of the area) and mirror, as PySlowFast trains classifiers
//	simclr       arXiv 2002.05709: crop from 8 %, mirror, jitter 0.8/0.8/0.8/0.2, grey, blur
//	mocov2       arXiv 2003.04297: crop from 20 %, mirror, jitter 0.4/0.4/0.4/0.1, grey, blur
//	cvrl         arXiv 2008.03800: as simclr with crops from 30 %, and the views' distance in time
func Recipe(name string) (Pipeline, error) {
	i := slices.IndexFunc(recipes, func(r recipe) bool { return r.name == name })
	if i < 0 {
		return Pipeline{}, fmt.Errorf("augment: no recipe %q; there are %v", name, Recipes())
	}
	return NewPipeline(recipes[i].list()...)
}

// RecipeDoc returns what a recipe is, in a line, and where it comes from.
func RecipeDoc(name string) string {
	for _, r := range recipes {
		if r.name == name {
			return r.doc
		}
	}
	return ""
}
