#include "shim.h"

static int interrupted(void *flag) { return __atomic_load_n((int *)flag, __ATOMIC_RELAXED); }

void vid_set_interrupt(AVFormatContext *fc, int *flag) {
  fc->interrupt_callback = (AVIOInterruptCB){interrupted, flag};
}

int vid_is_cover(AVFormatContext *fc, int i) { return !!(fc->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC); }

int vid_best_video(AVFormatContext *fc) {
  int i = av_find_best_stream(fc, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
  return i >= 0 && vid_is_cover(fc, i) ? AVERROR_STREAM_NOT_FOUND : i;
}

void vid_keep_only(AVFormatContext *fc, int stream) {
  for (unsigned i = 0; i < fc->nb_streams; i++)
    fc->streams[i]->discard = (int)i == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

int vid_delay(AVFormatContext *fc, int i) { return fc->streams[i]->codecpar->video_delay; }

const uint8_t *vid_display_matrix(AVFormatContext *fc, int i, int *size) {
#if LIBAVCODEC_VERSION_MAJOR < 61
  size_t n = 0;
  const uint8_t *p = av_stream_get_side_data(fc->streams[i], AV_PKT_DATA_DISPLAYMATRIX, &n);
#else
  const AVCodecParameters *par = fc->streams[i]->codecpar;
  const AVPacketSideData *sd = av_packet_side_data_get(par->coded_side_data, par->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  const uint8_t *p = sd ? sd->data : NULL;
  size_t n = sd ? sd->size : 0;
#endif
  *size = (int)n;
  return p;
}

int64_t vid_bytes_read(AVFormatContext *fc) { return fc && fc->pb ? fc->pb->bytes_read : 0; }

static int grow(VidIndex *ix) {
  if (ix->n < ix->cap) return 0;
  int64_t cap = ix->cap ? ix->cap * 2 : 512;
  VidPacket *p = av_realloc_array(ix->p, cap, sizeof *p);
  if (p) ix->p = p;
  AVPacket **kept = p && ix->limit > 0 ? av_realloc_array(ix->kept, cap, sizeof *kept) : NULL;
  if (kept) ix->kept = kept;
  if (!p || (ix->limit > 0 && !kept)) return AVERROR(ENOMEM);
  ix->cap = cap;
  return 0;
}

static void drop(VidIndex *ix, int64_t n) {
  for (int64_t i = 0; ix->kept && i < n; i++) av_packet_free(&ix->kept[i]);
  av_freep(&ix->kept);
  ix->limit = 0;
}

static int add(VidIndex *ix, AVPacket *pkt, int flags) {
  int ret = grow(ix);
  if (ret < 0) return ret;
  ix->p[ix->n] = (VidPacket){pkt->pts, pkt->dts, pkt->pos, flags, pkt->size};
  ix->bytes += pkt->size;
  if (ix->limit > 0 && ix->bytes > ix->limit) drop(ix, ix->n);
  if (ix->limit > 0) {
    if (!(ix->kept[ix->n] = av_packet_alloc())) return AVERROR(ENOMEM);
    av_packet_move_ref(ix->kept[ix->n], pkt);
  }
  ix->n++;
  return 0;
}

int vid_scan(AVFormatContext *fc, int stream, AVPacket *pkt, const int *interrupt, VidIndex *ix) {
  for (;;) {
    if (interrupted((void *)interrupt)) return AVERROR_EXIT;
    int ret = av_read_frame(fc, pkt);
    if (ret == AVERROR(EAGAIN)) continue;
    if (ret < 0) return ret == AVERROR_EOF ? 0 : ret;
    if (pkt->stream_index == stream) {
      int flags = pkt->flags;
      // a VP8 packet may hold a reference frame that is never shown
      if (fc->streams[stream]->codecpar->codec_id == AV_CODEC_ID_VP8 && pkt->size > 0 && !(pkt->data[0] & 0x10))
        flags |= AV_PKT_FLAG_DISCARD;
      ret = add(ix, pkt, flags);
    }
    av_packet_unref(pkt);
    if (ret < 0) return ret;
  }
}

void vid_index_free(VidIndex *ix) {
  drop(ix, ix->n);
  av_freep(&ix->p);
  *ix = (VidIndex){0};
}

void vid_codec_setup(AVCodecContext *cc, AVRational pkt_timebase, int reorder, int64_t max_pixels) {
  if (max_pixels > 0) cc->max_pixels = max_pixels;
  cc->thread_count = 1; // damaged streams decode differently from run to run with more
  cc->pkt_timebase = pkt_timebase;
  if (reorder > cc->has_b_frames) cc->has_b_frames = reorder;
}
