package clip

import (
	"encoding/json"
	"fmt"
)

// Rect is a region of a frame in pixels, origin at the top left, in display orientation.
type Rect struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

// View says which pixels of a source make one clip: the frames, the region, the size and the mirroring. Decoding executes
// it without any further choice.
type View struct {
	// PTS names the frames in delivery order, in ticks of the stream's time base. Each is served by the frame on display at
	// that time: the last one whose timestamp is not after it. Order is free and repeats are allowed.
	PTS []int64 `json:"pts"`
	// TimeBase is the stream's, so that a stored view can be read on its own.
	TimeBase Rational `json:"time_base"`
	// Crop is the region of the source frame; the zero value means the whole frame.
	Crop Rect `json:"crop"`
	// Width and Height are the size of the clip in pixels; zero means the size of the crop.
	Width  int `json:"width"`
	Height int `json:"height"`
	// Flip mirrors the result horizontally.
	Flip bool `json:"flip,omitempty"`
	// Padded says that the source was shorter than the span and its last frame is repeated.
	Padded bool `json:"padded,omitempty"`
	// Damage is done to the compressed stream before it is decoded; nil for none. Only a video can be damaged, not a picture or
	// a stored clip.
	Damage *Damage `json:"damage,omitempty"`
	// Ops are what is done to the pixels after decoding, in order.
	Ops []Op `json:"ops,omitempty"`
	// Seed is the seed of the run that drew the view. Nothing is drawn from it when the view is executed.
	Seed uint64 `json:"seed"`
}

// Plan is everything drawn for one sample: the views of one source. It is the provenance of the sample's pixels.
type Plan struct {
	Key    string `json:"key"`
	Source string `json:"source"`
	Views  []View `json:"views"`
}

// JSON returns the canonical encoding of the view: fields in declaration order, no spaces; equal views give equal bytes.
func (v View) JSON() string {
	b, err := json.Marshal(v)
	if err != nil { // NewOp has encoded the parameters before: cannot fail
		panic(fmt.Sprintf("clip: encode view: %v", err))
	}
	return string(b)
}

// ParseView decodes what [View.JSON] made. Unknown fields are an error, and so is damage that is none.
func ParseView(s string) (View, error) {
	var v View
	if err := strictJSON(s, &v); err != nil {
		return View{}, fmt.Errorf("clip: view %.80q: %w", s, err)
	}
	if v.Damage != nil {
		if err := v.Damage.Check(); err != nil {
			return View{}, err
		}
	}
	return v, nil
}

// Resolve returns the view with its defaults filled in for a source of the given size, or an error that says which field
// does not fit.
func (v View) Resolve(m *Meta) (View, error) {
	if v.Crop == (Rect{}) {
		v.Crop = Rect{W: m.Width, H: m.Height}
	}
	if v.Width == 0 && v.Height == 0 {
		v.Width, v.Height = v.Crop.W, v.Crop.H
	}
	c := v.Crop
	switch {
	case len(v.PTS) == 0:
		return v, fmt.Errorf("clip: view has no frames")
	case v.TimeBase != (Rational{}) && v.TimeBase != m.TimeBase:
		return v, fmt.Errorf("clip: view is in ticks of %v, the stream in ticks of %v", v.TimeBase, m.TimeBase)
	case c.X < 0 || c.Y < 0 || c.W < 1 || c.H < 1 || c.X > m.Width-c.W || c.Y > m.Height-c.H:
		return v, fmt.Errorf("clip: crop %dx%d at (%d,%d) is not inside the %dx%d frame", c.W, c.H, c.X, c.Y, m.Width, m.Height)
	case v.Width < 1 || v.Height < 1 || v.Width > MaxSide || v.Height > MaxSide:
		return v, fmt.Errorf("clip: view size %dx%d is not within 1 to %d", v.Width, v.Height, MaxSide)
	}
	if n := int64(len(v.PTS)) * int64(v.Width) * int64(v.Height) * Channels; n > MaxBytes {
		return v, fmt.Errorf("clip: view of %d frames of %dx%d has %d bytes, more than %d", len(v.PTS), v.Width, v.Height, n, MaxBytes)
	}
	if v.Damage != nil {
		if err := v.Damage.Check(); err != nil {
			return v, err
		}
	}
	v.TimeBase = m.TimeBase
	return v, nil
}

// Limits of a view: the longest side in pixels, and the bytes, which are those of one row of an Arrow tensor column.
const (
	MaxSide  = 16384
	MaxBytes = 1<<31 - 1
)

// CenterSquare returns a view of the largest centred square of the frame scaled to size x size: the short side scaled,
// then a centre crop. The square is placed on even pixels, so that the chroma planes of 4:2:0 video are cut exactly.
func CenterSquare(m *Meta, size int) View {
	side := min(m.Width, m.Height)
	if side > 1 {
		side &^= 1
	}
	x, y := ((m.Width-side)/2)&^1, ((m.Height-side)/2)&^1
	return View{TimeBase: m.TimeBase, Crop: Rect{X: x, Y: y, W: side, H: side}, Width: size, Height: size}
}

// Native returns a view of the whole frame at its own size.
func Native(m *Meta) View {
	return View{TimeBase: m.TimeBase, Crop: Rect{W: m.Width, H: m.Height}, Width: m.Width, Height: m.Height}
}
