// The part of decoding that go-astiav does not bind, or that would cost one cgo call per frame: scanning packets, running
// the decode loop over a list of wanted frames, and converting a region of a frame to RGB in the caller's memory.
// Nothing here keeps a pointer to the caller's memory after it returns.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
#include <stdint.h>

// --- log.c: the last message FFmpeg logged at error level on this thread; nothing is printed ---
void vid_log_capture(void);
void vid_log_reset(void);
const char *vid_log_last(void);
int64_t vid_log_errors(void); // how many errors decoders have logged on this thread

void vid_limit_arenas(int n); // of glibc's malloc; does nothing with another C library

// --- scan.c ---
typedef struct {
  int64_t pts, dts, pos;
  int flags; // AV_PKT_FLAG_*
  int size;  // bytes
} VidPacket;

typedef struct {
  VidPacket *p;
  AVPacket **kept; // the packets themselves, NULL when they are more than limit bytes
  int64_t n, cap, bytes, limit;
} VidIndex;

void vid_set_interrupt(AVFormatContext *fc, int *flag); // *flag != 0 makes blocking reads return AVERROR_EXIT
int vid_best_video(AVFormatContext *fc);                // stream index, or a negative error; never a cover picture
void vid_keep_only(AVFormatContext *fc, int stream);    // the demuxer drops all other streams' packets
int64_t vid_bytes_read(AVFormatContext *fc);
int vid_delay(AVFormatContext *fc, int stream);       // frames of reordering delay
int vid_is_cover(AVFormatContext *fc, int stream);
const uint8_t *vid_display_matrix(AVFormatContext *fc, int stream, int *size); // NULL and 0 where there is none
// Reads all packets of a stream into ix, and keeps them up to ix->limit bytes (freed with vid_index_free also after an error). 0 at the end of the file.
int vid_scan(AVFormatContext *fc, int stream, AVPacket *pkt, const int *interrupt, VidIndex *ix);
void vid_index_free(VidIndex *ix);
// Prepares cc for one thread and for the reorder depth known from the packets. Frames of more than max_pixels are refused; 0: none.
void vid_codec_setup(AVCodecContext *cc, AVRational pkt_timebase, int reorder, int64_t max_pixels);

// --- convert.c ---
typedef struct {
  int x, y, w, h;          // region in coded (not rotated) pixels
  int out_w, out_h;        // size of the result
  int transpose, fx, fy;   // applied after scaling: out(x,y) = scaled(transpose? (y,x) : (x,y)), then mirrored
} VidView;

typedef struct {
  VidView v;
  int src_w, src_h, fmt, cs, range; // what the contexts below were made for
  int direct;                        // one context from the source format; else via a full RGB frame
  struct SwsContext *a, *b;
  uint8_t *full, *tmp;
  int full_stride, tmp_stride, tmp_w, tmp_h;
} VidConv;

void vid_conv_init(VidConv *c, VidView v);
void vid_conv_free(VidConv *c);
int vid_conv_run(VidConv *c, const AVFrame *f, uint8_t *out); // 0 or a negative AVERROR

// --- run.c ---
enum { VID_OK = 0, VID_MISSING, VID_DAMAGED, VID_CONVERT, VID_RESIZED, VID_UNDECODABLE, VID_PENDING };

typedef struct {
  int64_t pts;  // wanted
  int64_t got;  // delivered
  int64_t packet; // decode-order number of its packet, -1 if not known
  int view, slot;
} VidNeed;

typedef struct {
  int64_t seek_ts;       // where to seek to, AV_NOPTS_VALUE for the start of the file
  int64_t first_packet;  // decode-order number of the keyframe to begin at
  int64_t last_packet;   // decode-order number of the last packet wanted, -1: until all are delivered
  int need_lo, need_hi;  // needs [lo, hi)
} VidSegment;

typedef struct {
  // in
  AVFormatContext *fc;
  AVCodecContext *cc;
  AVPacket *pkt;
  AVFrame *frm, *prev;
  int stream, width, height;
  const int *interrupt;
  VidNeed *need;         // sorted by pts
  int needs;
  const VidSegment *seg;
  int segs;
  const VidPacket *index; // decode order, NULL when not scanned
  int64_t index_n;
  AVPacket *const *kept;  // the packets of the index, NULL when they have to be read again
  const uint8_t *wanted;  // per packet of the index: its frame is needed
  int skip_nonref;        // do not decode unneeded frames that no other refers to
  int64_t tail_pts, tail_step; // timestamps of frames that come out without one at the end
  VidConv *conv;          // per view
  uint8_t **out;          // per view: [T, out_h, out_w, 3]
  int *status;            // per view, VID_*
  // out
  int64_t errors;         // logged by decoders so far, as last looked at
  int late;               // a segment began after its first wanted frame, or the packets were not those of the index
  int interlaced;         // interlaced frames were seen while frames were skipped
} VidRun;

int vid_run(VidRun *r); // 0, or a negative AVERROR when nothing more could be read; per-view results are in status

// --- damage.c ---
typedef struct {
  int64_t packet;   // decode-order number
  int32_t at, mask; // the byte of its data, and the bit that is flipped
} VidFlip;

typedef struct {
  const uint8_t *lost;  // per packet of the index: it does not arrive
  const VidFlip *flip;  // sorted by packet
  int64_t flips;
  int await_key;        // nothing is decoded before the first keyframe that arrives
  int await_picture;    // and nothing shown before the first picture that refers to no other
} VidDamage;

// Decodes a damaged stream for one view, of which an index is known. Whatever goes wrong, each need gets the frame on display: the
// last one decoded by then, or before there is one, the first. Where nothing can be decoded, the view is VID_UNDECODABLE.
int vid_run_damaged(VidRun *r, const VidDamage *d);
