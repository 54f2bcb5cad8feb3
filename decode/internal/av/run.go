package av

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/asticode/go-astiav"
)

// Codec is an open decoder for one stream, with one thread.
type Codec struct {
	cc        *astiav.CodecContext
	frm, prev *astiav.Frame
}

// OpenCodec opens the decoder for a stream. reorder is the reorder depth known from the packets, in frames; frames of more than
// maxPixels are refused, unless that is 0.
func OpenCodec(st *astiav.Stream, reorder int, maxPixels int64) (*Codec, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	C.vid_log_reset()
	p := st.CodecParameters()
	dec := astiav.FindDecoder(p.CodecID())
	if dec == nil {
		return nil, fmt.Errorf("no decoder for %s in this build of FFmpeg", p.CodecID().Name())
	}
	c := &Codec{cc: astiav.AllocCodecContext(dec), frm: astiav.AllocFrame(), prev: astiav.AllocFrame()}
	if err := p.ToCodecContext(c.cc); err != nil {
		c.Close()
		return nil, wrap("set up decoder", err)
	}
	tb := st.TimeBase()
	C.vid_codec_setup(c.context(), C.AVRational{C.int(tb.Num()), C.int(tb.Den())}, C.int(reorder), C.int64_t(maxPixels))
	if err := c.cc.Open(dec, nil); err != nil {
		c.Close()
		return nil, wrap("open decoder", err)
	}
	return c, nil
}

func (c *Codec) context() *C.AVCodecContext { return (*C.AVCodecContext)(raw(c.cc)) }

// Close frees the decoder. Further calls do nothing.
func (c *Codec) Close() {
	if c.cc == nil {
		return
	}
	c.frm.Free()
	c.prev.Free()
	c.cc.Free()
	c.cc = nil
}

// View is how frames become the pixels of a clip: a region in coded pixels, the size of the result, and how it is turned
// after scaling: transposed first, then mirrored.
type View struct {
	X, Y, W, H              int
	OutW, OutH              int
	Transpose, FlipX, FlipY bool
}

// Converters turn frames into RGB, one per view; they keep scaling contexts between calls.
type Converters struct {
	c *C.VidConv // array in C memory
	n int
}

// NewConverters makes one converter per view.
func NewConverters(views []View) *Converters {
	cs := &Converters{c: (*C.VidConv)(C.calloc(C.size_t(len(views)), C.sizeof_VidConv)), n: len(views)}
	for i, v := range views {
		C.vid_conv_init(&cs.all()[i], C.VidView{
			x: C.int(v.X), y: C.int(v.Y), w: C.int(v.W), h: C.int(v.H), out_w: C.int(v.OutW), out_h: C.int(v.OutH),
			transpose: flag(v.Transpose), fx: flag(v.FlipX), fy: flag(v.FlipY),
		})
	}
	return cs
}

func (cs *Converters) all() []C.VidConv { return unsafe.Slice(cs.c, cs.n) }

// Keep moves the converters named by ids to the front, in that order, and returns cs: a run uses the first ones.
func (cs *Converters) Keep(ids []int) *Converters {
	all := cs.all()
	for to, from := range ids { // ids rise, so a swap never moves one that is still to be named
		all[to], all[from] = all[from], all[to]
	}
	return cs
}

// Close frees the converters.
func (cs *Converters) Close() {
	for i := range cs.all() {
		C.vid_conv_free(&cs.all()[i])
	}
	C.free(unsafe.Pointer(cs.c))
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}

// Need is one wanted frame, in the layout of the shim's VidNeed.
type Need struct {
	PTS, Got, Packet int64
	View, Slot       int32
}

// Failed reports whether this is the need at which its view failed.
func (n Need) Failed() bool { return n.Slot < 0 }

// Segment is a stretch of the stream decoded from one keyframe, in the layout of the shim's VidSegment.
type Segment struct {
	SeekTS, FirstPacket, LastPacket int64
	Lo, Hi                          int32
}

// Status is what became of a view.
type Status int32

