//go:build cgo && !nodnnl

#include "dnn.h"
#include "pictures.h"
#include "simd.h"

typedef struct { const dnn_limits *l; int64_t size; const float *origin, *x, *d; float *out; } perturbed;

CLONES static void perturb_planes(void *arg, int64_t from, int64_t to) {
  perturbed *p = arg;
  const dnn_limits *l = p->l;
  for (int64_t i = from; i < to; i++) {
    const float step = l->step[i % 3], radius = l->radius[i % 3], low = l->low[i % 3], high = l->high[i % 3];
    const float *origin = p->origin + i * p->size, *x = p->x + i * p->size, *d = p->d + i * p->size;
    float *out = p->out + i * p->size;
    for (int64_t j = 0; j < p->size; j++) {
      float by = l->sign ? (float)((d[j] > 0) - (d[j] < 0)) : d[j];
      float v = x[j] + step * by, least = origin[j] - radius, most = origin[j] + radius;
      v = v < least ? least : v;
      v = v > most ? most : v;
      v = v < low ? low : v;
      out[j] = v > high ? high : v;
    }
  }
}

void dnn_perturb(const dnn_limits *l, int64_t planes, int64_t size, const float *origin, const float *x, const float *d, float *out) {
  perturbed p = {l, size, origin, x, d, out};
  if (planes * size < 32768) perturb_planes(&p, 0, planes);
  else dnn_parallel(perturb_planes, &p, planes);
}

typedef struct { const dnn_waves *v; int64_t n, tasks; const float *x; float *out, *scratch; } filtered;

CLONES static void filter_tasks(void *arg, int64_t from, int64_t to) {
  filtered *f = arg;
  const dnn_waves *v = f->v;
  const int64_t h = v->h, w = v->w, nh = v->nh, nw = v->nw;
  for (int64_t t = from; t < to; t++) {
    float *low = f->scratch + t * (nh * nw + nw), *row = low + nh * nw;
    for (int64_t p = f->n * t / f->tasks; p < f->n * (t + 1) / f->tasks; p++) {
      const float *x = f->x + p * h * w;
      float *out = f->out + p * h * w;
      memset(low, 0, sizeof(float) * nh * nw);
      for (int64_t i = 0; i < h; i++) { // how much of each pair of waves there is
        for (int64_t l = 0; l < nw; l++) {
          float lane[16] = {0}, sum = 0;
          int64_t j = 0;
          for (; j + 16 <= w; j += 16)
            for (int k = 0; k < 16; k++) lane[k] += x[i * w + j + k] * v->across[l * w + j + k];
          for (; j < w; j++) sum += x[i * w + j] * v->across[l * w + j];
          for (int k = 0; k < 16; k++) sum += lane[k];
          row[l] = sum;
        }
        for (int64_t k = 0; k < nh; k++) {
          const float by = v->down[k * h + i];
          for (int64_t l = 0; l < nw; l++) low[k * nw + l] += by * row[l];
        }
      }
      for (int64_t k = 0; k < nh * nw; k++) low[k] *= v->keep[k];
      for (int64_t i = 0; i < h; i++) {
        memset(row, 0, sizeof(float) * nw);
        for (int64_t k = 0; k < nh; k++) {
          const float by = v->down[k * h + i];
          for (int64_t l = 0; l < nw; l++) row[l] += by * low[k * nw + l];
        }
        if (out != x) memcpy(out + i * w, x + i * w, sizeof(float) * w);
        for (int64_t l = 0; l < nw; l++) {
          const float by = row[l];
          for (int64_t j = 0; j < w; j++) out[i * w + j] -= by * v->across[l * w + j];
        }
      }
    }
  }
}

void dnn_high_pass(const dnn_waves *v, int64_t n, int64_t tasks, const float *x, float *out, float *scratch) {
  filtered f = {v, n, tasks, x, out, scratch};
  dnn_parallel(filter_tasks, &f, tasks);
}
