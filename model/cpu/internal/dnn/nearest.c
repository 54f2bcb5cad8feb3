//go:build cgo && !nodnnl

#include "api.h"
#include "dnn.h"
#include "rows.h"
#include "select.h"

#include <math.h>

// Scores are computed in tiles of ROWS x COLUMNS that stay in the second cache. Tiles begin at multiples of these, whatever the threads.
enum { ROWS = 128, COLUMNS = 512, LANES = 16 };

// harvest is what was found for one row of x: count keys, among them the k greatest; a score that is not above least is not one of those.
typedef struct { int64_t count; float least; } harvest;
typedef struct {
  int64_t n, m, d, k, tasks, notself;
  const float *x, *y, *bias;
  int32_t *out;
  char *scratch;
  int status[256];
} search;

// What one task has: a tile of scores, the state and the keys of each of its rows.
static int64_t room(int64_t k) { return 4 * k + 2 * LANES; }
static int64_t task_bytes(int64_t k) { return ROWS * (COLUMNS * sizeof(float) + sizeof(harvest) + room(k) * sizeof(key)); }
int64_t dnn_nearest_scratch(int64_t tasks, int64_t k) { return tasks * task_bytes(k); }

// thin leaves the k greatest keys where there is no room for LANES more.
static void thin(harvest *h, key *keys, int64_t k) {
  if (h->count + LANES <= room(k)) return;
  select_top(keys, h->count, k);
  h->count = k;
  h->least = key_score(keys[k - 1]);
}

// scan takes what may be among the k greatest of n scores, of the rows from first on. A later row does not displace one with an equal score.
CLONES static void scan(const float *restrict s, const float *restrict bias, int64_t n, int64_t first, harvest *h, key *keys, int64_t k) {
  for (int64_t j = 0; j < n; j += LANES) {
    float v[LANES], least = h->least;
    int any = 0, lanes = n - j < LANES ? n - j : LANES;
    if (lanes == LANES)
      for (int l = 0; l < LANES; l++) v[l] = bias ? s[j + l] + bias[j + l] : s[j + l];
    else
      for (int l = 0; l < LANES; l++) v[l] = l >= lanes ? -INFINITY : bias ? s[j + l] + bias[j + l] : s[j + l];
    for (int l = 0; l < LANES; l++) any |= v[l] > least;
    if (!any) continue;
    thin(h, keys, k);
    int64_t count = h->count;
    for (int l = 0; l < LANES; l++) { // without a branch, which would be guessed wrong
      keys[count] = key_of(v[l], first + j + l);
      count += v[l] > least;
    }
    h->count = count;
  }
}

// greatest is scan for k = 1: it keeps the one key.
CLONES static void greatest(const float *restrict s, const float *restrict bias, int64_t n, int64_t first, harvest *h, key *keys) {
  float top[LANES], all = h->least;
  for (int l = 0; l < LANES; l++) top[l] = -INFINITY;
  int64_t j = 0;
  for (; j + LANES <= n; j += LANES)
    for (int l = 0; l < LANES; l++) {
      float v = bias ? s[j + l] + bias[j + l] : s[j + l];
      top[l] = v > top[l] ? v : top[l];
    }
  for (; j < n; j++) {
    float v = bias ? s[j] + bias[j] : s[j];
    top[0] = v > top[0] ? v : top[0];
  }
  for (int l = 0; l < LANES; l++) all = top[l] > all ? top[l] : all;
  if (!(all > h->least)) return;
  for (j = 0; j < n; j++) // which is there
    if ((bias ? s[j] + bias[j] : s[j]) == all) break;
  *h = (harvest){1, all};
  keys[0] = key_of(all, first + j);
}

static void block(search *q, int64_t b, char *scratch, int *status) {
  float *tile = (float *)scratch;
  harvest *harvests = (harvest *)(tile + ROWS * COLUMNS);
  key *keys = (key *)(harvests + ROWS);
  int64_t r0 = b * ROWS, rows = q->n - r0 < ROWS ? q->n - r0 : ROWS, each = room(q->k);
  for (int64_t r = 0; r < rows; r++) harvests[r] = (harvest){0, -INFINITY};
  for (int64_t c0 = 0; c0 < q->m; c0 += COLUMNS) {
    int64_t n = q->m - c0 < COLUMNS ? q->m - c0 : COLUMNS;
    const float *bias = q->bias ? q->bias + c0 : NULL;
    int s = api.sgemm('N', 'T', rows, n, q->d, 1, q->x + r0 * q->d, q->d, q->y + c0 * q->d, q->d, 0, tile, n);
    if (s) *status = s;
    for (int64_t r = 0; r < rows; r++) {
      int64_t self = r0 + r - c0;
      if (q->notself && self >= 0 && self < n) tile[r * n + self] = -INFINITY;
      if (q->k == 1) greatest(tile + r * n, bias, n, c0, harvests + r, keys + r * each);
      else scan(tile + r * n, bias, n, c0, harvests + r, keys + r * each, q->k);
    }
  }
  for (int64_t r = 0; r < rows; r++) {
    int64_t count = harvests[r].count;
    key *list = keys + r * each;
    if (count > q->k) select_top(list, count, q->k), count = q->k;
    sort_keys(list, count);
    for (int64_t j = 0; j < q->k; j++) q->out[(r0 + r) * q->k + j] = j < count ? key_row(list[j]) : -1;
  }
}

static void run(void *arg, int64_t from, int64_t to) {
  search *q = arg;
  int64_t blocks = (q->n + ROWS - 1) / ROWS;
  for (int64_t t = from; t < to; t++)
    for (int64_t b = blocks * t / q->tasks; b < blocks * (t + 1) / q->tasks; b++)
      block(q, b, q->scratch + t * task_bytes(q->k), &q->status[t]);
}

int dnn_nearest(int64_t n, int64_t m, int64_t d, int64_t k, int notself, const float *x, const float *y, const float *bias, int32_t *out,
                void *scratch, int64_t tasks) {
  search q = {.n = n, .m = m, .d = d, .k = k, .tasks = tasks, .notself = notself, .x = x, .y = y, .bias = bias, .out = out, .scratch = scratch};
  dnn_parallel(run, &q, tasks);
  for (int64_t t = 0; t < tasks; t++)
    if (q.status[t]) return q.status[t];
  return 0;
}
