package decode

import "vidcsl/decode/internal/av"

// FFmpegVersion returns the version of the libavcodec in use, such as 59.37.100.
func FFmpegVersion() string { return av.Version() }
