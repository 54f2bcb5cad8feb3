package look

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/cmd/internal/sheet"
	"vidcsl/decode"
	"vidcsl/decode/clip"
)

type video struct{ v *decode.Video }

func openVideo(ctx context.Context, path string) (Subject, error) {
	v, err := decode.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	return &video{v}, nil
}

// description is what inspect prints of a video as JSON.
type description struct {
	Path      string        `json:"path"`
	Bytes     int64         `json:"bytes"`
	Container string        `json:"container"`
	Codec     string        `json:"codec"`
	Stream    int           `json:"stream"`
	Width     int           `json:"width"`
	Height    int           `json:"height"`
	Rotation  int           `json:"rotation"`
	Mirrored  bool          `json:"mirrored"`
	TimeBase  clip.Rational `json:"time_base"`
	Start     int64         `json:"start_pts"`
	Seconds   float64       `json:"seconds"`
	FrameRate clip.Rational `json:"frame_rate"`
	Frames    int           `json:"frames"` // 0: not known
	Keyframes int           `json:"keyframes"`
	PTS       []int64       `json:"pts"`
}

func (s *video) Describe() any {
	m := s.v.Meta()
	return description{m.Source, m.Size, m.Container, m.Codec, m.Stream, m.Width, m.Height, m.Rotation, m.Mirrored, m.TimeBase,
		m.Start, m.Seconds(), m.FrameRate, m.Frames.Len(), m.Keyframes, m.Frames.PTS}
}

func (s *video) Text() string {
	m := s.v.Meta()
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("file", "%s, %.2f MB", m.Source, float64(m.Size)/1e6)
	row("container", "%s", m.Container)
	row("stream", "%d: %s, %dx%d", m.Stream, m.Codec, m.Width, m.Height)
	if m.Rotation != 0 || m.Mirrored {
		row("turned", "%d degrees clockwise, mirrored: %v", m.Rotation, m.Mirrored)
	}
	row("time", "%.3f s from pts %d, time base %v, %.3f frames/s on average", m.Seconds(), m.Start, m.TimeBase, m.FrameRate.Float())
	if n := m.Frames.Len(); n > 0 {
		row("frames", "%d, of which %d keyframes; %s", n, m.Keyframes, rateKind(m.Frames.PTS))
	} else {
		row("frames", "not counted: the file is too large to be read through, frames are found by time")
	}
	return b.String()
}

// rateKind says whether frames are evenly spaced, allowing for timestamps rounded to the time base.
func rateKind(pts []int64) string {
	if len(pts) < 3 {
		return "constant frame rate"
	}
	lo, hi := pts[1]-pts[0], pts[1]-pts[0]
	for i := 2; i < len(pts); i++ {
		lo, hi = min(lo, pts[i]-pts[i-1]), max(hi, pts[i]-pts[i-1])
	}
	if hi-lo <= 1 {
		return "constant frame rate"
	}
	return fmt.Sprintf("variable frame rate, %d to %d ticks apart", lo, hi)
}

// Sheet shows 24 frames spread over the video.
func (s *video) Sheet(ctx context.Context, path string) error {
	const n, columns = 24, 6
	m := s.v.Meta()
	d, err := clip.UniformFrames{Frames: min(n, max(m.Frames.Len(), 1))}.Sample(m, 0, 1, nil)
	if err != nil {
		return err
	}
	var cells []sheet.Cell
	for _, pts := range d.PTS { // one by one, so that a damaged frame leaves the others visible
		view := clip.Native(m)
		view.PTS = []int64{pts}
		caption := fmt.Sprintf("%.2f s", float64(pts)*m.TimeBase.Float())
		clips, err := s.v.Execute(ctx, &clip.Plan{Source: m.Source, Views: []clip.View{view}}, memory.DefaultAllocator)
		if err != nil {
			cells = append(cells, sheet.Cell{RGB: make([]byte, m.Width*m.Height*3), W: m.Width, H: m.Height, Caption: caption + " damaged"})
			continue
		}
		cells = append(cells, sheet.Cell{RGB: clips[0].Bytes(), W: m.Width, H: m.Height, Caption: caption})
	}
	return sheet.Write(path, sheet.Draw(cells, columns))
}

func (s *video) Close() { s.v.Close() }

// DecodeThrough decodes every frame of a video and returns how many there are.
func DecodeThrough(ctx context.Context, path string) (int, error) {
	v, err := decode.Open(ctx, path)
	if err != nil {
		return 0, err
	}
	defer v.Close()
	m := v.Meta()
	if m.Frames.Len() == 0 {
		return 0, fmt.Errorf("%s: too large to be read through (%d bytes)", path, m.Size)
	}
	const part = 64 // frames at a time, small: decoding is what is checked
	for from := 0; from < m.Frames.Len(); from += part {
		view := clip.View{PTS: m.Frames.PTS[from:min(from+part, m.Frames.Len())], Width: 16, Height: 16}
		clips, err := v.Execute(ctx, &clip.Plan{Source: path, Views: []clip.View{view}}, memory.DefaultAllocator)
		if err != nil {
			return 0, err
		}
		clips[0].Release()
	}
	return m.Frames.Len(), nil
}
