//go:build cgo && !nodnnl

#include "lse.h"
#include "dnn.h"
#include "simd.h"

#include <math.h>

enum { LANES = 16, RUN = 1024 };

typedef struct { int64_t k; const float *x; const uint8_t *mask; const float *y, *gy; float *out; } rows;

// exp_of returns e to the power of v, at most 88, within 2 units in the last place; 0 below -87. v = n log 2 + r with |r| at most log 2 / 2, and
// e^r by its series.
INLINE float exp_of(float v) {
  float c = v < -87.0f ? -87.0f : v > 88.0f ? 88.0f : v;
  float n = (c * 1.44269504f + 12582912.0f) - 12582912.0f; // to the nearest whole number
  float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f + r * (1.0f + r * (0.5f + r * (1.0f / 6 + r * (1.0f / 24 + r * (1.0f / 120 + r * (1.0f / 720))))));
  int32_t bits = ((int32_t)n + 127) * (1 << 23);
  float scale;
  memcpy(&scale, &bits, 4);
  return v != v ? v : v < -87.0f ? 0.0f : p * scale;
}

// greatest returns the greatest of those that count; a NaN is not seen.
INLINE float greatest(const float *x, const uint8_t *mask, int64_t k) {
  float lane[LANES], top = -INFINITY;
  for (int l = 0; l < LANES; l++) lane[l] = -INFINITY;
  int64_t i = 0;
  for (; i + LANES <= k; i += LANES)
    for (int l = 0; l < LANES; l++) {
      float v = mask[i + l] ? x[i + l] : -INFINITY;
      lane[l] = v > lane[l] ? v : lane[l];
    }
  for (; i < k; i++) top = mask[i] && x[i] > top ? x[i] : top;
  for (int l = 0; l < LANES; l++) top = lane[l] > top ? lane[l] : top;
  return top;
}

// sum_exp returns the sum of exp(x - top): of runs in float, of these in double.
INLINE double sum_exp(const float *x, const uint8_t *mask, int64_t k, float top) {
  double sum = 0;
  for (int64_t from = 0; from < k; from += RUN) {
    int64_t i = from, to = from + RUN < k ? from + RUN : k;
    float lane[LANES] = {0};
    for (; i + LANES <= to; i += LANES)
      for (int l = 0; l < LANES; l++) {
        float e = exp_of(x[i + l] - top);
        lane[l] += mask[i + l] ? e : 0.0f;
      }
    for (; i < to; i++) sum += mask[i] ? exp_of(x[i] - top) : 0.0f;
    for (int l = 0; l < LANES; l++) sum += lane[l];
  }
  return sum;
}

CLONES static void lse(void *arg, int64_t from, int64_t to) {
  const rows *r = arg;
  for (int64_t i = from; i < to; i++) {
    const float *x = r->x + i * r->k;
    const uint8_t *m = r->mask + i * r->k;
    float top = greatest(x, m, r->k);
    if (!isinf(top)) {
      r->out[i] = (float)(top + log(sum_exp(x, m, r->k, top)));
      continue;
    }
    for (int64_t j = 0; j < r->k; j++)
      if (m[j] && x[j] != x[j]) top = x[j];
    r->out[i] = top;
  }
}
void dnn_lse(int64_t n, int64_t k, const float *x, const uint8_t *mask, float *out) {
  rows r = {.k = k, .x = x, .mask = mask, .out = out};
  dnn_parallel(lse, &r, n);
}

CLONES static void lse_grad(void *arg, int64_t from, int64_t to) {
  const rows *r = arg;
  for (int64_t i = from; i < to; i++) {
    const float *RESTRICT x = r->x + i * r->k;
    const uint8_t *RESTRICT m = r->mask + i * r->k;
    float *RESTRICT out = r->out + i * r->k, y = r->y[i], gy = r->gy[i];
    if (isinf(y) && y < 0) {
      memset(out, 0, r->k * sizeof(float));
      continue;
    }
    for (int64_t j = 0; j < r->k; j++) {
      float e = gy * exp_of(x[j] - y);
      out[j] = m[j] ? e : 0.0f;
    }
  }
}
void dnn_lse_grad(int64_t n, int64_t k, const float *x, const uint8_t *mask, const float *y, const float *gy, float *out) {
  rows r = {.k = k, .x = x, .mask = mask, .y = y, .gy = gy, .out = out};
  dnn_parallel(lse_grad, &r, n);
}
