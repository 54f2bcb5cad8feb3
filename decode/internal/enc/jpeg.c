#include "shim.h"
#include <libavutil/opt.h>
#include <string.h>

void enc_bytes_free(EncBytes *b) {
  av_freep(&b->p);
  b->n = b->cap = 0;
}

static int append(EncBytes *b, const uint8_t *p, int n) {
  if (b->n + n > b->cap) {
    int64_t cap = 2 * b->cap + n;
    uint8_t *q = av_realloc(b->p, cap);
    if (!q) return AVERROR(ENOMEM);
    b->p = q, b->cap = cap;
  }
  memcpy(b->p + b->n, p, n);
  b->n += n;
  return 0;
}

// The quantisation tables of ITU-T T.81, annex K, row by row.
static const uint8_t luma_k[64] = {16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,  14, 13, 16, 24, 40, 57,
                                   69, 56, 14, 17, 22,  29,  51,  87,  80, 62, 18, 22, 37,  56,  68,  109, 103, 77, 24, 35, 55, 64,
                                   81, 104, 113, 92, 49, 64, 78,  87,  103, 121, 120, 101, 72, 92, 95,  98,  112, 100, 103, 99};
static const uint8_t chroma_k[64] = {17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
                                     99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99};

// libjpeg's scale of qualities from 1 to 100.
static uint16_t *table(const uint8_t *k, int quality) {
  uint16_t *m = av_malloc(64 * sizeof *m);
  int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  for (int i = 0; m && i < 64; i++) {
    int v = (k[i] * scale + 50) / 100;
    m[i] = v < 1 ? 1 : v > 255 ? 255 : v;
  }
  return m;
}

static int open_encoder(EncShape s, int quality, int full_chroma, AVCodecContext **cc) {
  const AVCodec *codec = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  if (!codec) return AVERROR_ENCODER_NOT_FOUND;
  AVCodecContext *c = avcodec_alloc_context3(codec);
  if (!(*cc = c)) return AVERROR(ENOMEM);
  c->width = s.w, c->height = s.h;
  c->pix_fmt = full_chroma ? AV_PIX_FMT_YUVJ444P : AV_PIX_FMT_YUVJ420P;
  c->color_range = AVCOL_RANGE_JPEG;
  c->time_base = (AVRational){1, 25};
  c->sample_aspect_ratio = (AVRational){1, 1}; // makes it write the JFIF header
  c->thread_count = 1;
  c->flags |= AV_CODEC_FLAG_QSCALE | AV_CODEC_FLAG_BITEXACT;
  c->dct_algo = FF_DCT_INT;
  c->qmin = 1;
  c->qmax = 31;
  c->global_quality = 8 * FF_QP2LAMBDA; // times an eighth: the tables as they are
  c->intra_matrix = table(luma_k, quality);
  c->chroma_intra_matrix = table(chroma_k, quality);
  if (!c->intra_matrix || !c->chroma_intra_matrix) return AVERROR(ENOMEM);
  return avcodec_open2(c, codec, NULL);
}

int enc_jpeg_write(EncShape s, const uint8_t *rgb, int quality, int full_chroma, EncBytes *out, int64_t *sizes) {
  AVCodecContext *cc = NULL;
  AVFrame *f = av_frame_alloc();
  AVPacket *pkt = av_packet_alloc();
  int ret = f && pkt ? open_encoder(s, quality, full_chroma, &cc) : AVERROR(ENOMEM);
  for (int i = 0; ret >= 0 && i < s.t; i++) {
    if (__atomic_load_n(s.stop, __ATOMIC_RELAXED)) {
      ret = AVERROR_EXIT;
      break;
    }
    av_frame_unref(f); // the encoder may still hold the last one
    f->width = s.w, f->height = s.h, f->format = cc->pix_fmt, f->color_range = AVCOL_RANGE_JPEG;
    f->quality = cc->global_quality;
    f->pts = i;
    if ((ret = av_frame_get_buffer(f, 0)) < 0) break;
    if ((ret = enc_to_yuv(1, rgb + (size_t)3 * s.w * s.h * i, s.w, s.h, f)) < 0) break;
    if ((ret = avcodec_send_frame(cc, f)) < 0) break;
    if ((ret = avcodec_receive_packet(cc, pkt)) < 0) break;
    ret = append(out, pkt->data, pkt->size);
    sizes[i] = pkt->size;
    av_packet_unref(pkt);
  }
  av_frame_free(&f);
  av_packet_free(&pkt);
  avcodec_free_context(&cc);
  return ret < 0 ? ret : 0;
}

static int read_one(AVCodecContext *cc, AVPacket *pkt, AVFrame *f, EncShape s, const uint8_t *data, int64_t size, uint8_t *rgb) {
  // the decoder makes do with a picture that is cut off
  if (size < 4 || size > INT32_MAX - AV_INPUT_BUFFER_PADDING_SIZE || data[0] != 0xff || data[1] != 0xd8 || data[size - 2] != 0xff || data[size - 1] != 0xd9) return ENC_DAMAGED;
  int ret = av_new_packet(pkt, size); // a copy with the padding that decoders read into
  if (ret < 0) return ret;
  memcpy(pkt->data, data, size);
  ret = avcodec_send_packet(cc, pkt);
  av_packet_unref(pkt);
  if (ret < 0) return ret;
  if ((ret = avcodec_receive_frame(cc, f)) < 0) return ret;
  if (f->decode_error_flags || f->flags & AV_FRAME_FLAG_CORRUPT) return ENC_DAMAGED;
  if (f->width != s.w || f->height != s.h) return ENC_SIZE;
  if (f->format != AV_PIX_FMT_YUVJ420P && f->format != AV_PIX_FMT_YUVJ444P) return ENC_FORMAT;
  return enc_to_rgb(1, f, s.w, s.h, rgb);
}

int enc_jpeg_read(EncShape s, const uint8_t *data, const int32_t *offsets, uint8_t *rgb, int *frame) {
  const AVCodec *codec = avcodec_find_decoder(AV_CODEC_ID_MJPEG);
  AVCodecContext *cc = codec ? avcodec_alloc_context3(codec) : NULL;
  AVFrame *f = av_frame_alloc();
  AVPacket *pkt = av_packet_alloc();
  int ret = codec ? 0 : AVERROR_DECODER_NOT_FOUND;
  if (ret == 0 && (!cc || !f || !pkt)) ret = AVERROR(ENOMEM);
  if (ret == 0) {
    cc->thread_count = 1;
    cc->err_recognition = AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_CRCCHECK;
    cc->max_pixels = (int64_t)(s.w + 64) * (s.h + 64); // nothing larger is allocated
    cc->flags |= AV_CODEC_FLAG_BITEXACT;
    ret = avcodec_open2(cc, codec, NULL);
  }
  for (int i = 0; ret >= 0 && i < s.t; i++) {
    *frame = i;
    if (__atomic_load_n(s.stop, __ATOMIC_RELAXED)) {
      ret = AVERROR_EXIT;
      break;
    }
    ret = read_one(cc, pkt, f, s, data + offsets[i], (int64_t)offsets[i + 1] - offsets[i], rgb + (size_t)3 * s.w * s.h * i);
  }
  av_frame_free(&f);
  av_packet_free(&pkt);
  avcodec_free_context(&cc);
  return ret < 0 ? ret : 0;
}
