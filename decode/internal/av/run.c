#include "loop.h"

static State fresh(const VidRun *r, const VidSegment *g, int64_t next) {
  int64_t start = r->index && g->first_packet > 0 ? r->index[g->first_packet].pts : AV_NOPTS_VALUE;
  return (State){.next = next, .frame_pts = AV_NOPTS_VALUE, .damaged_until = AV_NOPTS_VALUE, .start_pts = start};
}

static int interlaced(const AVFrame *f) {
#if LIBAVCODEC_VERSION_MAJOR < 61
  return f->interlaced_frame;
#else
  return !!(f->flags & AV_FRAME_FLAG_INTERLACED);
#endif
}

// Without an index, the damage of a GOP is told from the frames' timestamps alone; with one, taint names the needs it reaches.
static int suspect(const VidRun *r, const State *s, int64_t pts) {
  return !r->index && (s->damaged || (s->damaged_until != AV_NOPTS_VALUE && pts < s->damaged_until));
}

static int same_packet(const VidPacket *a, const AVPacket *p) {
  if (a->pts != AV_NOPTS_VALUE || p->pts != AV_NOPTS_VALUE) return a->pts == p->pts;
  return a->dts == p->dts && (a->pos < 0 || p->pos < 0 || a->pos == p->pos);
}

// The number of p in the index, looked for around where the seek should have led.
static int64_t locate(const VidRun *r, const AVPacket *p, int64_t guess) {
  for (int64_t d = 0; d < r->index_n; d++) {
    if (guess - d >= 0 && same_packet(&r->index[guess - d], p)) return guess - d;
    if (guess + d < r->index_n && same_packet(&r->index[guess + d], p)) return guess + d;
  }
  return -1;
}

static int flagged(const AVFrame *f) { return f->decode_error_flags || f->flags & AV_FRAME_FLAG_CORRUPT; }

// Ends a view at one of its needs, whose slot tells.
static void fail(VidRun *r, VidNeed *n, int status) {
  if (r->status[n->view] != VID_PENDING) return;
  r->status[n->view] = status;
  n->slot = -1 - n->slot;
}

static void deliver(VidRun *r, VidNeed *n, const AVFrame *f, int64_t pts, int damaged) {
  if (r->status[n->view] != VID_PENDING) return;
  n->got = pts;
  if (damaged || flagged(f)) return fail(r, n, VID_DAMAGED);
  if (f->width != r->width || f->height != r->height) return fail(r, n, VID_RESIZED);
  VidConv *c = &r->conv[n->view];
  size_t size = (size_t)3 * c->v.out_w * c->v.out_h;
  if (vid_conv_run(c, f, r->out[n->view] + size * n->slot) < 0) fail(r, n, VID_CONVERT);
}

static void miss(VidRun *r, VidNeed *n) { fail(r, n, VID_MISSING); }

// Something went wrong at packet d. What was decoded since may refer to it, up to the next keyframe: also frames that were
// shown, and delivered, before it.
static void taint(VidRun *r, State *s, int64_t d) {
  s->damaged = 1;
  if (!r->index || d < 0) return;
  int64_t key = d + 1;
  while (key < r->index_n && !(r->index[key].flags & AV_PKT_FLAG_KEY)) key++;
  int64_t key_pts = key < r->index_n ? r->index[key].pts : AV_NOPTS_VALUE;
  for (int i = 0; i < r->needs; i++) {
    VidNeed *n = &r->need[i];
    int refers_back = n->packet > key && key_pts != AV_NOPTS_VALUE && n->pts < key_pts; // open GOP
    if ((n->packet >= d && n->packet < key) || refers_back) fail(r, n, VID_DAMAGED);
  }
}

// The number of the packet that a frame came from, or the last one sent.
static int64_t packet_of(const VidRun *r, const State *s, int64_t pts) {
  for (int64_t i = s->next - 1; r->index && i >= 0 && i >= s->next - 64; i--)
    if (i < r->index_n && r->index[i].pts == pts) return i;
  return s->next - 1;
}

// With an index a need is met by the frame of exactly its timestamp; without one by the frame on display at that time,
// which is known once the next frame has come: it waits in prev.
static void frame_out(VidRun *r, State *s, int *ni, int hi) {
  AVFrame *f = r->frm;
  int64_t pts = f->best_effort_timestamp;
  if (pts == AV_NOPTS_VALUE) pts = r->tail_pts + r->tail_step * s->tail++;
  if (flagged(f) && !leading(s, pts)) taint(r, s, packet_of(r, s, pts));
  if (interlaced(f) && r->skip_nonref) r->interlaced = 1;
  if (r->index) {
    while (*ni < hi && r->need[*ni].pts < pts) {
      if (s->frame_pts == AV_NOPTS_VALUE) r->late = 1;
      miss(r, &r->need[(*ni)++]);
    }
    while (*ni < hi && r->need[*ni].pts == pts) deliver(r, &r->need[(*ni)++], f, pts, suspect(r, s, pts));
  } else {
    int first = !r->prev->buf[0];
    while (*ni < hi && r->need[*ni].pts < pts) {
      if (first && s->next < 0) { // the seek led past the frame
        r->late = 1;
        miss(r, &r->need[(*ni)++]);
        continue;
      }
      AVFrame *on = first ? f : r->prev; // before the start of the file: its first frame
      int64_t at = first ? pts : s->frame_pts;
      deliver(r, &r->need[(*ni)++], on, at, suspect(r, s, at));
    }
    av_frame_unref(r->prev);
    av_frame_move_ref(r->prev, f);
  }
  s->frame_pts = pts;
  av_frame_unref(f);
}

