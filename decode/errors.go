package decode

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vidcsl/decode/internal/av"
)

// Reason is the class of a failure, as it stands in a failure row.
type Reason string

// The reasons why a clip is not delivered.
const (
	Unreadable Reason = "unreadable" // the file cannot be opened or read: permissions, I/O
	NotAFile   Reason = "not_a_file" // a directory, FIFO, socket or device
	Empty      Reason = "empty"      // zero bytes
	Invalid    Reason = "invalid"    // not a video, or its container is too damaged to open
	NoVideo    Reason = "no_video"   // no video stream
	NoDecoder  Reason = "no_decoder" // this build of FFmpeg cannot decode the codec
	NoTime     Reason = "no_time"    // frames carry no timestamps
	BadPlan    Reason = "bad_plan"   // the plan does not fit the source
	DamagedAt  Reason = "damaged"    // a wanted frame is damaged
	MissingAt  Reason = "missing"    // a wanted frame never came out of the decoder
	ResizedAt  Reason = "resized"    // a wanted frame has another size than the stream
	// Undecodable says that the plan damages the stream, and that not one frame is left of it that can be decoded.
	Undecodable Reason = "undecodable"
	Internal    Reason = "internal" // FFmpeg failed in a way that says nothing about the file
	TimedOut    Reason = "timeout"  // not done before the deadline
	Canceled    Reason = "canceled" // the run was cancelled
)

// Error says why a source, or one clip of it, could not be decoded.
type Error struct {
	Path      string
	Reason    Reason
	PTS       int64 // of the frame concerned, if HasPTS
	HasPTS    bool
	BytesRead int64 // from the file until then
	Err       error
}

// Error implements error.
func (e *Error) Error() string {
	if e.HasPTS {
		return fmt.Sprintf("decode: %s: %s at pts %d: %v", e.Path, e.Reason, e.PTS, e.Err)
	}
	return fmt.Sprintf("decode: %s: %s: %v", e.Path, e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// FailureReason returns the class of the failure, for failure rows.
func (e *Error) FailureReason() string { return string(e.Reason) }

// classify makes an *Error; a cancelled or expired ctx is the reason whatever the call returned.
func classify(ctx context.Context, path string, reason Reason, read int64, err error) *Error {
	if cause := context.Cause(ctx); cause != nil {
		reason, err = Canceled, cause
		if errors.Is(cause, context.DeadlineExceeded) {
			reason = TimedOut
		}
	}
	return &Error{Path: path, Reason: reason, BytesRead: read, Err: err}
}

// regular returns the size of a file that can be decoded, or says what path is instead.
func regular(path string) (int64, *Error) {
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return 0, &Error{Path: path, Reason: Unreadable, Err: pathless(err)}
	case st.IsDir():
		return 0, &Error{Path: path, Reason: NotAFile, Err: errors.New("a directory, want a video file")}
	case !st.Mode().IsRegular():
		return 0, &Error{Path: path, Reason: NotAFile, Err: fmt.Errorf("%s, want a regular file", kind(st.Mode()))}
	case st.Size() == 0:
		return 0, &Error{Path: path, Reason: Empty, Err: errors.New("the file has no bytes")}
	}
	return st.Size(), nil
}

func kind(m os.FileMode) string {
	switch {
	case m&os.ModeNamedPipe != 0:
		return "a FIFO"
	case m&os.ModeSocket != 0:
		return "a socket"
	case m&os.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}

// pathless strips the path from an os error that will be shown beside it.
func pathless(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

var reasonOf = map[av.Status]Reason{
	av.Missing: MissingAt, av.Damaged: DamagedAt, av.Resized: ResizedAt, av.Convert: Internal, av.Pending: MissingAt, av.Nothing: Undecodable,
}

var textOf = map[av.Status]string{
	av.Missing: "the decoder never gave this frame",
	av.Damaged: "the frame is damaged",
	av.Resized: "the frame has another size than the stream's first",
	av.Convert: "the frame's pixel format cannot be converted to RGB",
	av.Pending: "decoding ended before this frame",
	av.Nothing: "no frame of the damaged stream can be decoded",
}
