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

// A merge puts the sums of the pieces of a block of channels in a group together: task i is block i % blocks of group i / blocks.
typedef struct { const dnn_shape *d; const double *partial; const float *stats; float *out; double eps; } merge;

CLONES static void merge_stats(void *arg, int64_t from, int64_t to) {
  const merge *m = arg;
  const dnn_shape *d = m->d;
  int64_t each = d->n / d->groups, B = d->block;
  for (int64_t task = from; task < to; task++) {
    int64_t g = task / blocks(d), cb = task % blocks(d);
    double mean[WIDEST] = {0}, m2[WIDEST] = {0};
    for (int64_t i = 0; i < each; i++) {
      const double *p = m->partial + ((g * each + i) * blocks(d) + cb) * 2 * B;
      double part = 1.0 / (i + 1), weight = (double)d->s * i * part;
      for (int64_t k = 0; k < B; k++) {
        double delta = p[k] - mean[k];
        mean[k] += delta * part;
        m2[k] += p[B + k] + delta * delta * weight;
      }
    }
    float *out = m->out + g * 3 * d->c + cb * B;
    for (int64_t k = 0; k < B && cb * B + k < d->c; k++) {
      double var = m2[k] / ((double)each * d->s);
      out[k] = mean[k];
      out[d->c + k] = 1 / sqrt(var + m->eps);
      out[2 * d->c + k] = var;
    }
  }
}

CLONES static void merge_sums(void *arg, int64_t from, int64_t to) {
  const merge *m = arg;
  const dnn_shape *d = m->d;
  int64_t each = d->n / d->groups, B = d->block;
  for (int64_t task = from; task < to; task++) {
    int64_t g = task / blocks(d), cb = task % blocks(d);
    double sum[2 * WIDEST] = {0};
    for (int64_t i = 0; i < each; i++) {
      const double *p = m->partial + ((g * each + i) * blocks(d) + cb) * 2 * B;
      for (int64_t k = 0; k < 2 * B; k++) sum[k] += p[k];
    }
    float *out = m->out + g * 2 * d->c + cb * B;
    for (int64_t k = 0; k < B && cb * B + k < d->c; k++) {
      out[k] = sum[k];
      out[d->c + k] = sum[B + k] * m->stats[g * 3 * d->c + d->c + cb * B + k];
    }
  }
}

// merged calls one of them, on several threads if there is enough to do.
static void merged(dnn_range f, merge *m) {
  int64_t tasks = m->d->groups * blocks(m->d);
  if (m->d->n * blocks(m->d) < 4096) f(m, 0, tasks);
  else dnn_parallel(f, m, tasks);
}

void dnn_bn_stats(const dnn_shape *d, const void *x, double eps, float *stats, void *partial) {
  job j = {.d = d, .x = x, .partial = partial};
  dnn_parallel(PICK(stats, d), &j, d->n * blocks(d));
  merge m = {.d = d, .partial = partial, .out = stats, .eps = eps};
  merged(merge_stats, &m);
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
  merge m = {.d = d, .partial = partial, .stats = stats, .out = reduced};
  merged(merge_sums, &m);
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
