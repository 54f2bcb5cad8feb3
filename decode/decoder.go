package decode

import (
	"context"
	"slices"
	"sort"
	"strings"

	"vidcsl/decode/clip"
	"vidcsl/decode/internal/av"
)

// Decoder turns the packets of a demuxer's stream into frames and hands the wanted ones to a converter. It uses one thread:
// damaged streams decode differently from run to run with more. Not safe for concurrent use.
type Decoder struct {
	d     *Demuxer
	c     *av.Codec
	spent bool // a run was interrupted: the next one begins with everything opened anew
}

// NewDecoder opens the decoder of the demuxer's stream. The caller closes it, before the demuxer.
func NewDecoder(d *Demuxer) (*Decoder, error) {
	c, err := d.openCodec(0)
	if err != nil {
		return nil, err
	}
	return &Decoder{d: d, c: c}, nil
}

// openCodec opens FFmpeg's decoder, which refuses frames of more than maxPixels; 0: none.
func (d *Demuxer) openCodec(maxPixels int64) (*av.Codec, error) {
	reorder := 0
	if d.index != nil {
		reorder = d.index.reorder
	}
	c, err := av.OpenCodec(d.stream, reorder, maxPixels)
	if err != nil {
		return nil, &Error{Path: d.path, Reason: NoDecoder, BytesRead: d.BytesRead(), Err: err}
	}
	return c, nil
}

// Close frees the decoder. Further calls do nothing.
func (dec *Decoder) Close() { dec.c.Close() }

// skippable are the codecs whose decoders leave out frames that no other refers to without touching the others.
var skippable = []string{"h264", "mpeg4", "mpeg2video", "mpeg1video", "vp8"}

// outcome is what became of one view.
type outcome struct {
	status av.Status
	pts    int64 // wanted, at the frame where it failed
	got    []int64
	err    error // of FFmpeg, that kept a damaged stream from being read
}

// run decodes the frames of all views in one pass over the union of their frames, first by seeking and leaving out frames
// nobody needs; where that turns out unsafe, views that are not complete are decoded once more from the start of the file.
func (dec *Decoder) run(ctx context.Context, views []clip.View, conv *Converter, out [][]byte) ([]outcome, error) {
	res := make([]outcome, len(views))
	todo := make([]int, len(views))
	for i, v := range views {
		res[i] = outcome{status: av.Pending, got: make([]int64, len(v.PTS))}
		todo[i] = i
	}
	safe := dec.d.index == nil && dec.d.image
	for {
		if dec.spent || safe && !dec.d.fresh {
			if err := dec.restart(ctx); err != nil {
				return nil, err
			}
		}
		r := dec.pass(views, todo, conv, out, safe)
		dec.d.fresh = false
		stop := context.AfterFunc(ctx, dec.d.in.Interrupt)
		_ = r.Do() // reading ended early: the outcomes tell which views that concerns
		stop()
		collect(r, todo, res)
		if ctx.Err() != nil {
			dec.spent = true
			return nil, classify(ctx, dec.d.path, Canceled, dec.d.BytesRead(), ctx.Err())
		}
		// what was decoded from a wrong start is not to be trusted, however it looks
		todo = slices.DeleteFunc(todo, func(i int) bool { return res[i].status == av.OK && !r.Late && !r.Interlaced })
		if len(todo) == 0 {
			return res, nil
		}
		if safe { // the last word: also on damage, which a start in the middle can look like
			return res, nil
		}
		safe = true
	}
}

// restart opens the file and the codec again. After an error the next run tries once more.
func (dec *Decoder) restart(ctx context.Context) error {
	dec.c.Close()
	dec.spent = true
	if err := dec.d.reopen(ctx); err != nil {
		return err
	}
	fresh, err := NewDecoder(dec.d)
	if err != nil {
		return err
	}
	dec.c, dec.spent = fresh.c, false
	return nil
}

func collect(r *av.Run, todo []int, res []outcome) {
	for i, v := range todo {
		res[v].status = r.Status[i]
	}
	for _, n := range r.Needs {
		o := &res[todo[n.View]]
		if n.Failed() {
			o.pts = n.PTS
			continue
		}
		o.got[n.Slot] = n.Got
		if n.Got == av.NoPTS && o.status == av.Pending {
			o.pts = n.PTS
		}
	}
}

