#include "shim.h"
#include <libavutil/pixdesc.h>
#include <string.h>

// Loops over whole rows that the compiler turns into vector code, for the processor it runs on where that can be chosen.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define VECTOR __attribute__((target_clones("avx2", "default")))
#else
#define VECTOR
#endif

#define FIX(x, bits) ((int32_t)((x) * (1 << (bits)) + ((x) < 0 ? -0.5 : 0.5)))
#define KR 0.299
#define KB 0.114
#define KG (1 - KR - KB)

static inline uint8_t clip8(int32_t v) { return v < 0 ? 0 : v > 255 ? 255 : v; }

typedef struct {
  int32_t yr, yg, yb, y0; // 16 bits of fraction
  int32_t ur, ug, ub, vr, vg, vb;
} Forward;

static Forward forward(int full) {
  if (full)
    return (Forward){FIX(KR, 16), FIX(KG, 16), FIX(KB, 16), 0,
                     FIX(-KR / (2 - 2 * KB), 16), FIX(-KG / (2 - 2 * KB), 16), FIX(.5, 16),
                     FIX(.5, 16), FIX(-KG / (2 - 2 * KR), 16), FIX(-KB / (2 - 2 * KR), 16)};
  const double y = 219. / 255, c = 224. / 255;
  return (Forward){FIX(KR *y, 16), FIX(KG *y, 16), FIX(KB *y, 16), 16,
                   FIX(-KR / (2 - 2 * KB) * c, 16), FIX(-KG / (2 - 2 * KB) * c, 16), FIX(.5 * c, 16),
                   FIX(.5 * c, 16), FIX(-KG / (2 - 2 * KR) * c, 16), FIX(-KB / (2 - 2 * KR) * c, 16)};
}

// Takes a row apart into planes of pw columns, the last column repeated.
VECTOR static void split(const uint8_t *restrict rgb, int w, int pw, uint8_t *restrict r, uint8_t *restrict g, uint8_t *restrict b) {
  for (int x = 0; x < w; x++) r[x] = rgb[3 * x], g[x] = rgb[3 * x + 1], b[x] = rgb[3 * x + 2];
  for (int x = w; x < pw; x++) r[x] = r[w - 1], g[x] = g[w - 1], b[x] = b[w - 1];
}

VECTOR static void luma(Forward k, const uint8_t *restrict r, const uint8_t *restrict g, const uint8_t *restrict b, int n, uint8_t *restrict y) {
  for (int x = 0; x < n; x++) y[x] = clip8(((k.yr * r[x] + k.yg * g[x] + k.yb * b[x] + (1 << 15)) >> 16) + k.y0);
}

VECTOR static void chroma(Forward k, const int16_t *restrict r, const int16_t *restrict g, const int16_t *restrict b, int n, int shift,
                          uint8_t *restrict u, uint8_t *restrict v) {
  const int32_t half = 1 << (shift - 1);
  for (int x = 0; x < n; x++) {
    u[x] = clip8(((k.ur * r[x] + k.ug * g[x] + k.ub * b[x] + half) >> shift) + 128);
    v[x] = clip8(((k.vr * r[x] + k.vg * g[x] + k.vb * b[x] + half) >> shift) + 128);
  }
}

// Sums squares of two by two.
VECTOR static void shrink(const uint8_t *restrict a, const uint8_t *restrict b, int n, int16_t *restrict out) {
  for (int x = 0; x < n; x++) out[x] = a[2 * x] + a[2 * x + 1] + b[2 * x] + b[2 * x + 1];
}

VECTOR static void widen(const uint8_t *restrict a, int n, int16_t *restrict out) {
  for (int x = 0; x < n; x++) out[x] = a[x];
}