// The states of a view after a run.
const (
	OK      Status = C.VID_OK
	Missing Status = C.VID_MISSING     // the decoder never gave one of its frames
	Damaged Status = C.VID_DAMAGED     // one of its frames is damaged
	Convert Status = C.VID_CONVERT     // the frame's format could not be converted
	Resized Status = C.VID_RESIZED     // a frame has another size than the stream
	Nothing Status = C.VID_UNDECODABLE // no frame at all came out of a damaged stream
	Pending Status = C.VID_PENDING     // not reached
)

// Run is one pass of the decoder over a stream.
type Run struct {
	In         *Input
	Codec      *Codec
	Converters *Converters
	Width      int // of the stream's coded frames
	Height     int
	Needs      []Need // sorted by PTS
	Segments   []Segment
	Index      *Index // nil when the stream was not scanned
	Wanted     []byte // one per packet of Index
	SkipNonRef bool
	TailPTS    int64    // timestamp of a first frame that comes out without one
	TailStep   int64    // and the distance of the following ones
	Damage     *Damage  // what is done to the packets; Index must be there, and Out have one view
	Out        [][]byte // per view

	Status     []Status // per view, filled in
	Late       bool     // a segment began too late: run again from the start of the file
	Interlaced bool     // skipping was not safe: run again without
}

// FromStart reports whether the input must be freshly opened: packets are read, and not found by seeking.
func (r *Run) FromStart() bool {
	return r.Index.c.kept == nil && r.Segments[0].SeekTS == NoPTS
}

// Do runs the pass. An error, always an *Error, means that reading ended early: Status says what became of each view.
func (r *Run) Do() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	C.vid_log_reset()
	var pins runtime.Pinner
	defer pins.Unpin()
	outs := make([]*C.uint8_t, len(r.Out))
	for i, b := range r.Out {
		outs[i] = (*C.uint8_t)(pin(&pins, b))
	}
	r.Status = make([]Status, len(r.Out))
	for i := range r.Status {
		r.Status[i] = Pending
	}
	for i := range r.Needs {
		r.Needs[i].Got = NoPTS
	}
	c := C.VidRun{
		fc: r.In.format(), cc: r.Codec.context(), pkt: (*C.AVPacket)(raw(r.In.pkt)),
		frm: (*C.AVFrame)(r.Codec.frm.UnsafePointer()), prev: (*C.AVFrame)(r.Codec.prev.UnsafePointer()),
		stream: C.int(r.In.streamID), width: C.int(r.Width), height: C.int(r.Height), interrupt: r.In.stop,
		need: (*C.VidNeed)(pin(&pins, r.Needs)), needs: C.int(len(r.Needs)),
		seg: (*C.VidSegment)(pin(&pins, r.Segments)), segs: C.int(len(r.Segments)),
		wanted:      (*C.uint8_t)(pin(&pins, r.Wanted)),
		skip_nonref: flag(r.SkipNonRef), tail_pts: C.int64_t(r.TailPTS), tail_step: C.int64_t(r.TailStep),
		conv: r.Converters.c, out: (**C.uint8_t)(pin(&pins, outs)), status: (*C.int)(pin(&pins, r.Status)),
	}
	if r.Index != nil {
		c.index, c.index_n, c.kept = r.Index.c.p, r.Index.c.n, r.Index.c.kept
	}
	var ret C.int
	if d := r.Damage; d != nil {
		cd := d.pinned(&pins)
		ret = C.vid_run_damaged(&c, &cd)
	} else {
		ret = C.vid_run(&c)
	}
	r.Late, r.Interlaced = c.late != 0, c.interlaced != 0
	r.count()
	return check("decode", ret)
}

// count makes the views OK whose every slot was filled; what was not reached stays Pending.
func (r *Run) count() {
	filled := make([]bool, len(r.Status))
	for i, s := range r.Status {
		filled[i] = s == Pending
	}
	for _, n := range r.Needs {
		filled[n.View] = filled[n.View] && n.Got != NoPTS
	}
	for i, ok := range filled {
		if ok {
			r.Status[i] = OK
		}
	}
}

// pin keeps the slice's memory in place while C holds pointers to it.
func pin[T any](pins *runtime.Pinner, s []T) unsafe.Pointer {
	if len(s) == 0 {
		return nil
	}
	p := unsafe.SliceData(s)
	pins.Pin(p)
	return unsafe.Pointer(p)
}
