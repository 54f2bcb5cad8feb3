//go:build cgo && !nodnnl

#include "rows.h"
#include "api.h"
#include "dnn.h"
#include "simd.h"

enum { LANES = 16, TILE = 64, RUN = 1024 };

int64_t dnn_index_check(const int32_t *idx, int64_t n, int64_t low, int64_t rows) {
  for (int64_t i = 0; i < n; i++)
    if (idx[i] < low || idx[i] >= rows) return i;
  return -1;
}

typedef struct { int64_t n, d, e, k, rows; int distance; const float *x, *y; const int32_t *idx; float *out; int status[TILE]; } job;

CLONES static void similarity(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  int64_t d = j->d;
  for (int64_t at = from; at < to; at++) {
    float lane[LANES] = {0}, sum = 0;
    if (j->idx[at] >= 0) {
      const float *a = j->x + at / j->k * d, *b = j->y + j->idx[at] * d;
      int64_t c = 0;
      if (j->distance) {
        for (; c + LANES <= d; c += LANES)
          for (int l = 0; l < LANES; l++) lane[l] -= (a[c + l] - b[c + l]) * (a[c + l] - b[c + l]);
        for (; c < d; c++) sum -= (a[c] - b[c]) * (a[c] - b[c]);
      } else {
        for (; c + LANES <= d; c += LANES)
          for (int l = 0; l < LANES; l++) lane[l] += a[c + l] * b[c + l];
        for (; c < d; c++) sum += a[c] * b[c];
      }
      for (int half = LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    }
    j->out[at] = lane[0] + sum;
  }
}
void dnn_similarity(int64_t n, int64_t d, int64_t k, int distance, const float *x, const float *y, const int32_t *idx, float *out) {
  job j = {.d = d, .k = k, .distance = distance, .x = x, .y = y, .idx = idx, .out = out};
  dnn_parallel(similarity, &j, n * k);
}

// A task is some columns: all rows in order, whatever the threads.
CLONES static void scatter(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  int64_t d = j->d, c0 = from * LANES, c1 = to * LANES < d ? to * LANES : d;
  for (int64_t r = 0; r < j->rows; r++) memset(j->out + r * d + c0, 0, (c1 - c0) * sizeof(float));
  for (int64_t i = 0; i < j->n; i++) {
    const float *restrict x = j->x + i * d;
    float *restrict out = j->out + j->idx[i] * d;
    for (int64_t c = c0; c < c1; c++) out[c] += x[c];
  }
}
void dnn_scatter_add(int64_t n, int64_t d, int64_t rows, const float *x, const int32_t *idx, float *out) {
  job j = {.n = n, .d = d, .rows = rows, .x = x, .idx = idx, .out = out};
  dnn_parallel(scatter, &j, (d + LANES - 1) / LANES);
}

CLONES static void gather_sum(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  int64_t d = j->d;
  for (int64_t i = from; i < to; i++) {
    float *restrict out = j->out + i * d;
    memset(out, 0, d * sizeof(float));
    for (int64_t k = 0; k < j->k; k++) {
      int32_t row = j->idx[i * j->k + k];
      if (row < 0) continue;
      const float *restrict x = j->x + row * d;
      for (int64_t c = 0; c < d; c++) out[c] += x[c];
    }
  }
}
void dnn_gather_sum(int64_t n, int64_t d, int64_t k, const float *x, const int32_t *idx, float *out) {
  job j = {.d = d, .k = k, .x = x, .idx = idx, .out = out};
  dnn_parallel(gather_sum, &j, n);
}

// A task is TILE rows of the result: the sums of runs of RUN rows, in order.
static void gram(void *arg, int64_t from, int64_t to) {
  job *j = arg;
  for (int64_t t = from; t < to; t++) {
    int64_t c = t * TILE, m = j->d - c < TILE ? j->d - c : TILE;
    if (m <= 0) break;
    for (int64_t i = 0; i < j->n; i += RUN) {
      int64_t rows = j->n - i < RUN ? j->n - i : RUN;
      int s = api.sgemm('T', 'N', m, j->e, rows, 1, j->x + i * j->d + c, j->d, j->y + i * j->e, j->e, i > 0, j->out + c * j->e, j->e);
      if (s) j->status[t % TILE] = s;
    }
  }
}
int dnn_gram(int64_t n, int64_t d, int64_t e, const float *x, const float *y, float *out) {
  job j = {.n = n, .d = d, .e = e, .x = x, .y = y, .out = out};
  int64_t tiles = (d + TILE - 1) / TILE;
  dnn_parallel(gram, &j, tiles < 2 ? 2 : tiles); // outside of it the library would split the sums among threads
  for (int t = 0; t < TILE; t++)
    if (j.status[t]) return j.status[t];
  return 0;
}
