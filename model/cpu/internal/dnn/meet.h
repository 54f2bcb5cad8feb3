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

// chunk is CHUNK words of bits.
typedef uint64_t chunk __attribute__((vector_size(8 * CHUNK), aligned(8), may_alias));

// sum adds two bits to one of a plane, where the last digit of the sum stays; the other is the carry.
INLINE void sum(chunk *plane, const chunk *a, const chunk *b, chunk *carry) {
  chunk half = *a ^ *b;
  *carry = (*a & *b) | (*plane & half);
  *plane ^= half;
}

// add_bits sets the counts of 64 x CHUNK rows: how many of n rows, a multiple of ADDENDS, have their bit.
CLONES static void add_bits(const uint64_t *restrict bits, int64_t words, const int32_t *restrict rows, int64_t n, int32_t *restrict count) {
  chunk plane[PLANES] = {{0}}; // bit p of all counts
  for (int64_t i = 0; i < n; i += ADDENDS) {
    const chunk *row[ADDENDS];
    chunk two, other, carry;
    for (int a = 0; a < ADDENDS; a++) row[a] = (const chunk *)(bits + rows[i + a] * words);
    sum(plane, row[0], row[1], &two);
    sum(plane, row[2], row[3], &other);
    sum(plane + 1, &two, &other, &carry);
    for (int p = 2; p < PLANES; p++) {
      chunk old = plane[p];
      plane[p] ^= carry;
      carry &= old;
    }
  }
  for (int w = 0; w < 2 * CHUNK; w++) {
    uint32_t bit[PLANES];
    for (int p = 0; p < PLANES; p++) bit[p] = plane[p][w / 2] >> w % 2 * 32;
    for (int l = 0; l < 32; l++) {
      uint32_t all = 0;
      for (int p = 0; p < PLANES; p++) all |= (bit[p] >> l & 1) << p;
      count[w * 32 + l] = all;
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
