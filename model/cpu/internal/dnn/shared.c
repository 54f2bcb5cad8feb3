//go:build cgo && !nodnnl

#include "dnn.h"
#include "meet.h"
#include "rows.h"
#include "select.h"

#include <math.h>

enum { LANES = 16 };

// work is what the tasks share.
typedef struct {
  inverse lists;
  float least;
  int32_t *partners;
  const int32_t *given; // for scores
  float *scores;
  char *scratch;
  int64_t tasks;
} work;

static int64_t task_bytes(int64_t n) { return align64((n + 1) * sizeof(key)) + count_bytes(n); }
int64_t dnn_shared_scratch(int64_t tasks, int64_t n, int64_t k) { return inverse_bytes(n, k) + tasks * task_bytes(n); }

INLINE float overlap(const inverse *v, int64_t i, int64_t j, int32_t both) { return (float)both / (float)(v->size[i] + v->size[j] - both); }

typedef float sixteen __attribute__((vector_size(64), aligned(4), may_alias));
typedef float eight __attribute__((vector_size(32), aligned(4), may_alias));
typedef float four __attribute__((vector_size(16), aligned(4), may_alias));

// score is that of two rows with this overlap: one function, so that it is the same to the bit wherever it is asked for.
INLINE float score(float overlap, float weight, const float *restrict a, const float *restrict b, int64_t d) {
  sixteen lanes = {0};
  float sum = 0;
  int64_t c = 0;
  for (; c + LANES <= d; c += LANES) lanes += *(const sixteen *)(a + c) * *(const sixteen *)(b + c);
  for (; c < d; c++) sum += a[c] * b[c];
  eight half = *(eight *)&lanes + *((eight *)&lanes + 1);
  four quarter = *(four *)&half + *((four *)&half + 1);
  return overlap + weight * (quarter[0] + quarter[2] + (quarter[1] + quarter[3]) + sum);
}

// The products are from -1 to 1, so that a score that is above least needs an overlap that is not less than this.
static float needed(float least, float weight) { return least - 1.01f * weight; }

// sharing returns how much rows of these sizes must share for an overlap of least, or a little less; at least 1.
static int32_t sharing(float least, int32_t a, int32_t b) {
  float both = least > 0 ? least / (1 + least) * (float)(a + b) : 1; // the overlap is at most 1
  return both > a + b ? a + b : both > 1 ? (int32_t)both : 1;
}

// fewest returns how much a row must share with row i, with which those that were found share something, so that it can be among the m greatest
// scores. many holds n + 1 numbers.
static int32_t fewest(const inverse *v, int64_t i, const int32_t *count, const int32_t *found, int64_t met, int64_t *many) {
  const dnn_neighbors *g = v->g;
  int64_t most = g->k + 1 < g->n ? g->k + 1 : g->n, large = 0, sum = 0, c = most;
  if (met - 1 <= g->m) return 1;
  memset(many, 0, (most + 1) * sizeof *many);
  for (int64_t p = 0; p < met; p++) {
    int32_t j = found[p], s = v->size[j];
    if (j == i) continue;
    many[count[j]]++;
    large = s > large ? s : large;
  }
  for (; c > 1 && (sum += many[c]) < g->m; c--) {}
  return sharing((float)c / (float)(v->size[i] + large - c) - 2.01f * g->weight, v->size[i], v->small); // m rows have more
}

// rank replaces n keys of overlap by those of the score, where that is above least, and returns how many.
CLONES static int64_t rank(const inverse *v, int64_t i, float least, key *keys, int64_t n) {
  const dnn_neighbors *g = v->g;
  float enough = needed(least, g->weight); // an overlap below that is not among the m greatest scores above least
  if (n > g->m) {
    select_top(keys, n, g->m);
    float top = key_score(keys[g->m - 1]) - 2.01f * g->weight;
    enough = top > enough ? top : enough;
  }
  int64_t kept = 0;
  for (int64_t p = 0; p < n; p++) {
    float o = key_score(keys[p]);
    int32_t j = key_row(keys[p]);
    if (o < enough) continue;
    float s = score(o, g->weight, g->x + i * g->d, g->x + j * g->d, g->d);
    if (s > least) keys[kept++] = key_of(s, j);
  }
  return kept;
}

static void select_rows(void *arg, int64_t from, int64_t to) {
  work *q = arg;
  const inverse *v = &q->lists;
  const dnn_neighbors *g = v->g;
  for (int64_t t = from; t < to; t++) {
    key *keys = (key *)(q->scratch + t * task_bytes(g->n));
    int32_t *count = (int32_t *)((char *)keys + align64((g->n + 1) * sizeof(key))), *found = count + counts(g->n);
    memset(count, 0, g->n * sizeof(int32_t));
    for (int64_t i = g->n * t / q->tasks; i < g->n * (t + 1) / q->tasks; i++) {
      int32_t least = sharing(needed(q->least, g->weight), v->size[i], v->small);
      int64_t met = meet(v, i, least, count, found), n = 0;
      int32_t top = fewest(v, i, count, found, met, (int64_t *)keys);
      least = top > least ? top : least;
      for (int64_t p = 0; p < met; p++) {
        int32_t j = found[p];
        if (j != i && count[j] >= least) keys[n++] = key_of(overlap(v, i, j, count[j]), j);
      }
      forget(v, count, found, met);
      n = rank(v, i, q->least, keys, n);
      if (n > g->m) select_top(keys, n, g->m), n = g->m;
      sort_keys(keys, n);
      for (int64_t p = 0; p < g->m; p++) q->partners[i * g->m + p] = p < n ? key_row(keys[p]) : -1;
    }
  }
}

CLONES static void score_row(const inverse *v, int64_t i, const int32_t *restrict count, const int32_t *restrict rows, float *restrict scores) {
  const dnn_neighbors *g = v->g;
  for (int64_t p = 0; p < g->m; p++) {
    int32_t j = rows[p];
    scores[p] = j < 0 ? 0 : score(overlap(v, i, j, count[j]), g->weight, g->x + i * g->d, g->x + j * g->d, g->d);
  }
}

static void score_rows(void *arg, int64_t from, int64_t to) {
  work *q = arg;
  const inverse *v = &q->lists;
  const dnn_neighbors *g = v->g;
  for (int64_t t = from; t < to; t++) {
    int32_t *count = (int32_t *)(q->scratch + t * task_bytes(g->n)), *found = count + counts(g->n);
    memset(count, 0, g->n * sizeof(int32_t));
    for (int64_t i = g->n * t / q->tasks; i < g->n * (t + 1) / q->tasks; i++) {
      int64_t met = meet(v, i, g->k + 2, count, found); // nobody shares that much
      score_row(v, i, count, q->given + i * g->m, q->scores + i * g->m);
      forget(v, count, found, met);
    }
  }
}

static work prepare(const dnn_neighbors *g, void *scratch, int64_t tasks) {
  work q = {.scratch = (char *)scratch + inverse_bytes(g->n, g->k), .tasks = tasks};
  invert(&q.lists, g, scratch);
  return q;
}

void dnn_shared(const dnn_neighbors *g, float least, int32_t *partners, void *scratch, int64_t tasks) {
  work q = prepare(g, scratch, tasks);
  q.least = least, q.partners = partners;
  dnn_parallel(select_rows, &q, tasks);
}

void dnn_shared_score(const dnn_neighbors *g, const int32_t *partners, float *scores, void *scratch, int64_t tasks) {
  work q = prepare(g, scratch, tasks);
  q.given = partners, q.scores = scores;
  dnn_parallel(score_rows, &q, tasks);
}
