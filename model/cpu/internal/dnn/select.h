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

// split moves keys around the median of three of a[from..to], at least 3: those before the place that it returns are not less than those after.
static int64_t split(key *a, int64_t from, int64_t to) {
  key x = a[from], y = a[(from + to) / 2], z = a[to];
  key pivot = x > y ? (y > z ? y : x > z ? z : x) : (x > z ? x : y > z ? z : y);
  int64_t i = from - 1, j = to + 1;
  for (;;) {
    do i++; while (a[i] > pivot);
    do j--; while (a[j] < pivot);
    if (i >= j) return j;
    key t = a[i];
    a[i] = a[j], a[j] = t;
  }
}

// insertion sorts a[from..to], the greatest first.
static void insertion(key *a, int64_t from, int64_t to) {
  for (int64_t i = from + 1; i <= to; i++) {
    key v = a[i];
    int64_t j = i;
    for (; j > from && a[j - 1] < v; j--) a[j] = a[j - 1];
    a[j] = v;
  }
}

// select_top moves the k greatest of n different keys to the front, in any order but for the least of them, which comes at k-1. 0 < k <= n.
static void select_top(key *a, int64_t n, int64_t k) {
  int64_t from = 0, to = n - 1;
  while (to - from > 16) {
    int64_t p = split(a, from, to);
    if (k - 1 <= p) to = p;
    else from = p + 1;
  }
  insertion(a, from, to);
}

// sort_keys sorts n different keys, the greatest first.
static void sort_keys(key *a, int64_t n) {
  int64_t from[64], to[64], top = 0; // the longer part waits: log2(n) of them
  from[0] = 0, to[0] = n - 1;
  while (top >= 0) {
    int64_t f = from[top], t = to[top--];
    while (t - f > 16) {
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
    insertion(a, f, t);
  }
}

#endif
