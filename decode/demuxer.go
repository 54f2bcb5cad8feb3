package decode

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/asticode/go-astiav"

	"vidcsl/decode/clip"
	"vidcsl/decode/internal/av"
)

// maxScan is the largest file whose packets are all read to know its frames exactly. Plans for larger ones are drawn by
// time.
const maxScan = 256 << 20

// maxKept is how many bytes of packets are kept from reading them all, so that a file is read once. Larger streams are read
// again where they are decoded.
const maxKept = 16 << 20

// Demuxer is an open container of which one video stream is read: the best one by FFmpeg's choice, never a cover picture.
// Not safe for concurrent use.
type Demuxer struct {
	path   string
	in     *av.Input
	stream *astiav.Stream
	meta   clip.Meta
	orient orientation
	index  *index // nil where the file is larger than maxScan, or an image
	image  bool
	fresh  bool // nothing has been read since the file was opened
}

// OpenDemuxer opens a regular file, chooses the video stream and, up to 256 MiB, reads all its packets, so that the
// timestamp of every frame is known. Only the file protocol is used. Errors are *Error. ctx bounds the opening; the caller
// closes the demuxer.
func OpenDemuxer(ctx context.Context, path string) (*Demuxer, error) {
	return openDemuxer(ctx, path, maxScan, maxKept)
}

// openDemuxer reads the packets of files of up to scanned bytes, and keeps them if they are at most kept bytes.
func openDemuxer(ctx context.Context, path string, scanned, kept int64) (*Demuxer, error) {
	size, bad := regular(path)
	if bad != nil {
		return nil, bad
	}
	d := &Demuxer{path: path, meta: clip.Meta{Source: path, Size: size}}
	if err := d.open(ctx); err != nil {
		return nil, err
	}
	err := d.describe()
	if err == nil && !d.image && size <= scanned {
		err = d.scan(ctx, kept)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// open opens the file and selects the stream; also used to begin again from the start.
func (d *Demuxer) open(ctx context.Context) error {
	if ctx.Err() != nil {
		return classify(ctx, d.path, Canceled, 0, ctx.Err())
	}
	in, err := av.Open(d.path)
	if err != nil {
		return classify(ctx, d.path, openReason(err), 0, err)
	}
	stop := context.AfterFunc(ctx, in.Interrupt)
	defer stop()
	d.in, d.fresh = in, true
	if err := d.selectStream(ctx); err != nil {
		d.Close()
		return err
	}
	return nil
}

// probeless are the containers whose headers tell all that is needed, so that no packet is decoded to open them.
func probeless(container string) bool {
	return strings.HasPrefix(container, "mov,") || strings.HasPrefix(container, "matroska,")
}

func (d *Demuxer) selectStream(ctx context.Context) error {
	fail := func(r Reason, err error) error { return classify(ctx, d.path, r, d.in.BytesRead(), err) }
	if n, sized := d.in.Videos(); n != 1 || !sized || !probeless(d.in.Container()) {
		if err := d.in.Probe(); err != nil {
			return fail(Invalid, err)
		}
	}
	if n, _ := d.in.Videos(); n == 0 {
		return fail(NoVideo, fmt.Errorf("no video stream among its streams (%s)", strings.Join(d.in.Streams(), ", ")))
	}
	st, err := d.in.SelectVideo()
	if err != nil {
		return fail(NoVideo, err)
	}
	d.stream = st
	return nil
}

func openReason(err error) Reason {
	if errors.Is(err, astiav.ErrInvaliddata) || errors.Is(err, astiav.ErrEof) || errors.Is(err, av.ErrFormat) {
		return Invalid
	}
	return Unreadable
}

// describe fills in what the headers say.
func (d *Demuxer) describe() error {
	p, m := d.stream.CodecParameters(), &d.meta
	m.Container, m.Codec, m.Stream = d.in.Container(), p.CodecID().Name(), d.stream.Index()
	if p.Width() < 1 || p.Height() < 1 {
		return &Error{Path: d.path, Reason: Invalid, BytesRead: d.in.BytesRead(), Err: errors.New("the size of the frames cannot be found")}
	}
	d.orient = orientationOf(d.in.DisplayMatrix())
	m.Width, m.Height = d.orient.display(p.Width(), p.Height())
	m.Rotation, m.Mirrored = d.orient.degrees()
	tb := d.stream.TimeBase()
	m.TimeBase = clip.Rational{Num: int64(tb.Num()), Den: int64(tb.Den())}
	if s := d.stream.StartTime(); s != av.NoPTS {
		m.Start = s
	}
	if n := d.stream.Duration(); n > 0 {
		m.Duration = n
	}
	if r := d.stream.AvgFrameRate(); r.Num() > 0 && r.Den() > 0 {
		m.FrameRate = clip.Rational{Num: int64(r.Num()), Den: int64(r.Den())}
	}
	d.image = m.Container == "image2" || strings.HasSuffix(m.Container, "_pipe")
	if d.image {
		m.Frames, m.Duration, m.Keyframes = clip.FrameTable{PTS: []int64{0}}, 1, 1
	}
	return nil
}

// scan reads all packets and replaces what the headers say about time by what is there.
func (d *Demuxer) scan(ctx context.Context, kept int64) error {
	stop := context.AfterFunc(ctx, d.in.Interrupt)
	defer stop()
	d.fresh = false
	scanned, err := d.in.Scan(kept)
	var x *index
	reason := NoTime
	if err == nil {
		x, err = buildIndex(scanned, d.meta.Codec, d.in.Delay())
	} else { // frames are missing, and which ones cannot be known
		reason, err = DamagedAt, fmt.Errorf("reading stopped after %d packets: %w", len(scanned.Packets), err)
	}
	if err != nil {
		scanned.Close()
		if len(scanned.Packets) == 0 {
			reason = Invalid
		}
		return classify(ctx, d.path, reason, d.in.BytesRead(), err)
	}
	d.index = x
	m := &d.meta
	m.Frames.PTS, m.Keyframes = x.pts(), x.keys
	m.Start = m.Frames.PTS[0]
	m.Duration = m.Frames.PTS[len(x.frames)-1] - m.Start + x.step
	if n := int64(len(x.frames)); n > 1 {
		m.FrameRate = reduce(n*m.TimeBase.Den, m.Duration*m.TimeBase.Num)
	}
	return nil
}

func reduce(num, den int64) clip.Rational {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	return clip.Rational{Num: num / a, Den: den / a}
}

// Meta returns what is known of the stream. The caller must not change it.
func (d *Demuxer) Meta() *clip.Meta { return &d.meta }

// BytesRead returns the bytes read from the file since it was last opened.
func (d *Demuxer) BytesRead() int64 { return d.in.BytesRead() }

// reopen begins again from the start of the file, for what cannot be reached by seeking.
func (d *Demuxer) reopen(ctx context.Context) error {
	d.in.Close()
	return d.open(ctx)
}

// Close frees the demuxer. Further calls do nothing.
func (d *Demuxer) Close() {
	d.in.Close()
	if d.index != nil {
		d.index.scanned.Close()
	}
}
