//go:build cgo && !nodnnl

#include "dnn.h"
#include "rows.h"
#include "select.h"

#include <math.h>

enum { LANES = 16 };

// inverse is the lists both ways: row i and those that have it in their list are in[start[i]..start[i+1]-1].
typedef struct {
  const dnn_neighbors *g;
  int32_t *start, *in, *size; // size: of list and row together
  int32_t *partners;
  const int32_t *given; // for scores
  float *scores;
  char *scratch;
  int64_t tasks;
} inverse;

static int64_t task_bytes(int64_t n) { return ((n + 1) * (2 * sizeof(int32_t) + sizeof(key)) + 63) / 64 * 64; }
static int64_t lists_bytes(int64_t n, int64_t k) { return ((n + 2 + n + n * (k + 1)) * (int64_t)sizeof(int32_t) + 63) / 64 * 64; }
int64_t dnn_shared_scratch(int64_t tasks, int64_t n, int64_t k) { return lists_bytes(n, k) + tasks * task_bytes(n); }

// invert fills start, size and in by counting.
static void invert(inverse *v) {
  int64_t n = v->g->n, k = v->g->k;
  memset(v->start, 0, (n + 2) * sizeof(int32_t));
  for (int64_t i = 0; i < n; i++) {
    v->size[i] = 1;
    v->start[i + 2]++;
    for (int64_t c = 0; c < k; c++) {
      int32_t j = v->g->lists[i * k + c];
      if (j >= 0) v->size[i]++, v->start[j + 2]++;
    }
  }
  for (int64_t i = 0; i < n; i++) v->start[i + 2] += v->start[i + 1];
  for (int64_t i = 0; i < n; i++) {
    v->in[v->start[i + 1]++] = i;
    for (int64_t c = 0; c < k; c++) {
      int32_t j = v->g->lists[i * k + c];
      if (j >= 0) v->in[v->start[j + 1]++] = i;
    }
  }
}

static int64_t visit(const inverse *v, int32_t row, int32_t *count, int32_t *found, int64_t n) {
  for (int32_t p = v->start[row]; p < v->start[row + 1]; p++) {
    int32_t j = v->in[p];
    found[n] = j; // n + 1 places
    n += count[j]++ == 0;
  }
  return n;
}

// meet counts what each row shares with row i and returns how many share something, itself among them: found.
static int64_t meet(const inverse *v, int64_t i, int32_t *count, int32_t *found) {
  int64_t k = v->g->k, n = visit(v, i, count, found, 0);
  for (int64_t c = 0; c < k; c++) {
    int32_t j = v->g->lists[i * k + c];
    if (j >= 0) n = visit(v, j, count, found, n);
  }
  return n;
}

static float overlap(const inverse *v, int64_t i, int64_t j, int32_t both) { return (float)both / (float)(v->size[i] + v->size[j] - both); }

// score is that of two rows with this overlap: one function, so that it is the same to the bit wherever it is asked for.
CLONES static float score(float overlap, float weight, const float *restrict a, const float *restrict b, int64_t d) {
  float lane[LANES] = {0}, sum = 0;
  int64_t c = 0;
  for (; c + LANES <= d; c += LANES)
    for (int l = 0; l < LANES; l++) lane[l] += a[c + l] * b[c + l];
  for (; c < d; c++) sum += a[c] * b[c];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  return overlap + weight * (lane[0] + sum);
}

// fewest returns how much a row must share with row i, with which others share something, so that it can be among the m greatest scores. The
// products are from -1 to 1. many holds n + 1 numbers.
static int64_t fewest(const inverse *v, int64_t i, const int32_t *count, const int32_t *found, int64_t others, int64_t *many) {
  const dnn_neighbors *g = v->g;
  int64_t most = g->k + 1 < g->n ? g->k + 1 : g->n, small = g->n, large = 0, sum = 0, c = most;
  if (others <= g->m) return 1;
  memset(many, 0, (most + 1) * sizeof *many);
  for (int64_t p = 0; p <= others; p++) { // and row i
    int32_t j = found[p], s = v->size[j];
    if (j == i) continue;
    many[count[j]]++;
    small = s < small ? s : small;
    large = s > large ? s : large;
  }
  for (; c > 1 && (sum += many[c]) < g->m; c--) {}
  float least = (float)c / (float)(v->size[i] + large - c) - 2.01f * g->weight; // m rows have more
  return least > 0 ? (int64_t)(least / (1 + least) * (float)(v->size[i] + small)) : 1;
}