int enc_to_yuv(int full, const uint8_t *rgb, int w, int h, AVFrame *f) {
  const Forward k = forward(full);
  const int half = av_pix_fmt_desc_get(f->format)->log2_chroma_w, cw = (f->width + half) >> half, pw = cw << half;
  uint8_t *rows = av_malloc((size_t)7 * pw); // two rows of three planes, and one of luma, which may be wider than the frame's
  int16_t *sum = av_malloc((size_t)3 * cw * sizeof *sum);
  for (int y = 0; rows && sum && y < f->height; y += 1 + half) {
    for (int i = 0; i <= half; i++) {
      uint8_t *r = rows + (size_t)3 * pw * i, *line = rows + (size_t)6 * pw;
      int from = y + i < h ? y + i : h - 1;
      split(rgb + (size_t)3 * w * from, w, pw, r, r + pw, r + 2 * pw);
      if (y + i == f->height) break; // the second row of a square of which the picture has one
      luma(k, r, r + pw, r + 2 * pw, pw, line);
      memcpy(f->data[0] + (ptrdiff_t)(y + i) * f->linesize[0], line, f->width);
    }
    for (int p = 0; p < 3; p++) {
      if (half)
        shrink(rows + (size_t)p * pw, rows + (size_t)(3 + p) * pw, cw, sum + (size_t)p * cw);
      else
        widen(rows + (size_t)p * pw, cw, sum + (size_t)p * cw);
    }
    ptrdiff_t at = y >> half;
    chroma(k, sum, sum + cw, sum + 2 * cw, cw, half ? 18 : 16, f->data[1] + at * f->linesize[1], f->data[2] + at * f->linesize[2]);
  }
  int ret = rows && sum ? 0 : AVERROR(ENOMEM);
  av_free(rows);
  av_free(sum);
  return ret;
}

typedef struct {
  int32_t y, y0, rv, gu, gv, bu; // 16 bits of fraction
} Inverse;

static Inverse inverse(int full) {
  const double y = full ? 1 : 255. / 219, c = full ? 1 : 255. / 224;
  return (Inverse){FIX(y, 16), full ? 0 : 16, FIX((2 - 2 * KR) * c, 16), FIX(-KB * (2 - 2 * KB) / KG * c, 16),
                   FIX(-KR * (2 - 2 * KR) / KG * c, 16), FIX((2 - 2 * KB) * c, 16)};
}

// Repeats every sample.
VECTOR static void stretch(const uint8_t *restrict in, int n, uint8_t *restrict out) {
  for (int x = 0; x < n; x++) out[2 * x] = out[2 * x + 1] = in[x];
}

VECTOR static void merge(Inverse k, const uint8_t *restrict y, const uint8_t *restrict u, const uint8_t *restrict v, int n, uint8_t *restrict r,
                         uint8_t *restrict g, uint8_t *restrict b) {
  for (int x = 0; x < n; x++) {
    int32_t l = (y[x] - k.y0) * k.y + (1 << 15), cu = u[x] - 128, cv = v[x] - 128;
    r[x] = clip8((l + k.rv * cv) >> 16);
    g[x] = clip8((l + k.gu * cu + k.gv * cv) >> 16);
    b[x] = clip8((l + k.bu * cu) >> 16);
  }
}

VECTOR static void join(const uint8_t *restrict r, const uint8_t *restrict g, const uint8_t *restrict b, int n, uint8_t *restrict rgb) {
  for (int x = 0; x < n; x++) rgb[3 * x] = r[x], rgb[3 * x + 1] = g[x], rgb[3 * x + 2] = b[x];
}

int enc_to_rgb(int full, const AVFrame *f, int w, int h, uint8_t *rgb) {
  const Inverse k = inverse(full);
  const int half = av_pix_fmt_desc_get(f->format)->log2_chroma_w, cw = (f->width + half) >> half;
  uint8_t *rows = av_malloc((size_t)3 * w + (size_t)4 * cw);
  if (!rows) return AVERROR(ENOMEM);
  uint8_t *r = rows, *g = r + w, *b = g + w, *wide = b + w;
  for (int y = 0; y < h; y++) {
    const uint8_t *c[2];
    for (int p = 0; p < 2; p++) {
      c[p] = f->data[1 + p] + (ptrdiff_t)(y >> half) * f->linesize[1 + p];
      if (!half || y & 1) continue; // an odd row has the chroma of the one before
      stretch(c[p], cw, wide + (size_t)2 * cw * p);
    }
    if (half) c[0] = wide, c[1] = wide + 2 * cw;
    merge(k, f->data[0] + (ptrdiff_t)y * f->linesize[0], c[0], c[1], w, r, g, b);
    join(r, g, b, w, rgb + (size_t)3 * w * y);
  }
  av_free(rows);
  return 0;
}
