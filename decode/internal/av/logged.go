package av

// #include "shim.h"
import "C"

import "runtime"

// Logged runs fn on one thread and returns how many errors decoders logged meanwhile, and the first error that any part of
// FFmpeg logged. Some damage is told there alone.
func Logged(fn func()) (errors int64, first string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	C.vid_log_reset()
	before := C.vid_log_errors()
	fn()
	return int64(C.vid_log_errors() - before), C.GoString(C.vid_log_last())
}
