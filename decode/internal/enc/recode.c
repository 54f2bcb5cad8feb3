#include "shim.h"

typedef struct {
  EncShape s;
  uint8_t *rgb;
  AVCodecContext *enc, *dec;
  AVFrame *in, *out;
  AVPacket *pkt;
  int frames; // decoded
} Recoder;

static int open_encoder(Recoder *r, const EncRecode *v) {
  const AVCodec *codec = avcodec_find_encoder_by_name(v->encoder);
  if (!codec) return ENC_NO_ENCODER;
  AVCodecContext *c = r->enc = avcodec_alloc_context3(codec);
  if (!c) return AVERROR(ENOMEM);
  const int least = 16; // for HEVC
  c->width = r->s.w < least ? least : (r->s.w + 1) & ~1;
  c->height = r->s.h < least ? least : (r->s.h + 1) & ~1;
  c->pix_fmt = AV_PIX_FMT_YUV420P;
  c->sample_aspect_ratio = (AVRational){1, 1};
  c->time_base = (AVRational){1, v->fps};
  c->framerate = (AVRational){v->fps, 1};
  c->thread_count = 1;
  c->flags |= AV_CODEC_FLAG_BITEXACT;
  c->colorspace = AVCOL_SPC_SMPTE170M;
  c->color_range = AVCOL_RANGE_MPEG;
  if (v->qscale > 0) {
    c->flags |= AV_CODEC_FLAG_QSCALE;
    c->global_quality = v->qscale * FF_QP2LAMBDA;
    c->qmin = 1;
  }
  if (v->bit_rate > 0) c->bit_rate = c->rc_max_rate = v->bit_rate, c->rc_buffer_size = v->bit_rate;
  AVDictionary *d = NULL;
  int ret = av_dict_parse_string(&d, v->options, "=", " ", 0);
  if (ret >= 0 && v->crf >= 0) ret = av_dict_set_int(&d, "crf", v->crf, 0);
  if (ret >= 0) ret = avcodec_open2(c, codec, &d);
  if (ret >= 0 && av_dict_count(d) > 0) ret = AVERROR_OPTION_NOT_FOUND;
  av_dict_free(&d);
  return ret;
}

static int open_decoder(Recoder *r) {
  const AVCodec *codec = avcodec_find_decoder(r->enc->codec_id);
  if (!codec) return AVERROR_DECODER_NOT_FOUND;
  if (!(r->dec = avcodec_alloc_context3(codec))) return AVERROR(ENOMEM);
  r->dec->thread_count = 1;
  r->dec->pkt_timebase = r->enc->time_base;
  return avcodec_open2(r->dec, codec, NULL);
}

// Takes every frame that the decoder has ready. Frame k comes after frame k has been encoded, so it takes its place.
static int decoded(Recoder *r) {
  for (;;) {
    int ret = avcodec_receive_frame(r->dec, r->out);
    if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
    if (ret < 0) return ret;
    const AVFrame *f = r->out;
    if (f->decode_error_flags || f->flags & AV_FRAME_FLAG_CORRUPT) return ENC_DAMAGED;
    if (f->format != AV_PIX_FMT_YUV420P) return ENC_FORMAT;
    if (f->width != r->enc->width || f->height != r->enc->height) return ENC_SIZE;
    if (r->frames == r->s.t) return ENC_FRAMES;
    if ((ret = enc_to_rgb(0, f, r->s.w, r->s.h, r->rgb + (size_t)3 * r->s.w * r->s.h * r->frames)) < 0) return ret;
    r->frames++;
  }
}

// Decodes every packet that the encoder has ready.
static int encoded(Recoder *r) {
  for (;;) {
    if (__atomic_load_n(r->s.stop, __ATOMIC_RELAXED)) return AVERROR_EXIT;
    int ret = avcodec_receive_packet(r->enc, r->pkt);
    if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
    if (ret >= 0) ret = avcodec_send_packet(r->dec, r->pkt);
    av_packet_unref(r->pkt);
    if (ret >= 0) ret = decoded(r);
    if (ret < 0) return ret;
  }
}

static int encode(Recoder *r, int t) {
  AVFrame *f = r->in;
  av_frame_unref(f); // the encoder may still hold the last one
  f->width = r->enc->width;
  f->height = r->enc->height;
  f->format = r->enc->pix_fmt;
  f->pts = t;
  f->quality = r->enc->global_quality;
  int ret = av_frame_get_buffer(f, 0);
  if (ret >= 0) ret = enc_to_yuv(0, r->rgb + (size_t)3 * r->s.w * r->s.h * t, r->s.w, r->s.h, f);
  if (ret >= 0) ret = avcodec_send_frame(r->enc, f);
  return ret < 0 ? ret : encoded(r);
}

int enc_recode(EncShape s, const EncRecode *v, uint8_t *rgb) {
  Recoder r = {.s = s, .rgb = rgb, .in = av_frame_alloc(), .out = av_frame_alloc(), .pkt = av_packet_alloc()};
  int ret = r.in && r.out && r.pkt ? open_encoder(&r, v) : AVERROR(ENOMEM);
  if (ret >= 0) ret = open_decoder(&r);
  for (int t = 0; ret >= 0 && t < s.t; t++) ret = encode(&r, t);
  if (ret >= 0) ret = avcodec_send_frame(r.enc, NULL);
  if (ret >= 0) ret = encoded(&r);
  if (ret >= 0) ret = avcodec_send_packet(r.dec, NULL);
  if (ret >= 0) ret = decoded(&r);
  if (ret >= 0 && r.frames != s.t) ret = ENC_FRAMES;
  avcodec_free_context(&r.enc);
  avcodec_free_context(&r.dec);
  av_frame_free(&r.in);
  av_frame_free(&r.out);
  av_packet_free(&r.pkt);
  return ret < 0 ? ret : 0;
}