// rank replaces n keys of overlap by those of the score, and returns how many.
static int64_t rank(const inverse *v, int64_t i, key *keys, int64_t n) {
  const dnn_neighbors *g = v->g;
  float least = -INFINITY; // an overlap below that cannot be among the m greatest scores: the products are from -1 to 1
  if (n > g->m) {
    select_top(keys, n, g->m);
    least = key_score(keys[g->m - 1]) - 2.01f * g->weight;
  }
  int64_t kept = 0;
  for (int64_t p = 0; p < n; p++) {
    float o = key_score(keys[p]);
    int32_t j = key_row(keys[p]);
    if (o >= least) keys[kept++] = key_of(score(o, g->weight, g->x + i * g->d, g->x + j * g->d, g->d), j);
  }
  return kept;
}

static void select_rows(void *arg, int64_t from, int64_t to) {
  inverse *v = arg;
  const dnn_neighbors *g = v->g;
  for (int64_t t = from; t < to; t++) {
    key *keys = (key *)(v->scratch + t * task_bytes(g->n));
    int32_t *count = (int32_t *)(keys + g->n + 1), *found = count + g->n;
    memset(count, 0, g->n * sizeof(int32_t));
    for (int64_t i = g->n * t / v->tasks; i < g->n * (t + 1) / v->tasks; i++) {
      int64_t met = meet(v, i, count, found), n = 0, least = fewest(v, i, count, found, met - 1, (int64_t *)keys);
      for (int64_t p = 0; p < met; p++) {
        int32_t j = found[p];
        if (j != i && count[j] >= least) keys[n++] = key_of(overlap(v, i, j, count[j]), j);
        count[j] = 0;
      }
      n = rank(v, i, keys, n);
      if (n > g->m) select_top(keys, n, g->m), n = g->m;
      sort_keys(keys, n);
      for (int64_t p = 0; p < g->m; p++) v->partners[i * g->m + p] = p < n ? key_row(keys[p]) : -1;
    }
  }
}

static void score_rows(void *arg, int64_t from, int64_t to) {
  inverse *v = arg;
  const dnn_neighbors *g = v->g;
  for (int64_t t = from; t < to; t++) {
    int32_t *count = (int32_t *)(v->scratch + t * task_bytes(g->n)), *found = count + g->n;
    memset(count, 0, g->n * sizeof(int32_t));
    for (int64_t i = g->n * t / v->tasks; i < g->n * (t + 1) / v->tasks; i++) {
      int64_t met = meet(v, i, count, found);
      for (int64_t p = 0; p < g->m; p++) {
        int32_t j = v->given[i * g->m + p];
        v->scores[i * g->m + p] = j < 0 ? 0 : score(overlap(v, i, j, count[j]), g->weight, g->x + i * g->d, g->x + j * g->d, g->d);
      }
      for (int64_t p = 0; p < met; p++) count[found[p]] = 0;
    }
  }
}

static void prepare(inverse *v, const dnn_neighbors *g, void *scratch, int64_t tasks) {
  *v = (inverse){.g = g, .start = scratch, .tasks = tasks};
  v->size = v->start + g->n + 2;
  v->in = v->size + g->n;
  v->scratch = (char *)scratch + lists_bytes(g->n, g->k);
  invert(v);
}

void dnn_shared(const dnn_neighbors *g, int32_t *partners, void *scratch, int64_t tasks) {
  inverse v;
  prepare(&v, g, scratch, tasks);
  v.partners = partners;
  dnn_parallel(select_rows, &v, tasks);
}

void dnn_shared_score(const dnn_neighbors *g, const int32_t *partners, float *scores, void *scratch, int64_t tasks) {
  inverse v;
  prepare(&v, g, scratch, tasks);
  v.given = partners, v.scores = scores;
  dnn_parallel(score_rows, &v, tasks);
}
