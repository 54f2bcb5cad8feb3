//go:build cgo && !nodnnl

#include "dnn.h"
#include "kernels.h"
#include "simd.h"

#include <math.h>

#pragma GCC diagnostic ignored "-Wpsabi" // vectors are passed to inlined functions only

enum { ROWS = 128, // summed in f32 before going to f64
       WIDEST = 16 };

typedef struct {
  const dnn_shape *d;
  const void *x, *gy, *add;
  void *out;
  const float *stats, *gamma, *beta, *reduced;
  double *partial;
  int relu;
} job;

INLINE int64_t blocks(const dnn_shape *d) { return (d->c + d->block - 1) / d->block; }

// A piece is one block of channels of one sample.
INLINE int64_t group_of(const dnn_shape *d, int64_t piece) { return piece / blocks(d) / (d->n / d->groups); }

// row copies the coefficients of a block of channels from [c], with zeros above; all are zero if there are none.
INLINE void row(const dnn_shape *d, const float *from, int64_t cb, float *to) {
  for (int64_t c = 0; c < d->block; c++) to[c] = from && cb * d->block + c < d->c ? from[cb * d->block + c] : 0;
}

#define BODY "bn_body.h"
#include "variants.h"

int64_t dnn_bn_partial(const dnn_shape *d) { return d->n * blocks(d) * 2 * d->block * sizeof(double); }

void dnn_bn_stats(const dnn_shape *d, const void *x, double eps, float *stats, void *partial) {
  job j = {.d = d, .x = x, .partial = partial};
  dnn_parallel(PICK(stats, d), &j, d->n * blocks(d));
  int64_t each = d->n / d->groups;
  for (int64_t g = 0; g < d->groups; g++)
    for (int64_t c = 0; c < d->c; c++) {
      double mean = 0, m2 = 0;
      for (int64_t i = 0; i < each; i++) {
        const double *p = j.partial + ((g * each + i) * blocks(d) + c / d->block) * 2 * d->block + c % d->block;
        double delta = p[0] - mean;
        mean += delta / (i + 1);
        m2 += p[d->block] + delta * delta * d->s * i / (i + 1);
      }
      double var = m2 / ((double)each * d->s);
      float *out = stats + g * 3 * d->c + c;
      out[0] = mean;
      out[d->c] = 1 / sqrt(var + eps);
      out[2 * d->c] = var;
    }
}

void dnn_bn_apply(const dnn_shape *d, const void *x, const float *stats, const float *gamma, const float *beta, const void *add, int relu,
                  void *y) {
  job j = {.d = d, .x = x, .stats = stats, .gamma = gamma, .beta = beta, .add = add, .relu = relu, .out = y};
  dnn_parallel(PICK(apply, d), &j, d->n * blocks(d) * d->s);
}

void dnn_bn_reduce(const dnn_shape *d, const void *x, const float *stats, const float *gamma, const float *beta, const void *gy,
                   float *reduced, void *partial) {
  job j = {.d = d, .x = x, .stats = stats, .gamma = gamma, .beta = beta, .gy = gy, .partial = partial};
  dnn_parallel(PICK(reduce, d), &j, d->n * blocks(d));
  int64_t each = d->n / d->groups;
  for (int64_t g = 0; g < d->groups; g++)
    for (int64_t c = 0; c < d->c; c++) {
      double sum = 0, product = 0;
      for (int64_t i = 0; i < each; i++) {
        const double *p = j.partial + ((g * each + i) * blocks(d) + c / d->block) * 2 * d->block + c % d->block;
        sum += p[0];
        product += p[d->block];
      }
      reduced[g * 2 * d->c + c] = sum;
      reduced[g * 2 * d->c + d->c + c] = product * stats[g * 3 * d->c + d->c + c];
    }
}

void dnn_bn_input(const dnn_shape *d, const void *x, const float *stats, const float *gamma, const float *beta, const float *reduced,
                  const void *gy, void *gx) {
  job j = {.d = d, .x = x, .stats = stats, .gamma = gamma, .beta = beta, .reduced = reduced, .gy = gy, .out = gx};
  dnn_parallel(PICK(input, d), &j, d->n * blocks(d) * d->s);
}

// A change of every channel by numbers of its own is a normalisation by given statistics.
void dnn_affine(const dnn_shape *d, const void *x, const float *mean, const float *var, double eps, const float *gamma, const float *beta,
                float *coefficients, void *y) {
  int64_t C = d->c;
  float *stats = coefficients, *g = stats + 3 * C, *b = g + C;
  for (int64_t c = 0; c < C; c++) {
    stats[c] = mean ? mean[c] : 0;
    stats[C + c] = var ? 1 / sqrt(var[c] + eps) : 1;
    g[c] = gamma ? gamma[c] : 1;
    b[c] = beta ? beta[c] : 0;
  }
  dnn_bn_apply(d, x, stats, g, b, 0, 0, y);
}

void dnn_sum_channels(const dnn_shape *d, const void *gy, float *out, float *coefficients, void *partial) {
  memset(coefficients, 0, 3 * d->c * sizeof *coefficients);
  dnn_bn_reduce(d, gy, coefficients, 0, 0, gy, coefficients + 3 * d->c, partial);
  memcpy(out, coefficients + 3 * d->c, d->c * sizeof *out);
}

void dnn_bn_infer_gamma(const dnn_shape *d, const void *x, const float *mean, const float *var, double eps, const void *gy, float *out,
                        float *coefficients, void *partial) {
  int64_t C = d->c;
  for (int64_t c = 0; c < C; c++) coefficients[c] = mean[c], coefficients[C + c] = 1 / sqrt(var[c] + eps);
  dnn_bn_reduce(d, x, coefficients, 0, 0, gy, coefficients + 3 * C, partial);
  memcpy(out, coefficients + 4 * C, C * sizeof *out);
}