// pass lays out one run over the views named by todo.
func (dec *Decoder) pass(views []clip.View, todo []int, conv *Converter, out [][]byte, safe bool) *av.Run {
	d := dec.d
	w, h := d.orient.display(d.meta.Width, d.meta.Height)
	r := &av.Run{In: d.in, Codec: dec.c, Converters: conv.c.Keep(todo), Width: w, Height: h}
	for i, v := range todo {
		r.Out = append(r.Out, out[v])
		for slot, pts := range views[v].PTS {
			r.Needs = append(r.Needs, av.Need{PTS: pts, Packet: -1, View: int32(i), Slot: int32(slot)})
		}
	}
	if d.index == nil {
		dec.byTime(r, safe)
	} else {
		dec.byIndex(r, safe)
	}
	return r
}

// seekCost is how many packets are decoded in the time that draining, seeking and flushing takes: a keyframe nearer than
// that is not worth a seek (measured on 320x240 H.264, GOP 12: 25 % less time than seeking to every keyframe).
const seekCost = 4

// byIndex names for every need its frame, and cuts the pass into segments where a later keyframe saves decoding.
func (dec *Decoder) byIndex(r *av.Run, safe bool) {
	x := dec.d.index
	frames := x.name(r.Needs)
	r.Index, r.TailPTS, r.TailStep = x.scanned, x.tail, x.step
	r.Wanted = make([]byte, len(x.packets))
	var seg av.Segment
	for i, at := range frames {
		f := x.frames[at]
		r.Wanted[f.packet] = 1
		if i == 0 || (!safe && int64(f.key) > seg.LastPacket+seekCost) {
			if i > 0 {
				r.Segments = append(r.Segments, seg)
			}
			seg = av.Segment{SeekTS: dec.seekTime(int(f.key)), FirstPacket: int64(f.key), Lo: int32(i)}
		}
		seg.LastPacket, seg.Hi = max(seg.LastPacket, int64(f.packet)), int32(i+1)
	}
	if safe {
		seg.SeekTS, seg.FirstPacket = av.NoPTS, 0
	}
	r.Segments = append(r.Segments, seg)
	r.SkipNonRef = !safe && x.exact && slices.Contains(skippable, dec.d.meta.Codec)
}

// name names for every need the frame on display and its packet, sorts the needs by time, and returns the numbers of their frames.
func (x *index) name(needs []av.Need) []int {
	frames := make([]int, len(needs))
	for i := range needs {
		n := &needs[i]
		at := max(sort.Search(len(x.frames), func(k int) bool { return x.frames[k].pts > n.PTS })-1, 0)
		n.PTS, n.Packet = x.frames[at].pts, int64(x.frames[at].packet)
		frames[i] = at
	}
	sortNeeds(needs)
	slices.Sort(frames)
	return frames
}

// seekTime returns the timestamp that leads the demuxer to a keyframe, or before it: its decoding time, or the presentation
// time where that is how the container's index works.
func (dec *Decoder) seekTime(key int) int64 {
	p := dec.d.index.packets[key]
	if p.DTS == av.NoPTS || p.PTS != av.NoPTS && strings.HasPrefix(dec.d.meta.Container, "matroska,") {
		return p.PTS
	}
	return p.DTS
}

// byTime seeks to every group of needs that lies more than a few seconds after the one before.
func (dec *Decoder) byTime(r *av.Run, safe bool) {
	sortNeeds(r.Needs)
	if safe {
		r.Segments = []av.Segment{{SeekTS: av.NoPTS, LastPacket: -1, Hi: int32(len(r.Needs))}}
		return
	}
	const far = 5 // seconds
	gap := far * dec.d.meta.TimeBase.Den / max(dec.d.meta.TimeBase.Num, 1)
	for i, n := range r.Needs {
		if i == 0 || n.PTS-r.Needs[i-1].PTS > gap {
			r.Segments = append(r.Segments, av.Segment{SeekTS: n.PTS, LastPacket: -1, Lo: int32(i)})
		}
		r.Segments[len(r.Segments)-1].Hi = int32(i + 1)
	}
}

func sortNeeds(ns []av.Need) {
	sort.SliceStable(ns, func(i, j int) bool { return ns[i].PTS < ns[j].PTS })
}
