package corrupt

import (
	"math/rand/v2"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// streams damage the compressed stream before it is decoded: the decoder does it, and conceals what it can.
var streams = []entry{
	of(Info{Name: "bit_error", Group: "stream", Set: Video, Source: true},
		damage(clip.BitError, [5]float64{1. / 100000, 1. / 50000, 1. / 30000, 1. / 20000, 1. / 10000},
			"flip bits of the compressed stream",
			"Of every 100000, 50000, 30000, 20000, 10000 bytes one has a bit flipped, on average. All bytes of packets are alike, as in FFmpeg's "+
				"bitstream filter noise: also headers of slices and lengths of units, of which a wrong one loses the rest of its packet. "+
				"The header of the container and of the stream stays whole. Source: Mini Kinetics-C, arXiv 2110.06513 (there a byte is replaced).")),
	of(Info{Name: "packet_loss", Group: "stream", Set: Video, Source: true},
		damage(clip.PacketLoss, [5]float64{0.01, 0.02, 0.03, 0.04, 0.06},
			"lose packets of the compressed stream",
			"Each packet, which is that of one frame, is lost with a probability of 1, 2, 3, 4, 6 %. Source: the rates of Mini Kinetics-C, arXiv 2110.06513, "+
				"where packets are those of a network.")),
}

// damage is the transform that damages streams at five rates.
func damage(kind clip.DamageKind, rates [5]float64, summary, doc string) augment.Spec[Config, clip.Damage] {
	return augment.Spec[Config, clip.Damage]{
		Summary: summary,
		Doc:     doc,
		Draw: func(c Config, rng *rand.Rand, _ *augment.Draft) (clip.Damage, error) {
			return clip.Damage{Kind: kind, Rate: rates[c.Severity-1], Seed: rng.Uint64()}, nil
		},
		Plan: func(p clip.Damage, d *augment.Draft) error { return d.SetDamage(p) },
	}
}
