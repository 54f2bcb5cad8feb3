#include "shim.h"
#include <string.h>

typedef struct {
  const uint8_t *p;
  int64_t n, at;
} Memory;

static int read_memory(void *opaque, uint8_t *buf, int n) {
  Memory *m = opaque;
  if (m->at >= m->n) return AVERROR_EOF;
  if (n > m->n - m->at) n = m->n - m->at;
  memcpy(buf, m->p + m->at, n);
  m->at += n;
  return n;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence) {
  Memory *m = opaque;
  switch (whence & ~AVSEEK_FORCE) {
  case AVSEEK_SIZE: return m->n;
  case SEEK_SET: break;
  case SEEK_CUR: offset += m->at; break;
  case SEEK_END: offset += m->n; break;
  default: return AVERROR(EINVAL);
  }
  if (offset < 0 || offset > m->n) return AVERROR(EINVAL);
  return m->at = offset;
}

// A file in memory refers to no other file.
static int refuse(AVFormatContext *fc, AVIOContext **pb, const char *url, int flags, AVDictionary **options) { return AVERROR(EACCES); }

static int interrupted(void *stop) { return __atomic_load_n((const int32_t *)stop, __ATOMIC_RELAXED) != 0; }

static int open_memory(Memory *m, const int32_t *stop, AVFormatContext **out) {
  const AVInputFormat *mp4 = av_find_input_format("mp4");
  uint8_t *buf = av_malloc(1 << 15);
  AVFormatContext *fc = avformat_alloc_context();
  AVIOContext *pb = buf ? avio_alloc_context(buf, 1 << 15, 0, m, read_memory, NULL, seek_memory) : NULL;
  if (!mp4 || !fc || !pb) {
    if (pb) avio_context_free(&pb);
    av_free(buf);
    avformat_free_context(fc);
    return mp4 ? AVERROR(ENOMEM) : AVERROR_DEMUXER_NOT_FOUND;
  }
  fc->pb = pb;
  fc->io_open = refuse;
  fc->interrupt_callback = (AVIOInterruptCB){interrupted, (void *)stop};
  fc->max_streams = 1;
  int ret = avformat_open_input(&fc, NULL, mp4, NULL);
  if (ret < 0) { // which has freed fc, but not our pb
    av_freep(&pb->buffer);
    avio_context_free(&pb);
    return ret;
  }
  *out = fc;
  return 0;
}

static void close_memory(AVFormatContext **fc) {
  if (!*fc) return;
  AVIOContext *pb = (*fc)->pb;
  avformat_close_input(fc);
  av_freep(&pb->buffer);
  avio_context_free(&pb);
}

static int open_decoder(const AVStream *st, EncShape s, AVCodecContext **out) {
  const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_H264);
  if (!codec) return AVERROR_DECODER_NOT_FOUND;
  AVCodecContext *cc = *out = avcodec_alloc_context3(codec);
  if (!cc) return AVERROR(ENOMEM);
  int ret = avcodec_parameters_to_context(cc, st->codecpar);
  if (ret < 0) return ret;
  cc->thread_count = 1; // with more, damaged streams decode differently from run to run
  cc->err_recognition = AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_CRCCHECK;
  cc->max_pixels = (int64_t)(s.w + 64) * (s.h + 64); // nothing larger is allocated
  return avcodec_open2(cc, codec, NULL);
}

// Takes every frame the decoder has ready.
static int receive(AVCodecContext *cc, AVFrame *f, EncShape s, uint8_t *rgb, int *frames) {
  for (;;) {
    int ret = avcodec_receive_frame(cc, f);
    if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
    if (ret < 0) return ret;
    if (f->decode_error_flags || f->flags & AV_FRAME_FLAG_CORRUPT) return ENC_DAMAGED;
    int half = f->format == AV_PIX_FMT_YUV420P;
    if (!half && f->format != AV_PIX_FMT_YUV444P) return ENC_FORMAT;
    if (f->colorspace != AVCOL_SPC_SMPTE170M || f->color_range != AVCOL_RANGE_MPEG) return ENC_FORMAT;
    if (f->width != ((s.w + half) & ~half) || f->height != ((s.h + half) & ~half)) return ENC_SIZE;
    if (*frames == s.t) return ENC_FRAMES;
    if ((ret = enc_to_rgb(0, f, s.w, s.h, rgb + (size_t)3 * s.w * s.h * *frames)) < 0) return ret;
    ++*frames;
  }
}

int enc_file_read(EncShape s, const uint8_t *data, int64_t size, uint8_t *rgb, int *frames) {
  Memory m = {data, size, 0};
  AVFormatContext *fc = NULL;
  AVCodecContext *cc = NULL;
  AVFrame *f = av_frame_alloc();
  AVPacket *pkt = av_packet_alloc();
  int ret = f && pkt ? open_memory(&m, s.stop, &fc) : AVERROR(ENOMEM);
  if (ret >= 0 && (fc->nb_streams != 1 || fc->streams[0]->codecpar->codec_id != AV_CODEC_ID_H264)) ret = ENC_FORMAT;
  if (ret >= 0) ret = open_decoder(fc->streams[0], s, &cc);
  *frames = 0;
  while (ret >= 0) {
    if (interrupted((void *)s.stop)) {
      ret = AVERROR_EXIT;
      break;
    }
    ret = av_read_frame(fc, pkt);
    if (ret == AVERROR_EOF) {
      ret = avcodec_send_packet(cc, NULL);
      if (ret >= 0) ret = receive(cc, f, s, rgb, frames);
      if (ret >= 0 && *frames != s.t) ret = ENC_FRAMES;
      break;
    }
    if (ret < 0) break;
    ret = pkt->flags & AV_PKT_FLAG_CORRUPT ? ENC_DAMAGED : avcodec_send_packet(cc, pkt);
    av_packet_unref(pkt);
    if (ret >= 0) ret = receive(cc, f, s, rgb, frames);
  }
  av_frame_free(&f);
  av_packet_free(&pkt);
  avcodec_free_context(&cc);
  close_memory(&fc);
  return ret < 0 ? ret : 0;
}
