// Row-major pictures in f32: see op.Perturb and op.HighPass. Results do not depend on the number of threads.
#ifndef VIDCSL_DNN_PICTURES_H
#define VIDCSL_DNN_PICTURES_H

#include <stdint.h>

// limits hold step, radius, low and high of each of three channels.
typedef struct { float step[3], radius[3], low[3], high[3]; int sign; } dnn_limits;
// dnn_perturb: arrays [planes][size], of which plane i is of channel i mod 3. out may be one of the operands.
void dnn_perturb(const dnn_limits *l, int64_t planes, int64_t size, const float *origin, const float *x, const float *d, float *out);

// Low waves of lines of h and of w pixels: down[nh][h] and across[nw][w], and keep[nh][nw], 1 for the pairs that are taken out.
typedef struct { int64_t h, w, nh, nw; const float *down, *across, *keep; } dnn_waves;
// dnn_high_pass: x[n][h][w]. scratch holds tasks * (nh * nw + nw) floats. out may be x.
void dnn_high_pass(const dnn_waves *v, int64_t n, int64_t tasks, const float *x, float *out, float *scratch);

#endif
