package augment

// Grayscale replaces every colour by its luma, 0.2989 R + 0.587 G + 0.114 B, with probability P: torchvision's RandomGrayscale.
// The view keeps three channels. Rounded, where torchvision cuts off: within 1 of 255 of it.
var Grayscale = Spec[ChanceConfig, NoParams]{
	Name:    "grayscale",
	Summary: "take the colour away",
	Doc: "R' = G' = B' = 0.2989 R + 0.587 G + 0.114 B, with probability p. Source: torchvision RandomGrayscale.\n" +
		"One matrix with the colour changes before it, which are not clamped in between; see color_jitter.",
	Default: ChanceConfig{P: 0.1},
	Draw:    drawChance,
	Color:   func(NoParams, func() [3]float64) ColorMatrix { return saturation(0) },
}
