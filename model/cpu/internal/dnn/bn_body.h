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
    const T *x = (const T *)j->x + at, *gy = (const T *)j->gy + at, *y = j->y ? (const T *)j->y + at : 0;
    T *masked = j->masked ? (T *)j->masked + at : 0;
    float m[B];
    row(d, j->stats + group_of(d, piece) * 3 * d->c, piece % blocks(d), m);
    V mean = *(V *)m;
    double *sum = j->partial + piece * 2 * B, *product = sum + B;
    memset(sum, 0, 2 * B * sizeof *sum);
    for (int64_t s = 0; s < d->s; s += ROWS) {
      int64_t end = d->s - s < ROWS ? d->s : s + ROWS, r = s;
      V a = {0}, b = {0}, a2 = {0}, b2 = {0};
      for (; r + 2 <= end; r += 2) {
        V u = LOAD(gy + r * B), v = LOAD(gy + r * B + B);
        if (y) u = KEEP(u, LOAD(y + r * B)), v = KEEP(v, LOAD(y + r * B + B));
        if (masked) STORE(masked + r * B, u), STORE(masked + r * B + B, v);
        a += u, a2 += v;
        b += u * (LOAD(x + r * B) - mean), b2 += v * (LOAD(x + r * B + B) - mean);
      }
      for (; r < end; r++) {
        V u = LOAD(gy + r * B);
        if (y) u = KEEP(u, LOAD(y + r * B));
        if (masked) STORE(masked + r * B, u);
        a += u;
        b += u * (LOAD(x + r * B) - mean);
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
  const T *x = j->x, *gy = j->gy, *y = j->y;
  T *gx = j->out;
  float count = (double)(d->n / d->groups) * S;
  while (from < to) {
    int64_t piece = from / S, end = (piece + 1) * S < to ? (piece + 1) * S : to, cb = piece % blocks(d), g = group_of(d, piece);
    float m[B], i[B], w[B], r0[B], r1[B];
    const float *st = j->stats + g * 3 * d->c, *red = j->reduced + g * 2 * d->c;
    row(d, st, cb, m), row(d, st + d->c, cb, i), row(d, j->gamma, cb, w), row(d, red, cb, r0), row(d, red + d->c, cb, r1);
    V mean = *(V *)m, inv = *(V *)i, mul = *(V *)w * inv, less = mul * *(V *)r0 / count, slope = mul * inv * *(V *)r1 / count;
    if (y)
      for (; from < end; from++)
        STORE(gx + from * B, KEEP(LOAD(gy + from * B), LOAD(y + from * B)) * mul - less - (LOAD(x + from * B) - mean) * slope);
    else
      for (; from < end; from++) STORE(gx + from * B, LOAD(gy + from * B) * mul - less - (LOAD(x + from * B) - mean) * slope);
  }
}

#undef KEEP
#include "vector_end.h"
