// The loops of bn.c for one type T of elements and B channels in a block; BF16 says that T is bfloat16. Included several times.
#include "vector_body.h"

INLINE V NAME(keep)(V v, V where) { return (V)((I)v & ~(where <= 0)); } // v where the other is positive, or NaN; else 0
#define KEEP NAME(keep)

// Sums of one piece: mean and squared deviations, chunk by chunk (Chan, Golub, LeVeque 1979).
CLONES static void NAME(stats)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  int64_t S = j->d->s;
  for (int64_t piece = from; piece < to; piece++) {
    const T *x = (const T *)j->x + piece * S * B;
    double *mean = j->partial + piece * 2 * B, *m2 = mean + B;
    memset(mean, 0, 2 * B * sizeof *mean);
    for (int64_t s = 0; s < S; s += ROWS) {
      int64_t rows = S - s < ROWS ? S - s : ROWS, r = 0;
      const T *p = x + s * B;
      V a = {0}, b = {0}, c = {0}, d = {0};
      for (; r + 4 <= rows; r += 4)
        a += LOAD(p + r * B), b += LOAD(p + r * B + B), c += LOAD(p + r * B + 2 * B), d += LOAD(p + r * B + 3 * B);
      for (; r < rows; r++) a += LOAD(p + r * B);
      V m = (a + b + (c + d)) / (float)rows;
      a = b = c = d = (V){0};
      for (r = 0; r + 4 <= rows; r += 4) {
        V u = LOAD(p + r * B) - m, v = LOAD(p + r * B + B) - m, w = LOAD(p + r * B + 2 * B) - m, z = LOAD(p + r * B + 3 * B) - m;
        a += u * u, b += v * v, c += w * w, d += z * z;
      }
      for (; r < rows; r++) {
        V u = LOAD(p + r * B) - m;
        a += u * u;
      }
      a = a + b + (c + d);
      for (int k = 0; k < B; k++) {
        double delta = m[k] - mean[k], total = s + rows;
        mean[k] += delta * rows / total;
        m2[k] += a[k] + delta * delta * s * rows / total;
      }
    }
  }
}

// scale sets y = (x-mean)*mul + plus for a piece.
INLINE void NAME(scale)(const job *j, int64_t piece, V *mean, V *mul, V *plus) {
  const dnn_shape *d = j->d;
  int64_t cb = piece % blocks(d);
  const float *st = j->stats + group_of(d, piece) * 3 * d->c;
  float m[B], i[B], g[B], b[B];
  row(d, st, cb, m), row(d, st + d->c, cb, i), row(d, j->gamma, cb, g), row(d, j->beta, cb, b);
  *mean = *(V *)m, *mul = *(V *)i * *(V *)g, *plus = *(V *)b;
}

CLONES static void NAME(apply)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  int64_t S = j->d->s;
  const T *x = j->x, *add = j->add;
  T *y = j->out;
  while (from < to) {
    int64_t piece = from / S, end = (piece + 1) * S < to ? (piece + 1) * S : to;
    V mean, mul, plus;
    NAME(scale)(j, piece, &mean, &mul, &plus);
    if (add && j->relu)
      for (; from < end; from++) {
        V v = (LOAD(x + from * B) - mean) * mul + plus + LOAD(add + from * B);
        STORE(y + from * B, (V)((I)v & ~(v <= 0)));
      }
    else if (add)
      for (; from < end; from++) STORE(y + from * B, (LOAD(x + from * B) - mean) * mul + plus + LOAD(add + from * B));
    else if (j->relu)
      for (; from < end; from++) {
        V v = (LOAD(x + from * B) - mean) * mul + plus;
        STORE(y + from * B, (V)((I)v & ~(v <= 0)));
      }
    else
      for (; from < end; from++) STORE(y + from * B, (LOAD(x + from * B) - mean) * mul + plus);
  }
}

CLONES static void NAME(reduce)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_shape *d = j->d;
  for (int64_t piece = from; piece < to; piece++) {
    int64_t at = piece * d->s * B;
    const T *x = (const T *)j->x + at, *gy = (const T *)j->gy + at;
    V mean, mul, plus;
    NAME(scale)(j, piece, &mean, &mul, &plus);
    double *sum = j->partial + piece * 2 * B, *product = sum + B;
    memset(sum, 0, 2 * B * sizeof *sum);
    for (int64_t s = 0; s < d->s; s += ROWS) {
      int64_t end = d->s - s < ROWS ? d->s : s + ROWS, r = s;
      V a = {0}, b = {0}, a2 = {0}, b2 = {0};
      for (; r + 2 <= end; r += 2) {
        V u = LOAD(gy + r * B), v = LOAD(gy + r * B + B), h = LOAD(x + r * B) - mean, h2 = LOAD(x + r * B + B) - mean;
        if (j->beta) u = KEEP(u, h * mul + plus), v = KEEP(v, h2 * mul + plus);
        a += u, a2 += v;
        b += u * h, b2 += v * h2;
      }
      for (; r < end; r++) {
        V u = LOAD(gy + r * B), h = LOAD(x + r * B) - mean;
        if (j->beta) u = KEEP(u, h * mul + plus);
        a += u;
        b += u * h;
      }
      a += a2, b += b2;
      for (int k = 0; k < B; k++) sum[k] += a[k], product[k] += b[k];
    }
  }
}

// gx = gamma*inv * (gy - sum/m - xhat * product/m), m elements in the group.
CLONES static void NAME(input)(void *arg, int64_t from, int64_t to) {
  const job *j = arg;
  const dnn_shape *d = j->d;
  int64_t S = d->s;
  const T *x = j->x, *gy = j->gy;
  T *gx = j->out;
  float count = (double)(d->n / d->groups) * S;
  while (from < to) {
    int64_t piece = from / S, end = (piece + 1) * S < to ? (piece + 1) * S : to, cb = piece % blocks(d), g = group_of(d, piece);
    float i[B], r0[B], r1[B];
    const float *inv = j->stats + g * 3 * d->c + d->c, *red = j->reduced + g * 2 * d->c;
    row(d, inv, cb, i), row(d, red, cb, r0), row(d, red + d->c, cb, r1);
    V mean, mul, plus;
    NAME(scale)(j, piece, &mean, &mul, &plus);
    V less = mul * *(V *)r0 / count, slope = mul * *(V *)i * *(V *)r1 / count;
    if (j->beta)
      for (; from < end; from++) {
        V h = LOAD(x + from * B) - mean;
        STORE(gx + from * B, KEEP(LOAD(gy + from * B), h * mul + plus) * mul - less - h * slope);
      }
    else
      for (; from < end; from++) STORE(gx + from * B, LOAD(gy + from * B) * mul - less - (LOAD(x + from * B) - mean) * slope);
  }
}

#undef KEEP
#include "vector_end.h"
