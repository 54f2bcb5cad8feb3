package clip

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Clip is the pixels of one view: uint8 RGB of shape [T, H, W, 3] in one Arrow buffer. It is reference-counted like the
// buffer it holds: [Clip.Retain] to keep it, [Clip.Release] when done. The pixels must not be changed once others may read
// them. Safe for concurrent reading.
type Clip struct {
	Buf      *memory.Buffer // T*H*W*3 bytes
	Frames   int            // T
	Height   int            // pixels
	Width    int            // pixels
	PTS      []int64        // the timestamp each delivered frame really has, ticks
	TimeBase Rational       // seconds per tick
	Flags    Flags
}

// Channels is the number of colour channels of a clip: red, green, blue.
const Channels = 3

// Flags mark what a reader of the pixels must know.
type Flags uint32

const (
	// Padded marks a clip whose source was shorter than the span asked for; its last frame is repeated.
	Padded Flags = 1 << iota
)

// New makes a clip of zeros for a resolved view. The caller owns it.
func New(mem memory.Allocator, v View) *Clip {
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(len(v.PTS) * v.Height * v.Width * Channels)
	c := &Clip{Buf: buf, Frames: len(v.PTS), Height: v.Height, Width: v.Width, TimeBase: v.TimeBase, PTS: make([]int64, len(v.PTS))}
	if v.Padded {
		c.Flags |= Padded
	}
	return c
}

// Like makes a clip of zeros with the frames, timestamps and flags of c and a size of its own. The caller owns it.
func (c *Clip) Like(mem memory.Allocator, height, width int) *Clip {
	out := &Clip{Frames: c.Frames, Height: height, Width: width, PTS: c.PTS, TimeBase: c.TimeBase, Flags: c.Flags}
	out.Buf = memory.NewResizableBuffer(mem)
	out.Buf.Resize(c.Frames * height * width * Channels)
	return out
}

// Bytes returns the pixels, valid while the caller holds a reference.
func (c *Clip) Bytes() []byte { return c.Buf.Bytes() }

// Frame returns the pixels of frame t, [H, W, 3], valid while the caller holds a reference.
func (c *Clip) Frame(t int) []byte {
	n := c.Height * c.Width * Channels
	return c.Bytes()[t*n : (t+1)*n]
}

// Shape returns [T, H, W, 3].
func (c *Clip) Shape() []int { return []int{c.Frames, c.Height, c.Width, Channels} }

// ByteSize returns the bytes of the pixels.
func (c *Clip) ByteSize() int64 { return int64(c.Buf.Len()) }

// Retain takes one more reference.
func (c *Clip) Retain() { c.Buf.Retain() }

// Release gives one reference back; the last one frees the pixels.
func (c *Clip) Release() { c.Buf.Release() }

// Sample is the views of one source as they flow from decoding on: clip i was made by view i of the plan.
type Sample struct {
	Plan  *Plan
	Label int32 // -1 without a label
	Clips []*Clip
}

// ItemKey returns the sample's key.
func (s *Sample) ItemKey() string { return s.Plan.Key }

// ByteSize returns the bytes of all clips.
func (s *Sample) ByteSize() int64 {
	var n int64
	for _, c := range s.Clips {
		n += c.ByteSize()
	}
	return n
}

// Retain takes one more reference on every clip.
func (s *Sample) Retain() {
	for _, c := range s.Clips {
		c.Retain()
	}
}

// Release gives one reference on every clip back.
func (s *Sample) Release() {
	for _, c := range s.Clips {
		c.Release()
	}
}

func strictJSON(s string, v any) error {
	d := json.NewDecoder(strings.NewReader(s))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the value")
	}
	return nil
}
