#include "shim.h"
#include <libavutil/imgutils.h>
#include <string.h>

struct EncFile {
  AVCodecContext *cc;
  AVFormatContext *fc;
  AVStream *st;
  AVFrame *frame;
  AVPacket *pkt;
  int memory; // the pb is a dynamic buffer
  int64_t next;
};

// Options make the bytes depend on the pixels alone: one thread, no scene-cut keyframes (so a keyframe every gop frames
// exactly), colours tagged. No macroblock tree: at small sizes x264 (164) reads uninitialised memory there, and the bytes
// differ from run to run.
static int open_codec(EncFile *f, const EncVideo *v) {
  const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
  if (!codec) return ENC_NO_X264;
  AVCodecContext *c = f->cc = avcodec_alloc_context3(codec);
  if (!c) return AVERROR(ENOMEM);
  c->width = v->full_chroma ? v->w : (v->w + 1) & ~1;
  c->height = v->full_chroma ? v->h : (v->h + 1) & ~1;
  c->pix_fmt = v->full_chroma ? AV_PIX_FMT_YUV444P : AV_PIX_FMT_YUV420P;
  c->sample_aspect_ratio = (AVRational){1, 1};
  c->time_base = (AVRational){1, v->fps};
  c->framerate = (AVRational){v->fps, 1};
  c->thread_count = 1;
  c->gop_size = v->gop;
  c->max_b_frames = v->bframes;
  c->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
  c->colorspace = AVCOL_SPC_SMPTE170M;
  c->color_primaries = AVCOL_PRI_SMPTE170M;
  c->color_trc = AVCOL_TRC_SMPTE170M;
  c->color_range = AVCOL_RANGE_MPEG;
  c->chroma_sample_location = v->left ? AVCHROMA_LOC_LEFT : AVCHROMA_LOC_CENTER;
  AVDictionary *d = NULL;
  av_dict_set(&d, "preset", v->preset, 0);
  av_dict_set_int(&d, "crf", v->crf, 0);
  av_dict_set(&d, "sc_threshold", "0", 0);
  // x264 quantises chroma by 6 more in 4:4:4, which is taken back: who asks for full chroma wants its quality
  int ret = av_dict_set(&d, "x264-params", v->full_chroma ? "mbtree=0:chroma-qp-offset=-6" : "mbtree=0", 0);
  if (ret >= 0) ret = avcodec_open2(c, codec, &d);
  if (ret >= 0 && av_dict_count(d) > 0) ret = AVERROR_OPTION_NOT_FOUND;
  av_dict_free(&d);
  return ret;
}

static int open_file(EncFile *f, const EncVideo *v) {
  int ret = avformat_alloc_output_context2(&f->fc, NULL, "mp4", v->path);
  if (ret < 0) return ret;
  f->fc->flags |= AVFMT_FLAG_BITEXACT;
  if (!(f->st = avformat_new_stream(f->fc, NULL))) return AVERROR(ENOMEM);
  if ((ret = avcodec_parameters_from_context(f->st->codecpar, f->cc)) < 0) return ret;
  f->st->time_base = f->cc->time_base; // the muxer refines it, 1/25 becomes 1/12800
  f->st->avg_frame_rate = f->cc->framerate;
  f->memory = !v->path;
  ret = v->path ? avio_open(&f->fc->pb, v->path, AVIO_FLAG_WRITE) : avio_open_dyn_buf(&f->fc->pb);
  if (ret < 0) return ret;
  AVDictionary *d = NULL;
  if (v->path && (ret = av_dict_set(&d, "movflags", "+faststart", 0)) < 0) return ret; // which reads the file again
  ret = avformat_write_header(f->fc, &d);
  av_dict_free(&d);
  return ret;
}

int enc_file_open(const EncVideo *v, EncFile **out) {
  *out = NULL;
  EncFile *f = av_mallocz(sizeof *f);
  if (!f) return AVERROR(ENOMEM);
  int ret = open_codec(f, v);
  if (ret >= 0) ret = open_file(f, v);
  if (ret >= 0 && (!(f->frame = av_frame_alloc()) || !(f->pkt = av_packet_alloc()))) ret = AVERROR(ENOMEM);
  if (ret < 0) {
    enc_file_close(&f);
    return ret;
  }
  *out = f;
  return 0;
}