// Takes all frames the decoder has. 0, AVERROR_EOF when it is drained, or a fatal error.
static int receive(VidRun *r, State *s, const VidSegment *g, int *ni) {
  int hi = g->need_hi;
  for (;;) {
    int ret = avcodec_receive_frame(r->cc, r->frm);
    if (ret == AVERROR(EAGAIN)) return 0;
    if (ret == AVERROR_EOF || ret == AVERROR(ENOMEM)) return ret;
    if (ret < 0 || vid_log_errors() != r->errors) {
      r->errors = vid_log_errors();
      taint(r, s, s->draining ? g->first_packet : s->next - 1);
    }
    if (ret < 0) {
      if (s->draining) continue;
      return 0;
    }
    frame_out(r, s, ni, hi);
    if (*ni >= hi) return 0;
    if (stopped(r)) return AVERROR_EXIT;
  }
}

int vid_seek(VidRun *r, State *s, const VidSegment *g) {
  if (r->kept) {
    avcodec_flush_buffers(r->cc);
    *s = fresh(r, g, g->first_packet);
    return 0;
  }
  if (g->seek_ts == AV_NOPTS_VALUE) { // the file was just opened: read on from its start
    *s = fresh(r, g, 0);
    return 0;
  }
  int ret = av_seek_frame(r->fc, r->stream, g->seek_ts, AVSEEK_FLAG_BACKWARD);
  if (ret < 0) ret = avformat_seek_file(r->fc, r->stream, INT64_MIN, g->seek_ts, g->seek_ts, 0);
  if (ret < 0) return ret;
  avcodec_flush_buffers(r->cc);
  av_frame_unref(r->prev);
  *s = fresh(r, g, -1);
  return 0;
}

// Brings s->next to the number of the packet just read.
static void track(VidRun *r, State *s, const VidSegment *g) {
  const AVPacket *p = r->pkt;
  if (s->next < 0) {
    s->next = locate(r, p, g->first_packet);
    if (s->next < 0 || s->next > g->first_packet) r->late = 1;
  } else if (s->next >= r->index_n || !same_packet(&r->index[s->next], p)) {
    r->late = 1;
    s->next = locate(r, p, s->next);
  }
}

int vid_next_packet(VidRun *r, State *s, const VidSegment *g, const AVPacket **p) {
  if (r->kept) {
    if (s->next >= r->index_n) return AVERROR_EOF;
    *p = r->kept[s->next];
    return 0;
  }
  int ret;
  do {
    av_packet_unref(r->pkt);
    ret = av_read_frame(r->fc, r->pkt);
  } while (!stopped(r) && (ret == AVERROR(EAGAIN) || (ret >= 0 && r->pkt->stream_index != r->stream)));
  if (ret < 0) return ret;
  if (r->index) track(r, s, g);
  *p = r->pkt;
  return 0;
}

static int send(VidRun *r, State *s, const AVPacket *p) {
  if (p->flags & AV_PKT_FLAG_KEY && s->damaged) {
    s->damaged = 0;
    s->damaged_until = p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
  }
  if (p->flags & AV_PKT_FLAG_CORRUPT) taint(r, s, s->next);
  r->cc->skip_frame = r->skip_nonref && s->next >= 0 && !r->wanted[s->next] ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
  int ret = avcodec_send_packet(r->cc, p);
  int refused = ret < 0 && ret != AVERROR(ENOMEM) && ret != AVERROR(EAGAIN);
  if (refused || vid_log_errors() != r->errors) { // some decoders tell of damage in their log alone
    r->errors = vid_log_errors();
    if (!leading(s, p->pts)) taint(r, s, s->next);
  }
  if (refused) ret = 0;
  if (s->next >= 0) s->next++;
  return ret;
}

static void drain(VidRun *r, State *s) {
  avcodec_send_packet(r->cc, NULL);
  s->draining = 1;
}

// One segment: from a keyframe to the last of its needs.
static int segment(VidRun *r, State *s, const VidSegment *g) {
  int ni = g->need_lo, read_error = 0;
  while (ni < g->need_hi) {
    if (stopped(r)) return AVERROR_EXIT;
    if (!s->draining) {
      const AVPacket *p;
      int ret = vid_next_packet(r, s, g, &p);
      if (ret < 0) {
        if (ret != AVERROR_EOF) read_error = ret;
        drain(r, s);
      } else {
        ret = send(r, s, p);
        if (ret < 0) return ret;
        // all that is needed has been sent: ask for the frames the decoder holds back instead of feeding it more
        if (g->last_packet >= 0 && s->next > g->last_packet) drain(r, s);
      }
    }
    int ret = receive(r, s, g, &ni);
    if (ret == AVERROR_EOF) break;
    if (ret < 0) return ret;
  }
  if (!r->index && r->prev->buf[0])
    while (ni < g->need_hi) deliver(r, &r->need[ni++], r->prev, s->frame_pts, suspect(r, s, s->frame_pts));
  while (ni < g->need_hi) miss(r, &r->need[ni++]);
  return read_error;
}

int vid_run(VidRun *r) {
  State s;
  int ret = 0;
  r->errors = vid_log_errors();
  for (int i = 0; i < r->segs && ret >= 0; i++) {
    ret = vid_seek(r, &s, &r->seg[i]);
    if (ret >= 0) ret = segment(r, &s, &r->seg[i]);
  }
  av_frame_unref(r->frm);
  av_frame_unref(r->prev);
  av_packet_unref(r->pkt);
  return ret;
}
