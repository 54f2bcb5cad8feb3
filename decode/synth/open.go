package synth

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/asticode/go-astiav"
)

// codecOptions makes the bytes depend on the pixels alone: one thread, no scene-cut keyframes (so a keyframe every GOP frames
// exactly), B-frames so that decoding order differs from display order, colours tagged. No macroblock tree: at small sizes
// x264 (164) reads uninitialised memory there, and the bytes differ from run to run.
func codecOptions(o Options) map[string]string {
	return map[string]string{
		"threads": "1", "preset": "medium", "crf": "20", "g": strconv.Itoa(o.GOP), "bf": "2", "sc_threshold": "0", "x264-params": "mbtree=0",
		"flags": "+bitexact+global_header", "colorspace": "smpte170m", "color_primaries": "smpte170m",
		"color_trc": "smpte170m", "color_range": "tv", "chroma_sample_location": "left",
	}
}

// newEncoder creates the file at path and writes its header. On error everything is released, but the file may exist.
func newEncoder(path string, o Options) (*encoder, error) {
	e := &encoder{size: o.Size}
	err := e.openCodec(o)
	if err == nil {
		err = e.openFile("file:"+path, o) // the prefix keeps a colon in path from naming a protocol
	}
	if err == nil {
		if e.frame, e.packet = astiav.AllocFrame(), astiav.AllocPacket(); e.frame == nil || e.packet == nil {
			err = errors.New("out of memory")
		}
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *encoder) openCodec(o Options) error {
	codec := astiav.FindEncoderByName("libx264")
	if codec == nil {
		return errors.New("this FFmpeg has no encoder libx264: install a libavcodec built with it (Debian 12: package libavcodec59, with libx264-164)")
	}
	if e.codec = astiav.AllocCodecContext(codec); e.codec == nil {
		return errors.New("out of memory")
	}
	e.codec.SetWidth(o.Size)
	e.codec.SetHeight(o.Size)
	e.codec.SetPixelFormat(astiav.PixelFormatYuv420P)
	e.codec.SetSampleAspectRatio(astiav.NewRational(1, 1))
	e.codec.SetTimeBase(astiav.NewRational(1, o.FPS))
	e.codec.SetFramerate(astiav.NewRational(o.FPS, 1))
	err := withDictionary(codecOptions(o), func(d *astiav.Dictionary) error { return e.codec.Open(codec, d) })
	if err != nil {
		return fmt.Errorf("opening libx264: %w", err)
	}
	return nil
}

func (e *encoder) openFile(url string, o Options) (err error) {
	if e.mux, err = astiav.AllocOutputFormatContext(nil, "mp4", url); err != nil {
		return fmt.Errorf("creating an MP4 muxer: %w", err)
	}
	e.mux.SetFlags(e.mux.Flags().Add(astiav.FormatContextFlagBitexact))
	if e.stream = e.mux.NewStream(nil); e.stream == nil {
		return errors.New("out of memory")
	}
	if err = e.stream.CodecParameters().FromCodecContext(e.codec); err != nil {
		return fmt.Errorf("copying codec parameters: %w", err)
	}
	e.stream.SetTimeBase(e.codec.TimeBase()) // the muxer refines it, 1/25 becomes 1/12800
	e.stream.SetAvgFrameRate(astiav.NewRational(o.FPS, 1))
	if e.io, err = openIO(url, astiav.NewIOContextFlags(astiav.IOContextFlagWrite)); err != nil {
		return fmt.Errorf("creating the file: %w", err)
	}
	e.mux.SetPb(e.io)
	if err = withDictionary(map[string]string{"movflags": "+faststart"}, e.mux.WriteHeader); err != nil {
		return fmt.Errorf("writing the header: %w", err)
	}
	return nil
}

// openIO calls astiav.OpenIOContext, which has two more parameters in the versions for FFmpeg 7 and 8.
func openIO(url string, flags astiav.IOContextFlags) (*astiav.IOContext, error) {
	switch open := any(astiav.OpenIOContext).(type) {
	case func(string, astiav.IOContextFlags) (*astiav.IOContext, error):
		return open(url, flags)
	case func(string, astiav.IOContextFlags, *astiav.IOInterrupter, *astiav.Dictionary) (*astiav.IOContext, error):
		return open(url, flags, nil, nil)
	}
	return nil, errors.New("unknown go-astiav")
}

// withDictionary calls use with the options and reports those it did not take.
func withDictionary(options map[string]string, use func(*astiav.Dictionary) error) error {
	d := astiav.NewDictionary()
	defer d.Free()
	for k, v := range options {
		if err := d.Set(k, v, 0); err != nil {
			return fmt.Errorf("option %s: %w", k, err)
		}
	}
	if err := use(d); err != nil {
		return err
	}
	if left := d.Get("", nil, astiav.NewDictionaryFlags(astiav.DictionaryFlagIgnoreSuffix)); left != nil {
		return fmt.Errorf("FFmpeg does not know the option %s", left.Key())
	}
	return nil
}
