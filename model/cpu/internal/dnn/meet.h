// Counts of what the rows of a graph of nearest neighbours share.
#ifndef VIDCSL_DNN_MEET_H
#define VIDCSL_DNN_MEET_H

#include "rows.h"
#include "simd.h"

// inverse is the lists both ways: row i and those that have it in their list are in[start[i]..start[i+1]-1]. In a small graph, see row_words, they are
// the bits i * words .. of bits, too; of row n there are none.
typedef struct {
  const dnn_neighbors *g;
  int32_t *start, *in, *size; // size: of list and row together
  int32_t small;              // the least size of a row that shares something with another
  int64_t words;              // 0: no bits
  uint64_t *bits;
} inverse;

enum { CHUNK = 8, PLANES = 8, ADDENDS = 4, DENSE = 64 };

// row_words says how many words of bits a row has: 0 where most were empty, or where a count does not fit PLANES bits. They take twice the
// memory of the lists at most.
static int64_t row_words(int64_t n, int64_t k) { return k + 1 < 1 << PLANES && n <= DENSE * (k + 1) ? (n + 64 * CHUNK - 1) / (64 * CHUNK) * CHUNK : 0; }
static int64_t align64(int64_t n) { return (n + 63) / 64 * 64; }
static int64_t inverse_bytes(int64_t n, int64_t k) {
  return align64((n + 1) * row_words(n, k) * sizeof(uint64_t)) + align64((n + 2 + n + n * (k + 1)) * sizeof(int32_t));
}

// invert makes the inverse of a graph in memory of inverse_bytes.
static void invert(inverse *v, const dnn_neighbors *g, void *memory) {
  int64_t n = g->n, k = g->k;
  *v = (inverse){.g = g, .words = row_words(n, k), .bits = memory};
  v->start = (int32_t *)((char *)memory + align64((n + 1) * v->words * sizeof(uint64_t)));
  v->size = v->start + n + 2;
  v->in = v->size + n;
  memset(v->start, 0, (n + 2) * sizeof(int32_t));
  for (int64_t i = 0; i < n; i++) {
    v->size[i] = 1;
    v->start[i + 2]++;
    for (int64_t c = 0; c < k; c++) {
      int32_t j = g->lists[i * k + c];
      if (j >= 0) v->size[i]++, v->start[j + 2]++;
    }
  }
  v->small = k + 1;
  for (int64_t i = 0; i < n; i++)
    if ((v->size[i] > 1 || v->start[i + 2] > 1) && v->size[i] < v->small) v->small = v->size[i];
  for (int64_t i = 0; i < n; i++) v->start[i + 2] += v->start[i + 1];
  for (int64_t i = 0; i < n; i++) {
    v->in[v->start[i + 1]++] = i;
    for (int64_t c = 0; c < k; c++) {
      int32_t j = g->lists[i * k + c];
      if (j >= 0) v->in[v->start[j + 1]++] = i;
    }
  }
  if (!v->words) return;
  memset(v->bits, 0, (n + 1) * v->words * sizeof(uint64_t));
  for (int64_t i = 0; i < n; i++)
    for (int32_t p = v->start[i]; p < v->start[i + 1]; p++) v->bits[i * v->words + v->in[p] / 64] |= (uint64_t)1 << v->in[p] % 64;
}

// SUM adds the bits of a and b to those of a plane, where their last digit stays; the other is the carry.
#define SUM(plane, a, b, carry)                       \
  for (int w = 0; w < CHUNK; w++) {                   \
    uint64_t half = (a)[w] ^ (b)[w], old = (plane)[w]; \
    carry[w] = ((a)[w] & (b)[w]) | (old & half);      \
    (plane)[w] = old ^ half;                          \
  }

