// What the decode loops of run.c and damage.c share.
#pragma once
#include "shim.h"

// Where the demuxer is: the decode-order number of the packet it returns next, -1 when not known.
typedef struct {
  int64_t next;
  int draining, tail;
  int damaged;           // a packet of the current GOP could not be decoded
  int64_t damaged_until; // frames before this timestamp belong to a damaged GOP that has ended
  int64_t frame_pts;     // of the last frame delivered
  int64_t start_pts;     // of the keyframe that the segment begins with; earlier frames lack what they refer to
} State;

static inline int stopped(const VidRun *r) { return __atomic_load_n(r->interrupt, __ATOMIC_RELAXED); }

// A picture that follows the first keyframe and is shown before it: nobody needs it, and its errors say nothing of others.
static inline int leading(const State *s, int64_t pts) {
  return s->start_pts != AV_NOPTS_VALUE && pts != AV_NOPTS_VALUE && pts < s->start_pts;
}

// Goes to the keyframe that a segment begins with, or before it.
int vid_seek(VidRun *r, State *s, const VidSegment *g);
// The next packet of the stream: kept, or read into r->pkt. 0, AVERROR_EOF or an error.
int vid_next_packet(VidRun *r, State *s, const VidSegment *g, const AVPacket **p);
