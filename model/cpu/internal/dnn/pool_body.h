// The loops of pool.c for one type T of elements and B channels in a block. Included several times.
#include "vector_body.h"

// largest returns the largest values of a window, and their places.
INLINE V NAME(largest)(const dnn_pool *d, const T *x, int64_t o0, int64_t o1, int64_t o2, I *places) {
  int64_t f0, t0, f1, t1, f2, t2;
  clip(d, 0, o0, &f0, &t0), clip(d, 1, o1, &f1, &t1), clip(d, 2, o2, &f2, &t2);
  int first = 1;
  V best = {0};
  I place = {0};
  for (int64_t a = f0; a < t0; a++)
    for (int64_t b = f1; b < t1; b++)
      for (int64_t c = f2; c < t2; c++) {
        int32_t at = (a * d->in[1] + b) * d->in[2] + c;
        V v = LOAD(x + (int64_t)at * B);
        I better = (I)((v > best) | (v != v));
        if (first) better = better | -1;
        best = (V)(((I)v & better) | ((I)best & ~better));
        place = (better & at) | (place & ~better);
        first = 0;
      }
  *places = place;
  return best;
}

INLINE V NAME(larger)(V v, V best) { // v where it is, or is NaN
  I better = (I)((v > best) | (v != v));
  return (V)(((I)v & better) | ((I)best & ~better));
}

// columns sets max[i] to the largest values of column from+i of x under the windows at o0, o1.
INLINE void NAME(columns)(const dnn_pool *d, const T *x, int64_t o0, int64_t o1, int64_t from, int64_t to, float *max) {
  int64_t f0, t0, f1, t1;
  clip(d, 0, o0, &f0, &t0), clip(d, 1, o1, &f1, &t1);
  for (int64_t a = f0; a < t0; a++)
    for (int64_t b = f1; b < t1; b++) {
      const T *row = x + ((a * d->in[1] + b) * d->in[2] + from) * B;
      if (a == f0 && b == f1)
        for (int64_t i = 0; i < to - from; i++) *(V *)(max + i * B) = LOAD(row + i * B);
      else
        for (int64_t i = 0; i < to - from; i++) *(V *)(max + i * B) = NAME(larger)(LOAD(row + i * B), *(V *)(max + i * B));
    }
}

CLONES static void NAME(pool)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_pool *d = j->d;
  float max[SPAN * B];
  int64_t tile = fitting(d);
  for (int64_t piece = from; piece < to; piece++) {
    const T *x = (const T *)j->x + piece * d->in[0] * d->in[1] * d->in[2] * B;
    T *y = (T *)j->out + piece * d->out[0] * d->out[1] * d->out[2] * B;
    I places;
    for (int64_t a = 0; a < d->out[0]; a++)
      for (int64_t b = 0; b < d->out[1]; b++) {
        for (int64_t c = 0; !tile && c < d->out[2]; c++, y += B) STORE(y, NAME(largest)(d, x, a, b, c, &places));
        for (int64_t c = 0; tile && c < d->out[2];) {
          int64_t end = c + tile < d->out[2] ? c + tile : d->out[2], first, last, f, t;
          clip(d, 2, c, &first, &t), clip(d, 2, end - 1, &f, &last);
          NAME(columns)(d, x, a, b, first, last, max);
          for (; c < end; c++, y += B) {
            clip(d, 2, c, &f, &t);
            V best = *(V *)(max + (f - first) * B);
            for (int64_t i = f + 1; i < t; i++) best = NAME(larger)(*(V *)(max + (i - first) * B), best);
            STORE(y, best);
          }
        }
      }
  }
}

// places is columns with the place of each value, the first of equals and the last NaN.
INLINE void NAME(places)(const dnn_pool *d, const T *x, int64_t o0, int64_t o1, int64_t from, int64_t to, float *max, int32_t *at) {
  int64_t f0, t0, f1, t1;
  clip(d, 0, o0, &f0, &t0), clip(d, 1, o1, &f1, &t1);
  for (int64_t a = f0; a < t0; a++)
    for (int64_t b = f1; b < t1; b++)
      for (int64_t i = from; i < to; i++) {
        int32_t here = (a * d->in[1] + b) * d->in[2] + i;
        V v = LOAD(x + (int64_t)here * B), *best = (V *)(max + (i - from) * B);
        I *place = (I *)(at + (i - from) * B), better = (I)((v > *best) | (v != v));
        if (a == f0 && b == f1) better = better | -1;
        *best = (V)(((I)v & better) | ((I)*best & ~better));
        *place = (better & here) | (*place & ~better);
      }
}

