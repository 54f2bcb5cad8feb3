package av

// #include "shim.h"
// #include <stdlib.h>
import "C"

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/asticode/go-astiav"
)

// formats are the demuxers a file may be read with. Playlists and scripts that name other files are not among them.
const formats = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegvideo,flv,gif,ogg,asf,h264,hevc,m4v,ivf,obu,av1," +
	"mxf,nut,dv,yuv4mpegpipe,rm,h263,mjpeg,apng,vc1," +
	"image2,jpeg_pipe,png_pipe,bmp_pipe,webp_pipe,tiff_pipe,ppm_pipe,pgm_pipe"

// ErrFormat says that a file was recognised as something that is not read here.
var ErrFormat = errors.New("not a video or image format that is read here")

// Input is an open container.
type Input struct {
	fc       *astiav.FormatContext
	pkt      *astiav.Packet
	stop     *C.int     // in C memory: read by FFmpeg while it blocks
	closing  sync.Mutex // held while stop is written or freed
	streamID int
}

// Open opens a regular file. Only the file protocol is allowed, whatever the path looks like.
func Open(path string) (*Input, error) {
	runtime.LockOSThread() // the log is kept per thread
	defer runtime.UnlockOSThread()
	C.vid_log_reset()
	in := &Input{fc: astiav.AllocFormatContext(), pkt: astiav.AllocPacket(), stop: (*C.int)(C.calloc(1, C.sizeof_int)), streamID: -1}
	C.vid_set_interrupt(in.format(), in.stop)
	d := astiav.NewDictionary()
	defer d.Free()
	err := errors.Join(d.Set("protocol_whitelist", "file", 0), d.Set("format_whitelist", formats, 0),
		d.Set("pattern_type", "none", 0)) // an image's name is a name, not a pattern for many
	if err != nil {
		in.Close()
		return nil, err
	}
	if err := in.fc.OpenInput("file:"+path, nil, d); err != nil {
		if err = wrap("open", err); strings.Contains(err.Error(), "whitelist") {
			err = ErrFormat
		}
		in.Close()
		return nil, err
	}
	return in, nil
}

func (in *Input) format() *C.AVFormatContext { return (*C.AVFormatContext)(raw(in.fc)) }

// Interrupt makes a running call on the input return soon with AVERROR_EXIT, and later ones at once. Safe from any
// goroutine, also after Close.
func (in *Input) Interrupt() {
	in.closing.Lock()
	defer in.closing.Unlock()
	if in.stop != nil {
		atomic.StoreInt32((*int32)(unsafe.Pointer(in.stop)), 1)
	}
}

// Close frees the input. It must not run while another call does.
func (in *Input) Close() {
	if in.fc == nil {
		return
	}
	if in.format() != nil {
		in.fc.CloseInput()
	} else {
		in.fc.Free() // a failed OpenInput has freed the context; this drops astiav's entry for it
	}
	in.pkt.Free()
	in.closing.Lock()
	C.free(unsafe.Pointer(in.stop))
	in.stop = nil
	in.closing.Unlock()
	in.fc = nil
}

// Probe reads and decodes as much as FFmpeg needs to know the streams.
func (in *Input) Probe() error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	C.vid_log_reset()
	return wrap("probe", in.fc.FindStreamInfo(nil))
}

// Container returns the name of the demuxer.
func (in *Input) Container() string { return in.fc.InputFormat().Name() }

// Videos returns the number of video streams that are not cover pictures, and whether the container gives the size of each.
func (in *Input) Videos() (n int, sized bool) {
	sized = true
	for i, s := range in.fc.Streams() {
		p := s.CodecParameters()
		if p.MediaType() != astiav.MediaTypeVideo || C.vid_is_cover(in.format(), C.int(i)) != 0 {
			continue
		}
		n++
		sized = sized && p.Width() > 0 && p.Height() > 0 && p.CodecID() != astiav.CodecIDNone
	}
	return n, sized
}

// Streams returns the media type of every stream, for messages.
func (in *Input) Streams() (types []string) {
	for _, s := range in.fc.Streams() {
		types = append(types, s.CodecParameters().MediaType().String())
	}
	return types
}

// SelectVideo chooses the best video stream and makes the demuxer drop all others.
func (in *Input) SelectVideo() (*astiav.Stream, error) {
	i := C.vid_best_video(in.format())
	if i < 0 {
		return nil, check("choose a video stream", i)
	}
	C.vid_keep_only(in.format(), i)
	in.streamID = int(i)
	return in.fc.Streams()[i], nil
}

// DisplayMatrix returns the selected stream's display matrix, nine 32-bit numbers, or nil.
func (in *Input) DisplayMatrix() []byte {
	var size C.int
	p := C.vid_display_matrix(in.format(), C.int(in.streamID), &size)
	return C.GoBytes(unsafe.Pointer(p), size)
}

// Delay returns the number of frames the selected stream's decoder holds back, as far as it is known.
func (in *Input) Delay() int { return int(C.vid_delay(in.format(), C.int(in.streamID))) }

// BytesRead returns the bytes read from the file so far, 0 once it is closed.
func (in *Input) BytesRead() int64 {
	if in.fc == nil {
		return 0
	}
	return int64(C.vid_bytes_read(in.format()))
}

// Packet is one packet of the selected stream, in the layout of the shim's VidPacket.
type Packet struct {
	PTS, DTS, Pos int64
	Flags         int32
	Size          int32 // bytes
}

// Key and Discard report the packet's flags.
func (p Packet) Key() bool     { return p.Flags&C.AV_PKT_FLAG_KEY != 0 }
func (p Packet) Discard() bool { return p.Flags&C.AV_PKT_FLAG_DISCARD != 0 }

// Index is the packets of a stream in decoding order.
type Index struct {
	Packets []Packet
	c       *C.VidIndex
}

// Close frees the packets that are kept. Further calls do nothing.
func (ix *Index) Close() {
	if ix.c != nil {
		C.vid_index_free(ix.c)
		C.free(unsafe.Pointer(ix.c))
		ix.c = nil
	}
}

// Scan reads the selected stream to the end of the file. Up to keep bytes the packets themselves are kept, so that they
// need not be read again. After an error the index has those read before it. The caller closes the index.
func (in *Input) Scan(keep int64) (*Index, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	C.vid_log_reset()
	ix := &Index{c: (*C.VidIndex)(C.calloc(1, C.sizeof_VidIndex))}
	ix.c.limit = C.int64_t(keep)
	ret := C.vid_scan(in.format(), C.int(in.streamID), (*C.AVPacket)(raw(in.pkt)), in.stop, ix.c)
	ix.Packets = make([]Packet, ix.c.n)
	if ix.c.n > 0 {
		copy(ix.Packets, unsafe.Slice((*Packet)(unsafe.Pointer(ix.c.p)), ix.c.n))
	}
	return ix, check("scan", ret)
}
