package enc

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"
)

// gradient is a clip with some detail.
func gradient(s Shape) []byte {
	rgb := make([]byte, s.Bytes())
	for i := range rgb {
		x, y, t := i/3%s.W, i/3/s.W%s.H, i/3/s.W/s.H
		rgb[i] = byte(40 + (x*2+y*(1+i%3)+3*t)%160 + (x*y)%7)
	}
	return rgb
}

var video = Video{FPS: 25, GOP: 8, CRF: 18, Preset: "veryfast"}

// A file in memory and one on disk differ in the place of the index alone; both decode to the same pixels.
func TestFiles(t *testing.T) {
	ctx := context.Background()
	s := Shape{T: 3, H: 32, W: 48}
	rgb := gradient(s)
	data, err := WriteVideo(ctx, s, rgb, video)
	if err != nil {
		t.Fatal(err)
	}
	v := video
	v.W, v.H = s.W, s.H
	path := filepath.Join(t.TempDir(), "a:b.mp4")
	f, err := Create("file:"+path, v)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range s.T {
		if err := f.WriteRGB(rgb[i*s.H*s.W*3 : (i+1)*s.H*s.W*3]); err != nil {
			t.Fatal(err)
		}
	}
	if b, err := f.Finish(ctx); err != nil || b != nil {
		t.Fatal(b, err)
	}
	f.Close()
	f.Close()
	disk, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(disk) != len(data) || bytes.Index(disk, []byte("moov")) > bytes.Index(disk, []byte("mdat")) {
		t.Errorf("%d bytes on disk, %d in memory, or the index is not in front", len(disk), len(data))
	}
	a, b := make([]byte, len(rgb)), make([]byte, len(rgb))
	if err := errors.Join(ReadVideo(ctx, s, data, a), ReadVideo(ctx, s, disk, b)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("other pixels")
	}
}

// Misuse and missing places are errors.
func TestErrors(t *testing.T) {
	ctx := context.Background()
	s := Shape{T: 1, H: 8, W: 8}
	rgb := gradient(s)
	v := video
	v.W, v.H = 8, 8
	if f, err := Create(filepath.Join(t.TempDir(), "missing", "x.mp4"), v); err == nil {
		f.Close()
		t.Error("no error for a missing folder")
	}
	v.Preset = "none such"
	if f, err := Create("", v); err == nil {
		f.Close()
		t.Error("no error for an unknown preset")
	}
	v.Preset, v.W = video.Preset, 7
	f, err := Create("", v)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.WriteRGB(rgb); err == nil {
		t.Error("no error for a frame of another size")
	}
	if err := f.WriteYUV(make([]byte, 7*8*3/2)); err == nil {
		t.Error("no error for planes of an odd size")
	}
	if _, err := WriteJPEG(ctx, s, rgb[1:], 90, false); err == nil {
		t.Error("no error for too few pixels")
	}
	if err := ReadJPEG(ctx, s, nil, []int32{0, 9}, rgb); !errors.Is(err, ErrDamaged) {
		t.Errorf("offsets beyond the data: %v", err)
	}
	if err := ReadVideo(ctx, s, nil, rgb); err == nil {
		t.Error("no error for no file")
	}
	cause := errors.New("enough")
	ended, cancel := context.WithCancelCause(ctx)
	cancel(cause)
	if _, err := WriteJPEG(ended, s, rgb, 90, false); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := WriteVideo(ended, s, rgb, video); !errors.Is(err, cause) {
		t.Errorf("cancelled: %v", err)
	}
}

// One clip of 16 frames of 112x112; std is the standard library's JPEG, for comparison.
func BenchmarkClip(b *testing.B) {
	ctx := context.Background()
	s := Shape{T: 16, H: 112, W: 112}
	rgb := gradient(s)
	out := make([]byte, len(rgb))
	frames, err := WriteJPEG(ctx, s, rgb, 90, false)
	if err != nil {
		b.Fatal(err)
	}
	offsets := []int32{0}
	for _, f := range frames {
		offsets = append(offsets, offsets[len(offsets)-1]+int32(len(f)))
	}
	data := bytes.Join(frames, nil)
	file, err := WriteVideo(ctx, s, rgb, video)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		fn   func() error
	}{
		{"jpeg/write", func() error { _, err := WriteJPEG(ctx, s, rgb, 90, false); return err }},
		{"jpeg/read", func() error { return ReadJPEG(ctx, s, data, offsets, out) }},
		{"std/write", func() error { return stdWrite(s, rgb) }},
		{"std/read", func() error { return stdRead(s, frames, out) }},
		{"h264/write", func() error { _, err := WriteVideo(ctx, s, rgb, video); return err }},
		{"h264/read", func() error { return ReadVideo(ctx, s, file, out) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.fn(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func stdWrite(s Shape, rgb []byte) error {
	img := image.NewRGBA(image.Rect(0, 0, s.W, s.H))
	for n := s.W * s.H * 3; len(rgb) > 0; rgb = rgb[n:] {
		for i := range s.W * s.H {
			copy(img.Pix[4*i:], rgb[3*i:3*i+3])
			img.Pix[4*i+3] = 255
		}
		if err := jpeg.Encode(new(bytes.Buffer), img, &jpeg.Options{Quality: 90}); err != nil {
			return err
		}
	}
	return nil
}

func stdRead(s Shape, frames [][]byte, out []byte) error {
	for _, f := range frames {
		img, err := jpeg.Decode(bytes.NewReader(f))
		if err != nil {
			return err
		}
		p := img.(*image.YCbCr)
		for y := range s.H {
			for x := range s.W {
				r, g, b, _ := p.YCbCrAt(x, y).RGBA()
				out[0], out[1], out[2] = byte(r>>8), byte(g>>8), byte(b>>8)
				out = out[3:]
			}
		}
	}
	return nil
}