// add_bits sets the counts of rows, CHUNK words of them: how many of some rows' bits they have. There are n of these, a multiple of ADDENDS.
CLONES static void add_bits(const uint64_t *restrict bits, int64_t words, const int32_t *restrict rows, int64_t n, int32_t *restrict count) {
  uint64_t plane[PLANES][CHUNK] = {{0}}, twos[2][CHUNK], carry[CHUNK];
  for (int64_t i = 0; i < n; i += ADDENDS) { // binary sums of 64 x CHUNK counts at a time, of which plane p is bit p
    for (int64_t a = 0; a < 2; a++) {
      const uint64_t *x = bits + rows[i + 2 * a] * words, *y = bits + rows[i + 2 * a + 1] * words;
      SUM(plane[0], x, y, twos[a])
    }
    SUM(plane[1], twos[0], twos[1], carry)
    for (int p = 2; p < PLANES; p++)
      for (int w = 0; w < CHUNK; w++) {
        uint64_t old = plane[p][w];
        plane[p][w] = old ^ carry[w];
        carry[w] &= old;
      }
  }
  for (int w = 0; w < 2 * CHUNK; w++) {
    uint32_t bit[PLANES];
    for (int p = 0; p < PLANES; p++) bit[p] = plane[p][w / 2] >> w % 2 * 32;
    for (int l = 0; l < 32; l++) {
      uint32_t sum = 0;
      for (int p = 0; p < PLANES; p++) sum |= (bit[p] >> l & 1) << p;
      count[w * 32 + l] = sum;
    }
  }
}

// reach finds the counts of n rows that are least or more, and returns how many.
CLONES static int64_t reach(const int32_t *restrict count, int64_t n, int32_t least, int32_t *restrict found) {
  enum { GROUP = 16 };
  int64_t many = 0, j = 0;
  for (; j < n; j += GROUP) {
    int any = 0;
    for (int l = 0; l < GROUP; l++) any |= count[j + l] >= least;
    if (!any) continue;
    for (int l = 0; l < GROUP; l++) {
      found[many] = j + l;
      many += count[j + l] >= least;
    }
  }
  return many;
}

// The scratch memory of one who counts: counts of all rows, and as many numbers of rows; some more, so that loops need no ends.
static int64_t counts(int64_t n) { return (n + 64 * CHUNK) / (64 * CHUNK) * (64 * CHUNK) + 64 * CHUNK; }
static int64_t count_bytes(int64_t n) { return 2 * counts(n) * sizeof(int32_t); }

static int64_t visit(const inverse *v, int32_t row, int32_t *count, int32_t *found, int64_t n) {
  for (int32_t p = v->start[row]; p < v->start[row + 1]; p++) {
    int32_t j = v->in[p];
    found[n] = j; // n + 1 places
    n += count[j]++ == 0;
  }
  return n;
}

// meet counts what each row shares with row i, and returns how many share something, itself among them: found. Those that share less than least,
// at least 1, need not be among these. Where there are no bits, count is 0 before, and forget has to follow.
static int64_t meet(const inverse *v, int64_t i, int32_t least, int32_t *count, int32_t *found) {
  int64_t k = v->g->k, n = 0;
  const int32_t *list = v->g->lists + i * k;
  if (!v->words) {
    n = visit(v, i, count, found, 0);
    for (int64_t c = 0; c < k; c++)
      if (list[c] >= 0) n = visit(v, list[c], count, found, n);
    return n;
  }
  int32_t rows[(1 << PLANES) + ADDENDS];
  rows[n++] = i;
  for (int64_t c = 0; c < k; c++)
    if (list[c] >= 0) rows[n++] = list[c];
  while (n % ADDENDS) rows[n++] = v->g->n;
  for (int64_t w = 0; w < v->words; w += CHUNK) add_bits(v->bits + w, v->words, rows, n, count + 64 * w);
  return reach(count, v->g->n, least, found);
}

// forget makes the counts 0 that meet made.
static void forget(const inverse *v, int32_t *count, const int32_t *found, int64_t n) {
  if (v->words) return;
  for (int64_t p = 0; p < n; p++) count[found[p]] = 0;
}

#endif
