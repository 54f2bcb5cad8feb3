//go:build cgo && !nodnnl

#include "dnn.h"
#include "kernels.h"
#include "simd.h"

#pragma GCC diagnostic ignored "-Wpsabi" // vectors are passed to inlined functions only

typedef struct { const dnn_pool *d; const void *x, *gy; void *out; float *sums; int count_pad; } job;

enum { SPAN = 64 }; // columns of x whose maxima over depth and height are kept at a time: 4 KB

// clip returns the part from..to of a window at place o of axis a that lies inside.
INLINE void clip(const dnn_pool *d, int a, int64_t o, int64_t *from, int64_t *to) {
  int64_t start = o * d->stride[a] - d->pad[a], end = start + d->kernel[a];
  *from = start < 0 ? 0 : start;
  *to = end > d->in[a] ? d->in[a] : end;
}

// fitting returns the results of a row whose windows fit into a span; 0: not even one.
INLINE int64_t fitting(const dnn_pool *d) { return d->kernel[2] > SPAN ? 0 : (SPAN - d->kernel[2]) / d->stride[2] + 1; }

// share returns one by the number of places in a window.
INLINE float share(const job *j, int64_t inside) {
  const int *k = j->d->kernel;
  return 1.0f / (j->count_pad ? (int64_t)k[0] * k[1] * k[2] : inside);
}

#define BODY "pool_body.h"
#include "variants.h"

void dnn_max_pool(const dnn_pool *d, const void *x, void *y) {
  job j = {.d = d, .x = x, .out = y};
  dnn_parallel(PICK(pool, d), &j, d->pieces);
}

void dnn_max_pool_grad(const dnn_pool *d, const void *x, const void *gy, void *gx, float *sums) {
  job j = {.d = d, .x = x, .gy = gy, .out = gx, .sums = sums};
  dnn_parallel(PICK(pool_grad, d), &j, d->pieces);
}

void dnn_avg_pool(const dnn_pool *d, int count_pad, const void *x, void *y) {
  job j = {.d = d, .x = x, .out = y, .count_pad = count_pad};
  dnn_parallel(PICK(avg_pool, d), &j, d->pieces);
}

void dnn_avg_pool_grad(const dnn_pool *d, int count_pad, const void *gy, void *gx, float *sums) {
  job j = {.d = d, .gy = gy, .out = gx, .sums = sums, .count_pad = count_pad};
  dnn_parallel(PICK(avg_pool_grad, d), &j, d->pieces);
}
