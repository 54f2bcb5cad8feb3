package clip

import (
	"fmt"
	"sort"
)

// Rational is an exact fraction, such as a time base in seconds per tick or a frame rate in frames per second.
type Rational struct {
	Num int64 `json:"num"`
	Den int64 `json:"den"`
}

// Float returns the fraction as a float64, 0 when the denominator is 0. For display only: time is kept in ticks.
func (r Rational) Float() float64 {
	if r.Den == 0 {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// String returns "num/den".
func (r Rational) String() string { return fmt.Sprintf("%d/%d", r.Num, r.Den) }

// FrameTable is the presentation timestamps of a stream's frames in display order, in ticks of the stream's time base.
// It is exact: the packets of the whole stream were read, frames that an edit list discards are not in it.
type FrameTable struct {
	PTS []int64
}

// Len returns the number of frames, 0 when the table is not known.
func (t FrameTable) Len() int { return len(t.PTS) }

// Find returns the index of the frame on display at pts: the last frame whose timestamp is not after it, or 0.
func (t FrameTable) Find(pts int64) int {
	i := sort.Search(len(t.PTS), func(i int) bool { return t.PTS[i] > pts })
	return max(i-1, 0)
}

// Meta describes the video stream of a source, as known before any frame is decoded. Width and Height are in display
// orientation (rotation metadata applied); the sample aspect ratio is not applied. A Meta is read-only once made.
type Meta struct {
	Source    string     // path, as given when it was opened
	Size      int64      // bytes of the file
	Container string     // FFmpeg's name of the demuxer
	Codec     string     // FFmpeg's name of the codec
	Stream    int        // index of the stream in the container
	Width     int        // pixels
	Height    int        // pixels
	Rotation  int        // degrees clockwise applied for display: 0, 90, 180, 270
	Mirrored  bool       // the display matrix also mirrors
	TimeBase  Rational   // seconds per tick of every pts
	Start     int64      // pts of the first frame, ticks
	Duration  int64      // ticks from the first frame to the end of the last one; 0 if unknown
	FrameRate Rational   // average frames per second; 0/0 if unknown
	Frames    FrameTable // empty where the source is too large to be scanned: plans are then drawn by time
	Keyframes int        // number of keyframes, 0 where Frames is empty
}

// Seconds returns the duration in seconds, for display.
func (m *Meta) Seconds() float64 { return float64(m.Duration) * m.TimeBase.Float() }
