package synth

/*
#cgo pkg-config: libavutil
#include <libavutil/error.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>

// synth_fill copies tightly packed planes into a frame's own buffers: go-astiav reads pixels but does not write them.
static int synth_fill(void *frame, const uint8_t *pixels) {
	AVFrame *f = frame;
	uint8_t *data[4];
	int linesize[4];
	int ret = av_image_fill_arrays(data, linesize, pixels, f->format, f->width, f->height, 1);
	if (ret < 0)
		return ret;
	av_image_copy(f->data, f->linesize, (const uint8_t **)data, linesize, f->format, f->width, f->height);
	return 0;
}
*/
import "C"

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/asticode/go-astiav"
)

// encoder writes one H.264 MP4 file. It is used by one goroutine, and close must be called whatever happens.
type encoder struct {
	size   int
	codec  *astiav.CodecContext
	mux    *astiav.FormatContext
	io     *astiav.IOContext
	stream *astiav.Stream
	frame  *astiav.Frame
	packet *astiav.Packet
}

// write encodes yuv, packed planes of yuv420p, as frame t.
func (e *encoder) write(t int, yuv []byte) error {
	e.frame.Unref()
	e.frame.SetWidth(e.size)
	e.frame.SetHeight(e.size)
	e.frame.SetPixelFormat(astiav.PixelFormatYuv420P)
	if err := e.frame.AllocBuffer(0); err != nil { // a fresh buffer: the encoder may still hold the last one
		return fmt.Errorf("allocating a frame: %w", err)
	}
	if ret := C.synth_fill(e.frame.UnsafePointer(), (*C.uint8_t)(&yuv[0])); ret < 0 {
		return fmt.Errorf("filling a frame: %w", astiav.Error(ret))
	}
	e.frame.SetPts(int64(t))
	if err := e.codec.SendFrame(e.frame); err != nil {
		return fmt.Errorf("encoding frame %d: %w", t, err)
	}
	return e.receive(context.Background())
}

// finish drains the encoder, completes the file and closes it.
func (e *encoder) finish(ctx context.Context) error {
	if err := e.codec.SendFrame(nil); err != nil {
		return fmt.Errorf("draining the encoder: %w", err)
	}
	if err := e.receive(ctx); err != nil {
		return err
	}
	if err := e.mux.WriteTrailer(); err != nil {
		return fmt.Errorf("writing the trailer: %w", err)
	}
	err := e.io.Close()
	e.io = nil
	if err != nil {
		return fmt.Errorf("closing the file: %w", err)
	}
	return nil
}

// receive writes every packet the encoder has ready.
func (e *encoder) receive(ctx context.Context) error {
	for ctx.Err() == nil {
		err := e.codec.ReceivePacket(e.packet)
		if errors.Is(err, astiav.ErrEagain) || errors.Is(err, astiav.ErrEof) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("encoding: %w", err)
		}
		if err := dropUserData(e.packet); err != nil {
			return fmt.Errorf("rewriting a packet: %w", err)
		}
		e.packet.SetStreamIndex(e.stream.Index())
		e.packet.SetDuration(1)
		e.packet.RescaleTs(e.codec.TimeBase(), e.stream.TimeBase())
		err = e.mux.WriteFrame(e.packet)
		e.packet.Unref()
		if err != nil {
			return fmt.Errorf("writing a packet: %w", err)
		}
	}
	return context.Cause(ctx)
}

// dropUserData removes the text libx264 puts before the first frame, its version and settings. It is one Annex B unit of SEI
// user data ended by the next start code; other packets start with something else and stay as they are.
func dropUserData(p *astiav.Packet) error {
	const startCode = "\x00\x00\x01"
	data := p.Data()
	_, unit, found := bytes.Cut(data[:min(len(data), 8)], []byte(startCode))
	if !found || len(unit) < 2 || unit[0]&31 != 6 || unit[1] != 5 {
		return nil
	}
	next := bytes.Index(data[8:], []byte(startCode))
	if next < 0 {
		return nil
	}
	pts, dts, flags := p.Pts(), p.Dts(), p.Flags()
	p.Unref() // data is a copy
	rest := data[8+next:]
	const padding = 64 // AV_INPUT_BUFFER_PADDING_SIZE, which FromData does not add
	if err := p.FromData(append(rest, make([]byte, padding)...)); err != nil {
		return err
	}
	p.SetSize(len(rest))
	p.SetPts(pts)
	p.SetDts(dts)
	p.SetFlags(flags)
	return nil
}

// close releases everything; it may be called at any point, once.
func (e *encoder) close() {
	if e.packet != nil {
		e.packet.Free()
	}
	if e.frame != nil {
		e.frame.Free()
	}
	if e.mux != nil {
		e.mux.Free()
	}
	if e.io != nil {
		_ = e.io.Close() // only on the way out of an error; finish reports its own
	}
	if e.codec != nil {
		e.codec.Free()
	}
}
