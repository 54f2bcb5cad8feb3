#include "shim.h"
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <string.h>

#define FLAGS SWS_BILINEAR
#define ALIGN 64

void vid_conv_init(VidConv *c, VidView v) { *c = (VidConv){.v = v, .src_w = -1}; }

void vid_conv_free(VidConv *c) {
  sws_freeContext(c->a);
  sws_freeContext(c->b);
  av_freep(&c->full);
  av_freep(&c->tmp);
  c->a = c->b = NULL;
  c->src_w = -1;
}

static int stride_of(int w) { return (3 * w + ALIGN - 1) / ALIGN * ALIGN; }

// A context set up the way FFmpeg's scale filter does it, so that a full-size result equals the command line's.
static struct SwsContext *context(const AVFrame *f, int w, int h, int dst_w, int dst_h) {
  struct SwsContext *s = sws_alloc_context();
  if (!s) return NULL;
  const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
  av_opt_set_int(s, "srcw", w, 0);
  av_opt_set_int(s, "srch", h, 0);
  av_opt_set_int(s, "src_format", f->format, 0);
  av_opt_set_int(s, "dstw", dst_w, 0);
  av_opt_set_int(s, "dsth", dst_h, 0);
  av_opt_set_int(s, "dst_format", AV_PIX_FMT_RGB24, 0);
  av_opt_set_int(s, "sws_flags", FLAGS, 0);
  if (f->color_range != AVCOL_RANGE_UNSPECIFIED) av_opt_set_int(s, "src_range", f->color_range == AVCOL_RANGE_JPEG, 0);
  if (d && d->log2_chroma_w == 1 && d->log2_chroma_h == 1) av_opt_set_int(s, "src_v_chr_pos", 128, 0);
  if (sws_init_context(s, NULL, NULL) < 0) {
    sws_freeContext(s);
    return NULL;
  }
  int *inv, *tab, in_full, out_full, brightness, contrast, saturation;
  if (sws_getColorspaceDetails(s, &inv, &in_full, &tab, &out_full, &brightness, &contrast, &saturation) >= 0) {
    const int *coeff = f->colorspace == AVCOL_SPC_UNSPECIFIED ? inv : sws_getCoefficients(f->colorspace);
    if (f->color_range != AVCOL_RANGE_UNSPECIFIED) in_full = f->color_range == AVCOL_RANGE_JPEG;
    sws_setColorspaceDetails(s, coeff, in_full, coeff, out_full, brightness, contrast, saturation);
  }
  return s;
}

// Whether the region begins on a whole sample of every plane, so that planes can be cut by moving their pointers.
static int cuttable(const AVFrame *f, const VidView *v) {
  const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
  if (!d || d->flags & (AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_BAYER | AV_PIX_FMT_FLAG_HWACCEL)) return 0;
  int mx = (1 << d->log2_chroma_w) - 1, my = (1 << d->log2_chroma_h) - 1;
  if (v->x & mx || v->y & my) return 0;
  // a region that ends inside a chroma sample is fine only at the frame's own edge
  return (!(v->w & mx) || v->x + v->w == f->width) && (!(v->h & my) || v->y + v->h == f->height);
}

static void cut(const AVFrame *f, const VidView *v, const uint8_t *src[4]) {
  const AVPixFmtDescriptor *d = av_pix_fmt_desc_get(f->format);
  int step[4];
  av_image_fill_max_pixsteps(step, NULL, d);
  for (int i = 0; i < 4; i++) {
    src[i] = f->data[i];
    if (!src[i] || (i == 1 && d->flags & AV_PIX_FMT_FLAG_PAL)) continue;
    int chroma = i == 1 || i == 2;
    int x = chroma ? v->x >> d->log2_chroma_w : v->x, y = chroma ? v->y >> d->log2_chroma_h : v->y;
    src[i] += (ptrdiff_t)y * f->linesize[i] + (ptrdiff_t)x * step[i];
  }
}

static int prepare(VidConv *c, const AVFrame *f) {
  if (c->src_w == f->width && c->src_h == f->height && c->fmt == f->format && c->cs == f->colorspace && c->range == f->color_range) return 0;
  vid_conv_free(c);
  const VidView *v = &c->v;
  c->tmp_w = v->transpose ? v->out_h : v->out_w;
  c->tmp_h = v->transpose ? v->out_w : v->out_h;
  c->tmp_stride = stride_of(c->tmp_w);
  c->direct = cuttable(f, v);
  if (c->direct) {
    c->a = context(f, v->w, v->h, c->tmp_w, c->tmp_h);
  } else {
    AVFrame rgb = {.format = AV_PIX_FMT_RGB24, .color_range = AVCOL_RANGE_UNSPECIFIED, .colorspace = AVCOL_SPC_UNSPECIFIED};
    c->full_stride = stride_of(f->width);
    c->a = context(f, f->width, f->height, f->width, f->height);
    c->b = context(&rgb, v->w, v->h, c->tmp_w, c->tmp_h);
    c->full = av_malloc((size_t)c->full_stride * f->height + ALIGN);
    if (!c->b || !c->full) return AVERROR(ENOMEM);
  }
  c->tmp = av_malloc((size_t)c->tmp_stride * c->tmp_h + ALIGN); // sws_scale may write past the end of the last row
  if (!c->a || !c->tmp) return AVERROR(ENOMEM);
  c->src_w = f->width, c->src_h = f->height, c->fmt = f->format, c->cs = f->colorspace, c->range = f->color_range;
  return 0;
}

static void orient(const VidConv *c, uint8_t *out) {
  const VidView *v = &c->v;
  ptrdiff_t dx = v->transpose ? c->tmp_stride : 3, dy = v->transpose ? 3 : c->tmp_stride;
  const uint8_t *p = c->tmp;
  if (v->fx) p += dx * (v->out_w - 1), dx = -dx;
  if (v->fy) p += dy * (v->out_h - 1), dy = -dy;
  for (int y = 0; y < v->out_h; y++, p += dy) {
    if (dx == 3) {
      memcpy(out, p, (size_t)3 * v->out_w);
      out += 3 * v->out_w;
      continue;
    }
    const uint8_t *q = p;
    for (int x = 0; x < v->out_w; x++, q += dx, out += 3) out[0] = q[0], out[1] = q[1], out[2] = q[2];
  }
}

int vid_conv_run(VidConv *c, const AVFrame *f, uint8_t *out) {
  int ret = prepare(c, f);
  if (ret < 0) return ret;
  const VidView *v = &c->v;
  // rows that are whole 16-byte blocks can be written in place; others go through an aligned buffer
  int in_place = !v->transpose && !v->fx && !v->fy && (3 * v->out_w) % 16 == 0 && (uintptr_t)out % 16 == 0;
  uint8_t *dst[4] = {in_place ? out : c->tmp};
  int dst_stride[4] = {in_place ? 3 * v->out_w : c->tmp_stride};
  if (c->direct) {
    const uint8_t *src[4];
    cut(f, v, src);
    ret = sws_scale(c->a, src, f->linesize, 0, v->h, dst, dst_stride);
  } else {
    uint8_t *full[4] = {c->full};
    int full_stride[4] = {c->full_stride};
    ret = sws_scale(c->a, (const uint8_t *const *)f->data, f->linesize, 0, f->height, full, full_stride);
    if (ret < 0) return ret;
    const uint8_t *src[4] = {c->full + (ptrdiff_t)v->y * c->full_stride + 3 * v->x};
    ret = sws_scale(c->b, src, full_stride, 0, v->h, dst, dst_stride);
  }
  if (ret < 0) return ret;
  if (!in_place) orient(c, out);
  return 0;
}
