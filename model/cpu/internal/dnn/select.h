// Selection of the greatest of scored rows. A key orders by score, and among equal scores by row, the first before.
#ifndef VIDCSL_DNN_SELECT_H
#define VIDCSL_DNN_SELECT_H

#include "simd.h"

typedef uint64_t key;

INLINE key key_of(float score, int32_t row) {
  uint32_t u;
  score += 0.0f; // -0 is 0
  memcpy(&u, &score, 4);
  u = u >> 31 ? ~u : u | 0x80000000u;
  return (key)u << 32 | (uint32_t)~row;
}
INLINE int32_t key_row(key a) { return (int32_t)~(uint32_t)a; }
INLINE float key_score(key a) {
  uint32_t u = a >> 32;
  u = u >> 31 ? u & 0x7fffffffu : ~u;
  float f;
  memcpy(&f, &u, 4);
  return f;
}

enum { FEW = 32, ABREAST = 8 };

// split moves keys around the median of three of a[from..to], at least 3 different ones: those up to the place that it returns, which is before to,
// are greater than those after. It has no branch that depends on a key: half of them would be guessed wrong.
static int64_t split(key *a, int64_t from, int64_t to) {
  key x = a[from], y = a[(from + to) / 2], z = a[to];
  int64_t at = x > y ? (y > z ? (from + to) / 2 : x > z ? to : from) : (x > z ? from : y > z ? to : (from + to) / 2);
  key pivot = a[at];
  a[at] = a[from];
  int64_t i = from;
  for (int64_t p = from + 1; p <= to; p++) {
    key v = a[p];
    a[p] = a[i + 1], a[i + 1] = v;
    i += v > pivot;
  }
  a[from] = a[i], a[i] = pivot;
  return i;
}

// settle sorts a[from..to], FEW different keys at most, the greatest first: the place of a key is how many are greater.
CLONES static void settle(key *a, int64_t from, int64_t to) {
  key copy[FEW];
  int64_t n = to - from + 1, padded = (n + ABREAST - 1) / ABREAST * ABREAST;
  for (int64_t i = 0; i < padded; i++) copy[i] = i < n ? a[from + i] : 0;
  for (int64_t i = 0; i < n; i++) {
    key v = copy[i], greater[ABREAST] = {0}, place = 0;
    for (int64_t j = 0; j < padded; j += ABREAST)
      for (int l = 0; l < ABREAST; l++) greater[l] += copy[j + l] > v;
    for (int l = 0; l < ABREAST; l++) place += greater[l];
    a[from + (int64_t)place] = v;
  }
}

// select_top moves the k greatest of n different keys to the front, in any order but for the least of them, which comes at k-1. 0 < k <= n.
static void select_top(key *a, int64_t n, int64_t k) {
  int64_t from = 0, to = n - 1;
  while (to - from >= FEW) {
    int64_t p = split(a, from, to);
    if (k - 1 <= p) to = p;
    else from = p + 1;
  }
  settle(a, from, to);
}

// sort_keys sorts n different keys, the greatest first.
static void sort_keys(key *a, int64_t n) {
  int64_t from[64], to[64], top = 0; // the longer part waits: log2(n) of them
  from[0] = 0, to[0] = n - 1;
  while (top >= 0) {
    int64_t f = from[top], t = to[top--];
    while (t - f >= FEW) {
      int64_t p = split(a, f, t);
      top++;
      if (p - f > t - p - 1) {
        from[top] = f, to[top] = p;
        f = p + 1;
      } else {
        from[top] = p + 1, to[top] = t;
        t = p;
      }
    }
    settle(a, f, t);
  }
}

#endif