// scatter adds gy of the results from to end of a row to where their values come from; max and at are of the columns from first on.
INLINE void NAME(scatter)(const dnn_pool *d, int64_t from, int64_t end, int64_t first, const float *max, const int32_t *at, const T *gy,
                          float *sums) {
  for (int64_t c = from; c < end; c++, gy += B) {
    int64_t f, t;
    clip(d, 2, c, &f, &t);
    V best = *(const V *)(max + (f - first) * B), g = LOAD(gy);
    I place = *(const I *)(at + (f - first) * B);
    for (int64_t i = f + 1; i < t; i++) {
      V v = *(const V *)(max + (i - first) * B);
      I p = *(const I *)(at + (i - first) * B);
      I better = (I)(v > best) | ((I)(v == best) & (p < place)) | ((I)(v != v) & ((I)(best == best) | (p > place)));
      best = (V)(((I)v & better) | ((I)best & ~better));
      place = (better & p) | (place & ~better);
    }
    for (int k = 0; k < B; k++) sums[(int64_t)place[k] * B + k] += g[k];
  }
}

CLONES static void NAME(avg_pool)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_pool *d = j->d;
  for (int64_t piece = from; piece < to; piece++) {
    const T *x = (const T *)j->x + piece * d->in[0] * d->in[1] * d->in[2] * B;
    T *y = (T *)j->out + piece * d->out[0] * d->out[1] * d->out[2] * B;
    int64_t f0, t0, f1, t1, f2, t2;
    for (int64_t o0 = 0; o0 < d->out[0]; o0++)
      for (int64_t o1 = 0; o1 < d->out[1]; o1++)
        for (int64_t o2 = 0; o2 < d->out[2]; o2++, y += B) {
          clip(d, 0, o0, &f0, &t0), clip(d, 1, o1, &f1, &t1), clip(d, 2, o2, &f2, &t2);
          V sum = {0};
          for (int64_t a = f0; a < t0; a++)
            for (int64_t b = f1; b < t1; b++)
              for (int64_t c = f2; c < t2; c++) sum += LOAD(x + ((a * d->in[1] + b) * d->in[2] + c) * B);
          STORE(y, sum * share(j, (t0 - f0) * (t1 - f1) * (t2 - f2)));
        }
  }
}

CLONES static void NAME(avg_pool_grad)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_pool *d = j->d;
  int64_t size = d->in[0] * d->in[1] * d->in[2] * B;
  for (int64_t piece = from; piece < to; piece++) {
    const T *gy = (const T *)j->gy + piece * d->out[0] * d->out[1] * d->out[2] * B;
#ifdef BF16
    float *sums = j->sums + piece * size;
#else
    float *sums = (float *)j->out + piece * size;
#endif
    memset(sums, 0, size * sizeof *sums);
    int64_t f0, t0, f1, t1, f2, t2;
    for (int64_t o0 = 0; o0 < d->out[0]; o0++)
      for (int64_t o1 = 0; o1 < d->out[1]; o1++)
        for (int64_t o2 = 0; o2 < d->out[2]; o2++, gy += B) {
          clip(d, 0, o0, &f0, &t0), clip(d, 1, o1, &f1, &t1), clip(d, 2, o2, &f2, &t2);
          V part = LOAD(gy) * share(j, (t0 - f0) * (t1 - f1) * (t2 - f2));
          for (int64_t a = f0; a < t0; a++)
            for (int64_t b = f1; b < t1; b++)
              for (int64_t c = f2; c < t2; c++) *(V *)(sums + ((a * d->in[1] + b) * d->in[2] + c) * B) += part;
        }
#ifdef BF16
    T *gx = (T *)j->out + piece * size;
    for (int64_t i = 0; i < size; i += B) STORE(gx + i, *(V *)(sums + i));
#endif
  }
}

CLONES static void NAME(pool_grad)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_pool *d = j->d;
  float max[SPAN * B];
  int32_t at[SPAN * B];
  int64_t tile = fitting(d), size = d->in[0] * d->in[1] * d->in[2] * B;
  for (int64_t piece = from; piece < to; piece++) {
    const T *x = (const T *)j->x + piece * size, *gy = (const T *)j->gy + piece * d->out[0] * d->out[1] * d->out[2] * B;
#ifdef BF16
    float *sums = j->sums + piece * size;
#else
    float *sums = (float *)j->out + piece * size;
#endif
    memset(sums, 0, size * sizeof *sums);
    for (int64_t a = 0; a < d->out[0]; a++)
      for (int64_t b = 0; b < d->out[1]; b++) {
        for (int64_t c = 0; !tile && c < d->out[2]; c++, gy += B) {
          I places;
          NAME(largest)(d, x, a, b, c, &places);
          V g = LOAD(gy);
          for (int k = 0; k < B; k++) sums[(int64_t)places[k] * B + k] += g[k];
        }
        for (int64_t c = 0; tile && c < d->out[2];) {
          int64_t end = c + tile < d->out[2] ? c + tile : d->out[2], first, last, t;
          clip(d, 2, c, &first, &t), clip(d, 2, end - 1, &t, &last);
          NAME(places)(d, x, a, b, first, last, max, at);
          NAME(scatter)(d, c, end, first, max, at, gy, sums);
          gy += (end - c) * B, c = end;
        }
      }
#ifdef BF16
    T *gx = (T *)j->out + piece * size;
    for (int64_t i = 0; i < size; i += B) STORE(gx + i, *(V *)(sums + i));
#endif
  }
}

#include "vector_end.h"
