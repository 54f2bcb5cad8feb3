package decode

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vidcsl/decode/clip"
	"vidcsl/decode/internal/av"
)

// decodeAll decodes the views of a pass: those whose streams are whole together, and each damaged one by itself.
func (v *Video) decodeAll(ctx context.Context, views []clip.View, clips []*clip.Clip) ([]outcome, error) {
	if !slices.ContainsFunc(views, func(w clip.View) bool { return w.Damage != nil }) {
		return v.decode(ctx, views, clips)
	}
	res := make([]outcome, len(views))
	var whole []clip.View
	var into []*clip.Clip
	var at []int
	for i, w := range views {
		if w.Damage == nil {
			whole, into, at = append(whole, w), append(into, clips[i]), append(at, i)
		}
	}
	if len(whole) > 0 {
		got, err := v.decode(ctx, whole, into)
		if err != nil {
			return nil, err
		}
		for k, i := range at {
			res[i] = got[k]
		}
	}
	for i, w := range views {
		if w.Damage == nil {
			continue
		}
		var err error
		if res[i], err = v.decodeDamaged(ctx, w, clips[i]); err != nil {
			return nil, err
		}
	}
	return res, nil
}

func (v *Video) decodeDamaged(ctx context.Context, w clip.View, c *clip.Clip) (outcome, error) {
	if err := v.ready(); err != nil {
		return outcome{}, err
	}
	conv := NewConverter(v.d, []clip.View{w})
	defer conv.Close()
	return v.dec.damaged(ctx, w, conv, c.Bytes())
}

// damageable returns why the stream cannot be damaged, if it cannot: packets are counted where they have been scanned.
func (d *Demuxer) damageable() error {
	switch {
	case d.image:
		return errors.New("the plan damages the stream of a picture, want a video")
	case d.index == nil:
		return fmt.Errorf("the plan damages the stream of a file of %d bytes, want at most %d, whose packets are counted", d.meta.Size, maxScan)
	}
	return nil
}

// history is how many packets before the first wanted one are decoded at least, where there are as many: errors that came into the
// picture earlier are gone by then, or so far spread that they are no more to be told from others.
const history = 512

// maxReorder is how many frames a decoder may hold back.
const maxReorder = 16

// damaged decodes one view of a damaged stream with a decoder of its own, so that nothing is left in it of what was decoded before.
// Errors of the stream are tolerated and concealed as FFmpeg does it; each frame is served by the last one decoded by then. Its
// pixels are a function of the source and the view.
func (dec *Decoder) damaged(ctx context.Context, w clip.View, conv *Converter, out []byte) (outcome, error) {
	m := &dec.d.meta
	for safe := false; ; safe = true {
		r := dec.spoil(w, conv, out, safe)
		if dec.spent || !dec.d.fresh && r.FromStart() {
			if err := dec.restart(ctx); err != nil {
				return outcome{}, err
			}
			r.In = dec.d.in
		}
		// what is allocated does not depend on what flipped bits say of the frames' size; some decoders make room for frames twice as wide and high
		var err error
		if r.Codec, err = dec.d.openCodec(4 * int64(m.Width+128) * int64(m.Height+128)); err != nil {
			return outcome{}, err
		}
		dec.d.fresh = false
		stop := context.AfterFunc(ctx, dec.d.in.Interrupt)
		err = r.Do()
		stop()
		r.Codec.Close()
		if ctx.Err() != nil {
			dec.spent = true
			return outcome{}, classify(ctx, dec.d.path, Canceled, dec.d.BytesRead(), ctx.Err())
		}
		if err != nil || !r.Late || safe {
			res := []outcome{{got: make([]int64, len(w.PTS)), pts: w.PTS[0], err: err}}
			collect(r, []int{0}, res)
			return res[0], nil
		}
	}
}

// spoil lays out the run over one damaged view.
func (dec *Decoder) spoil(w clip.View, conv *Converter, out []byte, safe bool) *av.Run {
	d, x := dec.d, dec.d.index
	cw, ch := d.orient.display(d.meta.Width, d.meta.Height)
	r := &av.Run{In: d.in, Converters: conv.c, Width: cw, Height: ch, Out: [][]byte{out}, Index: x.scanned, TailPTS: x.tail, TailStep: x.step}
	for slot, pts := range w.PTS {
		r.Needs = append(r.Needs, av.Need{PTS: pts, Packet: -1, Slot: int32(slot)})
	}
	var seg av.Segment
	for i, at := range x.name(r.Needs) {
		key := x.before(int(x.frames[at].packet) - history)
		if safe {
			key = 0
		}
		if i == 0 || int64(key) > seg.LastPacket {
			if i > 0 {
				r.Segments = append(r.Segments, seg)
			}
			seg = av.Segment{SeekTS: dec.seekTime(key), FirstPacket: int64(key), Lo: int32(i)}
			if key == 0 {
				seg.SeekTS = av.NoPTS
			}
		}
		// the frame before may come out later than a lost one
		for k := max(at-maxReorder, 0); k <= at; k++ {
			seg.LastPacket = max(seg.LastPacket, int64(x.frames[k].packet))
		}
		seg.Hi = int32(i + 1)
	}
	r.Segments = append(r.Segments, seg)
	r.Damage = x.damage(*w.Damage, r.Segments, d.meta.Codec)
	return r
}

// before returns the last keyframe at or before a packet, and 0 where there is none, or decoding must begin at the start.
func (x *index) before(packet int) int {
	if !x.exact || packet <= 0 {
		return 0
	}
	for i := min(packet, len(x.packets)-1); i > 0; i-- {
		if x.packets[i].Key() {
			return i
		}
	}
	return 0
}

// damage draws what happens to the packets of some segments.
func (x *index) damage(d clip.Damage, segments []av.Segment, codec string) *av.Damage {
	out := &av.Damage{
		Lost:         make([]byte, len(x.packets)),
		AwaitKey:     x.keys > 0,
		AwaitPicture: x.keys > 0 && codec != "h264", // which shows nothing itself before it has recovered, also without a keyframe
	}
	for _, s := range segments {
		for n := s.FirstPacket; n <= min(s.LastPacket, int64(len(x.packets)-1)); n++ {
			if d.Lost(n) {
				out.Lost[n] = 1
			}
			for at, mask := range d.Flips(n, int(x.packets[n].Size)) {
				out.Flips = append(out.Flips, av.Flip{Packet: n, At: int32(at), Mask: int32(mask)})
			}
		}
	}
	return out
}