// Leaves out the text libx264 puts before the first frame, its version and settings. It is one Annex B unit of SEI user data
// ended by the next start code; other packets start with something else and stay as they are.
static void drop_user_data(AVPacket *p) {
  int at = 0;
  while (at < 5 && at < p->size && p->data[at] == 0) at++;
  if (at < 2 || at + 3 > p->size || p->data[at] != 1 || (p->data[at + 1] & 31) != 6 || p->data[at + 2] != 5) return;
  for (int i = at + 3; i + 2 < p->size; i++) {
    if (p->data[i] || p->data[i + 1] || p->data[i + 2] != 1) continue;
    p->data += i;
    p->size -= i;
    return;
  }
}

// Writes every packet the encoder has ready.
static int receive(EncFile *f, const int32_t *stop) {
  for (;;) {
    if (stop && __atomic_load_n(stop, __ATOMIC_RELAXED)) return AVERROR_EXIT;
    int ret = avcodec_receive_packet(f->cc, f->pkt);
    if (ret == AVERROR(EAGAIN) || ret == AVERROR_EOF) return 0;
    if (ret < 0) return ret;
    drop_user_data(f->pkt);
    f->pkt->stream_index = f->st->index;
    f->pkt->duration = 1;
    av_packet_rescale_ts(f->pkt, f->cc->time_base, f->st->time_base);
    ret = av_write_frame(f->fc, f->pkt);
    av_packet_unref(f->pkt);
    if (ret < 0) return ret;
  }
}

// Gives f->frame fresh memory: the encoder may still hold the last frame.
static int fresh(EncFile *f) {
  av_frame_unref(f->frame);
  f->frame->width = f->cc->width;
  f->frame->height = f->cc->height;
  f->frame->format = f->cc->pix_fmt;
  return av_frame_get_buffer(f->frame, 0);
}

static int send(EncFile *f) {
  f->frame->pts = f->next++;
  int ret = avcodec_send_frame(f->cc, f->frame);
  return ret < 0 ? ret : receive(f, NULL);
}

int enc_file_rgb(EncFile *f, const uint8_t *rgb, int w, int h) {
  int ret = fresh(f);
  if (ret >= 0) ret = enc_to_yuv(0, rgb, w, h, f->frame);
  return ret < 0 ? ret : send(f);
}

int enc_file_yuv(EncFile *f, const uint8_t *yuv) {
  uint8_t *data[4];
  int linesize[4];
  int ret = fresh(f);
  if (ret >= 0) ret = av_image_fill_arrays(data, linesize, yuv, f->frame->format, f->frame->width, f->frame->height, 1);
  if (ret < 0) return ret;
  av_image_copy(f->frame->data, f->frame->linesize, (const uint8_t **)data, linesize, f->frame->format, f->frame->width, f->frame->height);
  return send(f);
}

int enc_file_finish(EncFile *f, const int32_t *stop, uint8_t **out, int *size) {
  int ret = avcodec_send_frame(f->cc, NULL);
  if (ret >= 0) ret = receive(f, stop);
  if (ret >= 0) ret = av_write_trailer(f->fc);
  if (ret < 0) return ret;
  if (!f->memory) return avio_closep(&f->fc->pb);
  *size = avio_close_dyn_buf(f->fc->pb, out);
  f->fc->pb = NULL;
  return *out ? 0 : AVERROR(ENOMEM);
}

void enc_file_close(EncFile **file) {
  EncFile *f = *file;
  if (!f) return;
  av_packet_free(&f->pkt);
  av_frame_free(&f->frame);
  if (f->fc && f->fc->pb && f->memory) {
    uint8_t *p = NULL;
    avio_close_dyn_buf(f->fc->pb, &p);
    av_free(p);
  } else if (f->fc) {
    avio_closep(&f->fc->pb); // only on the way out of an error: finish reports its own
  }
  avformat_free_context(f->fc);
  avcodec_free_context(&f->cc);
  av_freep(file);
}
