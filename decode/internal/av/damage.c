#include "loop.h"

// One view of a damaged stream being decoded.
typedef struct {
  VidRun *r;
  const VidDamage *d;
  State s;
  int ni;          // the next need
  int64_t flip;    // the next bit to flip
  AVFrame *shown;  // the last frame decoded
  int64_t shown_pts;
  int key_sent, picture_seen; // since decoding began here
} Viewer;

static int intra(const AVFrame *f) {
#if LIBAVCODEC_VERSION_MAJOR < 61
  return f->key_frame || f->pict_type == AV_PICTURE_TYPE_I;
#else
  return f->flags & AV_FRAME_FLAG_KEY || f->pict_type == AV_PICTURE_TYPE_I;
#endif
}

// Delivers a frame to the next need.
static void show(Viewer *v, const AVFrame *f, int64_t pts) {
  VidRun *r = v->r;
  VidNeed *n = &r->need[v->ni++];
  size_t size = (size_t)3 * r->conv->v.out_w * r->conv->v.out_h;
  if (r->status[0] != VID_PENDING) return;
  n->got = pts;
  if (vid_conv_run(r->conv, f, r->out[0] + size * n->slot) >= 0) return;
  r->status[0] = VID_CONVERT;
  n->slot = -1 - n->slot;
}

// Takes the frame that came out of the decoder. It is known what was on display before it.
static void picture(Viewer *v, int hi) {
  VidRun *r = v->r;
  AVFrame *f = r->frm;
  int64_t pts = f->best_effort_timestamp;
  if (pts == AV_NOPTS_VALUE) pts = r->tail_pts + r->tail_step * v->s.tail++;
  if (intra(f) || !v->d->await_picture) v->picture_seen = 1;
  int first = !v->shown->buf[0], twice = !first && pts == v->shown_pts;
  if (v->picture_seen && !leading(&v->s, pts) && f->width == r->width && f->height == r->height && !twice) {
    while (v->ni < hi && r->need[v->ni].pts < pts) show(v, first ? f : v->shown, first ? pts : v->shown_pts);
    av_frame_unref(v->shown);
    av_frame_move_ref(v->shown, f);
    v->shown_pts = pts;
  }
  av_frame_unref(f);
}

// Takes all frames the decoder has. 0, AVERROR_EOF when it is drained, or a fatal error; what a decoder complains about is none.
static int receive(Viewer *v, int hi) {
  for (int refused = 0; refused < 1024;) {
    int ret = avcodec_receive_frame(v->r->cc, v->r->frm);
    if (ret == AVERROR(EAGAIN)) return 0;
    if (ret == AVERROR_EOF || ret == AVERROR(ENOMEM)) return ret;
    if (stopped(v->r)) return AVERROR_EXIT;
    if (ret >= 0) {
      picture(v, hi);
    } else if (v->s.draining) {
      refused++;
    } else {
      return 0;
    }
  }
  return AVERROR_EOF;
}

// Sends a packet with its bits flipped; the packet itself may be shared and stays as it is.
static int send_flipped(Viewer *v, const AVPacket *p, int64_t number) {
  const VidDamage *d = v->d;
  AVPacket *copy = av_packet_clone(p);
  int ret = copy ? av_packet_make_writable(copy) : AVERROR(ENOMEM);
  if (ret >= 0) {
    for (int64_t i = v->flip; i < d->flips && d->flip[i].packet == number; i++)
      if (d->flip[i].at < copy->size) copy->data[d->flip[i].at] ^= d->flip[i].mask;
    ret = avcodec_send_packet(v->r->cc, copy);
  }
  av_packet_free(&copy);
  return ret;
}

// Passes one packet through the damage into the decoder.
static int transmit(Viewer *v, const AVPacket *p, const VidSegment *g) {
  const VidRun *r = v->r;
  int64_t n = v->s.next;
  if (n < 0 || n >= r->index_n) return 0; // the caller begins again
  v->s.next++;
  if (n < g->first_packet || v->d->lost[n]) return 0;
  if (v->d->await_key && !v->key_sent && !(r->index[n].flags & AV_PKT_FLAG_KEY)) return 0;
  v->key_sent = 1;
  while (v->flip < v->d->flips && v->d->flip[v->flip].packet < n) v->flip++;
  int hit = v->flip < v->d->flips && v->d->flip[v->flip].packet == n;
  int ret = hit ? send_flipped(v, p, n) : avcodec_send_packet(r->cc, p);
  return ret == AVERROR(ENOMEM) ? ret : 0;
}

static int segment(Viewer *v, const VidSegment *g) {
  VidRun *r = v->r;
  int ret = vid_seek(r, &v->s, g);
  v->key_sent = v->picture_seen = 0;
  while (ret >= 0 && v->ni < g->need_hi && !r->late) {
    if (stopped(r)) return AVERROR_EXIT;
    const AVPacket *p;
    if (!v->s.draining) {
      ret = vid_next_packet(r, &v->s, g, &p);
      if (ret >= 0) ret = transmit(v, p, g);
      if (ret < 0 && ret != AVERROR_EOF) break;
      if (ret == AVERROR_EOF || v->s.next > g->last_packet) {
        avcodec_send_packet(r->cc, NULL);
        v->s.draining = 1;
      }
    }
    ret = receive(v, g->need_hi);
  }
  while (v->shown->buf[0] && v->ni < g->need_hi) show(v, v->shown, v->shown_pts);
  return ret == AVERROR_EOF ? 0 : ret;
}

int vid_run_damaged(VidRun *r, const VidDamage *d) {
  Viewer v = {.r = r, .d = d, .shown = av_frame_alloc()};
  int ret = v.shown ? 0 : AVERROR(ENOMEM);
  for (int i = 0; i < r->segs && ret >= 0 && !r->late; i++) ret = segment(&v, &r->seg[i]);
  if (ret >= 0 && !r->late && !v.shown->buf[0]) r->status[0] = VID_UNDECODABLE;
  av_frame_free(&v.shown);
  av_frame_unref(r->frm);
  av_packet_unref(r->pkt);
  return ret;
}
