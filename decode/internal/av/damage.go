package av

// #include "shim.h"
import "C"

import "runtime"

// Flip is one bit to flip, in the layout of the shim's VidFlip.
type Flip struct {
	Packet int64 // its number in decoding order
	At     int32 // the byte in the packet
	Mask   int32 // the bit in the byte
}

// Damage is what is done to packets before they are decoded.
type Damage struct {
	Lost  []byte // one per packet of the index: not 0 where it does not arrive
	Flips []Flip // sorted by packet
	// AwaitKey leaves out packets before the first keyframe that arrives, where the stream marks any.
	AwaitKey bool
	// AwaitPicture leaves out frames before the first that refers to no other: decoders that would show grey in the place of what is missing.
	AwaitPicture bool
}

func (d *Damage) pinned(pins *runtime.Pinner) C.VidDamage {
	return C.VidDamage{lost: (*C.uint8_t)(pin(pins, d.Lost)), flip: (*C.VidFlip)(pin(pins, d.Flips)), flips: C.int64_t(len(d.Flips)),
		await_key: flag(d.AwaitKey), await_picture: flag(d.AwaitPicture)}
}
