package decode

import (
	"errors"
	"slices"
	"sort"

	"vidcsl/decode/internal/av"
)

// index is what the packets of a stream say about its frames.
type index struct {
	scanned *av.Index
	packets []av.Packet // of scanned: decoding order
	frames  []frame     // display order
	exact   bool        // every packet says its presentation time
	reorder int         // how many frames a decoder must hold back to give them in order
	tail    int64       // timestamp of the first frame that comes out of the drained decoder without one
	step    int64       // typical distance of frames in ticks
	keys    int
}

type frame struct {
	pts    int64
	packet int32 // after which packet, in decoding order, the frame can come out
	key    int32 // the keyframe to begin decoding at
}

// buildIndex orders the packets of a stream into frames. delay is the decoder's, used where packets lack presentation
// times (AVI with B-frames, MPEG program streams): FFmpeg then stamps a frame with the decoding time of the packet that
// pushes it out of the decoder, and so do we. Which packet that is depends on where decoding began, but for MPEG-1 and
// MPEG-2 video: elsewhere such streams are decoded from their start (packed B-frames in AVI are off by one otherwise).
func buildIndex(scanned *av.Index, codec string, delay int) (*index, error) {
	packets := scanned.Packets
	x := &index{scanned: scanned, packets: packets, exact: true}
	shown, dts := 0, true
	for _, p := range packets {
		if p.Key() {
			x.keys++
		}
		if !p.Discard() {
			shown++
			x.exact = x.exact && p.PTS != av.NoPTS
		}
		dts = dts && p.DTS != av.NoPTS
	}
	switch {
	case shown == 0:
		return nil, errors.New("the video stream has no packets")
	case x.exact:
		x.byPTS(shown)
	case dts:
		x.byDTS(delay, codec == "mpeg1video" || codec == "mpeg2video")
	default:
		return nil, errors.New("the packets carry no timestamps; put the stream into a container that has them")
	}
	return x, nil
}

func (x *index) byPTS(shown int) {
	x.frames = make([]frame, 0, shown)
	first := nextKey(x.packets, 0)
	if first == len(x.packets) { // no packet is marked as a keyframe: begin with the first
		first = 0
	}
	key, before := int32(first), int32(first) // the last keyframe, and the one before it
	for i, p := range x.packets {
		if p.Key() {
			key, before = int32(i), key
		}
		// a stream cut in the middle of a GOP: what refers to frames before the cut cannot be decoded
		if p.Discard() || first > 0 && (i < first || p.PTS < x.packets[first].PTS) {
			continue
		}
		f := frame{pts: p.PTS, packet: int32(i), key: key}
		if p.PTS < x.packets[key].PTS { // a leading picture: it refers to the GOP before
			f.key = before
		}
		x.frames = append(x.frames, f)
	}
	sort.SliceStable(x.frames, func(i, j int) bool { return x.frames[i].pts < x.frames[j].pts })
	x.reorder = reorderDepth(x.packets)
	x.measure()
}

func (x *index) byDTS(delay int, anywhere bool) {
	n := len(x.packets)
	x.frames = make([]frame, n)
	key := int32(0)
	for i := range n {
		// begin well before: where exactly a keyframe comes out is not known
		for anywhere && int(key)+1 < n && int(key) < i-3 && nextKey(x.packets, int(key)+1) <= i-3 {
			key = int32(nextKey(x.packets, int(key)+1))
		}
		out := min(i+delay, n-1)
		x.frames[i] = frame{pts: x.packets[out].DTS, packet: int32(out), key: key}
	}
	x.reorder = delay
	x.measure()
	x.tail = x.packets[n-1].DTS + x.step
	for i := max(n-delay, 0); i < n; i++ {
		x.frames[i].pts = x.tail + int64(i-(n-delay))*x.step
	}
}

func nextKey(ps []av.Packet, from int) int {
	for i := from; i < len(ps); i++ {
		if ps[i].Key() {
			return i
		}
	}
	return len(ps)
}

// reorderDepth returns the largest number of frames that are decoded before a frame and shown after it.
func reorderDepth(ps []av.Packet) int {
	var ahead []int64 // pts decoded so far, largest last; B-frame pyramids are shallow, so the search is short
	depth := 0
	for _, p := range ps {
		i, _ := slices.BinarySearch(ahead, p.PTS)
		depth = max(depth, len(ahead)-i)
		ahead = slices.Insert(ahead, i, p.PTS)
		if len(ahead) > 64 {
			ahead = ahead[32:]
		}
	}
	return min(depth, maxReorder)
}

// measure finds the typical distance of frames.
func (x *index) measure() {
	n := len(x.frames)
	if n > 1 {
		x.step = max((x.frames[n-1].pts-x.frames[0].pts)/int64(n-1), 1)
	} else {
		x.step = 1
	}
	x.tail = x.frames[n-1].pts + x.step
}

func (x *index) pts() []int64 {
	out := make([]int64, len(x.frames))
	for i, f := range x.frames {
		out[i] = f.pts
	}
	return out
}
