//go:build cgo && !nodnnl

#include "dnn.h"
#include "kernels.h"
#include "simd.h"

typedef struct { const dnn_shape *d; const void *x; void *out; } job;

// A task is one block of channels of one sample, so n * ceil(c/block) of them.
INLINE int64_t blocks(const dnn_shape *d) { return (d->c + d->block - 1) / d->block; }
INLINE int64_t channels(const dnn_shape *d, int64_t cb) { // of this block
  int64_t left = d->c - cb * d->block;
  return left < d->block ? left : d->block;
}

#define BLOCK(T, t, B) \
  INLINE void in_##t##B(const job *j, int64_t task) { \
    const dnn_shape *d = j->d; \
    int64_t cb = task % blocks(d), n = task / blocks(d), k = channels(d, cb); \
    const float *x = (const float *)j->x + (n * d->c + cb * B) * d->s; \
    T *out = (T *)j->out + task * d->s * B; \
    for (int64_t s = 0; s < d->s; s++) \
      for (int64_t c = 0; c < B; c++) t##_store(out + s * B + c, c < k ? x[c * d->s + s] : 0); \
  } \
  INLINE void out_##t##B(const job *j, int64_t task) { \
    const dnn_shape *d = j->d; \
    int64_t cb = task % blocks(d), n = task / blocks(d), k = channels(d, cb); \
    const T *x = (const T *)j->x + task * d->s * B; \
    float *out = (float *)j->out + (n * d->c + cb * B) * d->s; \
    for (int64_t s0 = 0; s0 < d->s; s0 += 64) /* a tile that stays in the first cache */ \
      for (int64_t c = 0; c < k; c++) \
        for (int64_t s = s0; s < d->s && s < s0 + 64; s++) out[c * d->s + s] = t##_load(x + s * B + c); \
  }
BLOCK(float, f32, 8) BLOCK(float, f32, 16) BLOCK(bf16, bf16, 8) BLOCK(bf16, bf16, 16)

#define RUN(dir) \
  CLONES static void run_##dir(void *arg, int64_t from, int64_t to) { \
    const job *j = arg; \
    for (int64_t i = from; i < to; i++) { \
      if (j->d->bf16) { \
        if (j->d->block == 16) dir##_bf1616(j, i); \
        else dir##_bf168(j, i); \
      } else if (j->d->block == 16) dir##_f3216(j, i); \
      else dir##_f328(j, i); \
    } \
  }
RUN(in) RUN(out)

void dnn_block_in(const dnn_shape *d, const float *x, void *out) {
  job j = {d, x, out};
  dnn_parallel(run_in, &j, d->n * blocks(d));
}
void dnn_block_out(const dnn_shape *d, const void *x, float *out) {
  job j = {d, x, out};
  dnn_parallel(run_out, &j, d->n * blocks(d));
}

// Means over s and their gradient.
CLONES static void mean(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_shape *d = j->d;
  int64_t B = d->block;
  for (int64_t task = from; task < to; task++) {
    int64_t cb = task % blocks(d), n = task / blocks(d);
    for (int64_t c = 0; c < channels(d, cb); c++) {
      double sum = 0;
      if (d->bf16)
        for (int64_t s = 0; s < d->s; s++) sum += from_bf16(((const bf16 *)j->x)[(task * d->s + s) * B + c]);
      else
        for (int64_t s = 0; s < d->s; s++) sum += ((const float *)j->x)[(task * d->s + s) * B + c];
      ((float *)j->out)[n * d->c + cb * B + c] = sum / d->s;
    }
  }
}
CLONES static void mean_grad(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_shape *d = j->d;
  int64_t B = d->block;
  for (int64_t task = from; task < to; task++) {
    int64_t cb = task % blocks(d), n = task / blocks(d);
    float row[16] = {0};
    for (int64_t c = 0; c < channels(d, cb); c++) row[c] = ((const float *)j->x)[n * d->c + cb * B + c] / d->s;
    if (d->bf16)
      for (int64_t i = 0; i < d->s * B; i++) ((bf16 *)j->out)[task * d->s * B + i] = to_bf16(row[i % B]);
    else
      for (int64_t i = 0; i < d->s * B; i++) ((float *)j->out)[task * d->s * B + i] = row[i % B];
  }
}
void dnn_mean(const dnn_shape *d, const void *x, float *out) {
  job j = {d, x, out};
  dnn_parallel(mean, &j, d->n * blocks(d));
}
void dnn_mean_grad(const dnn_shape *d, const float *gy, void *out) {
  job j = {d, gy, out};
  dnn_parallel(mean_grad, &j, d->n * blocks(d));
}

typedef struct { const uint8_t *x; const float (*table)[256]; int64_t s; void *out; } pixels;

#define NORMALIZE(T, t) \
  CLONES static void normalize_##t(void *arg, int64_t from, int64_t to) { \
    const pixels *p = arg; \
    for (int64_t i = from; i < to; i++) { /* a channel of a clip */ \
      const float *level = p->table[i % 3]; \
      const uint8_t *x = p->x + i / 3 * 3 * p->s + i % 3; \
      T *out = (T *)p->out + i * p->s; \
      for (int64_t s = 0; s < p->s; s++) t##_store(out + s, level[x[3 * s]]); \
    } \
  }
NORMALIZE(float, f32) NORMALIZE(bf16, bf16)

void dnn_normalize(int b16, const uint8_t *x, const float table[3][256], int64_t n, int64_t s, void *out) {
  pixels p = {x, table, s, out};
  dnn_parallel(b16 ? normalize_bf16 : normalize_f32, &p, 3 * n);
}
