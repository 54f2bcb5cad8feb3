//go:build cgo && !nodnnl

#include "dnn.h"
#include "kernels.h"
#include "simd.h"

#include <math.h>

typedef struct { const void *a, *b, *c; void *out; float p, q, r, s; } operands;

// MAP defines a kernel of up to three operands of one type: a loop for each type, and their entry.
#define LOOP(name, T, t, expr) \
  CLONES static void name##_##t(void *arg, int64_t from, int64_t to) { \
    operands *o = arg; \
    const T *A = o->a, *B = o->b, *C = o->c; \
    T *out = o->out; \
    (void)B, (void)C; \
    for (int64_t i = from; i < to; i++) { \
      float a = t##_load(A + i), b = B ? t##_load(B + i) : 0, c = C ? t##_load(C + i) : 0; \
      (void)b, (void)c; \
      t##_store(out + i, expr); \
    } \
  }
#define MAP(name, expr) LOOP(name, float, f32, expr) LOOP(name, bf16, bf16, expr)

MAP(add, a + b)
MAP(relu, a <= 0 ? 0 : a)
MAP(relu_grad, a <= 0 ? 0 : b)
MAP(relu_grad_sum, a <= 0 ? 0 : b + c)

// spread splits n elements into runs of whole cache lines.
typedef struct { dnn_range f; void *arg; int64_t n; } lines;
static void run_lines(void *arg, int64_t from, int64_t to) {
  lines *l = arg;
  int64_t end = to * 64 < l->n ? to * 64 : l->n;
  l->f(l->arg, from * 64, end);
}
static void spread(dnn_range f, void *arg, int64_t n) {
  if (n < 32768) { // not worth waking anybody, who may have to wait for a processor
    if (n > 0) f(arg, 0, n);
    return;
  }
  lines l = {f, arg, n};
  dnn_parallel(run_lines, &l, (n + 63) / 64);
}

void dnn_add(int b16, const void *a, const void *b, void *out, int64_t n) {
  operands o = {.a = a, .b = b, .out = out};
  spread(b16 ? add_bf16 : add_f32, &o, n);
}
void dnn_relu(int b16, const void *x, void *out, int64_t n) {
  operands o = {.a = x, .b = x, .out = out};
  spread(b16 ? relu_bf16 : relu_f32, &o, n);
}
void dnn_relu_grad(int b16, const void *y, const void *gy, void *out, int64_t n) {
  operands o = {.a = y, .b = gy, .out = out};
  spread(b16 ? relu_grad_bf16 : relu_grad_f32, &o, n);
}

void dnn_relu_grad_sum(int b16, const void *y, const void *a, const void *b, void *out, int64_t n) {
  operands o = {.a = y, .b = a, .c = b, .out = out};
  spread(b16 ? relu_grad_sum_bf16 : relu_grad_sum_f32, &o, n);
}

// FLOATS defines a kernel on f32 with parameters p and q.
#define FLOATS(name, expr) \
  CLONES static void name(void *arg, int64_t from, int64_t to) { \
    operands *o = arg; \
    const float *a = o->a, *b = o->b, *c = o->c; \
    float *out = o->out, p = o->p, q = o->q, r = o->r, s = o->s; \
    (void)b, (void)c, (void)p, (void)q, (void)r, (void)s; \
    for (int64_t i = from; i < to; i++) out[i] = expr; \
  }
FLOATS(momentum, q *c[i] + r * (b[i] + p * a[i]))
FLOATS(axpby, p *a[i] + q * b[i])
FLOATS(squares_in, p *a[i] + q * b[i] * b[i])
FLOATS(adamw, p *a[i] - q * b[i] / (sqrtf(c[i]) * r + s))
FLOATS(scale, a[i] * p)

void dnn_momentum(const float *p, const float *g, const float *v, float m, float rate, float decay, float *out, int64_t n) {
  operands o = {.a = p, .b = g, .c = v, .out = out, .p = decay, .q = m, .r = rate};
  spread(momentum, &o, n);
}
void dnn_axpby(const float *x, const float *y, float a, float b, float *out, int64_t n) {
  operands o = {.a = x, .b = y, .out = out, .p = a, .q = b};
  spread(axpby, &o, n);
}
void dnn_mix_squares(const float *x, const float *y, float a, float b, float *out, int64_t n) {
  operands o = {.a = x, .b = y, .out = out, .p = a, .q = b};
  spread(squares_in, &o, n);
}
void dnn_adamw(const float *p, const float *m, const float *v, float keep, float rate, float root, float eps, float *out, int64_t n) {
  operands o = {.a = p, .b = m, .c = v, .out = out, .p = keep, .q = rate, .r = root, .s = eps};
  spread(adamw, &o, n);
}
void dnn_scale(const float *x, float s, float *out, int64_t n) {
  operands o = {.a = x, .out = out, .p = s};
  spread(scale, &o, n);
}

CLONES static void cast_in(void *arg, int64_t from, int64_t to) {
  operands *o = arg;
  const float *x = o->a;
  bf16 *out = o->out;
  for (int64_t i = from; i < to; i++) out[i] = to_bf16(x[i]);
}
CLONES static void cast_out(void *arg, int64_t from, int64_t to) {
  operands *o = arg;
  const bf16 *x = o->a;
  float *out = o->out;
  for (int64_t i = from; i < to; i++) out[i] = from_bf16(x[i]);
}
void dnn_to_bf16(const float *x, void *out, int64_t n) {
  operands o = {.a = x, .out = out};
  spread(cast_in, &o, n);
}
void dnn_from_bf16(const void *x, float *out, int64_t n) {
  operands o = {.a = x, .out = out};
  spread(cast_out, &o, n);
}

// Sums of squares in 64 runs of fixed length, whatever the number of threads.
enum { RUNS = 64 };
typedef struct { const float *x; int64_t n; double sum[RUNS]; } squares;
CLONES static void square_run(void *arg, int64_t from, int64_t to) {
  squares *s = arg;
  for (int64_t r = from; r < to; r++) {
    double total = 0;
    int64_t end = s->n * (r + 1) / RUNS;
    for (int64_t i = s->n * r / RUNS; i < end;) {
      float lane[16] = {0};
      for (int k = 0; k < 64 && i + 16 <= end; k++, i += 16)
        for (int j = 0; j < 16; j++) lane[j] += s->x[i + j] * s->x[i + j];
      for (int j = 0; j < 16; j++) total += lane[j];
      if (end - i < 16)
        for (; i < end; i++) total += (double)s->x[i] * s->x[i];
    }
    s->sum[r] = total;
  }
}
double dnn_square_sum(const float *x, int64_t n) {
  squares s = {x, n, {0}};
  if (n < 32768) square_run(&s, 0, RUNS);
  else dnn_parallel(square_run, &s, RUNS);
  double total = 0;
  for (int r = 0; r < RUNS; r++) total += s.sum[r];
  return total;
}
