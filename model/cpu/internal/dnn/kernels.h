// Kernels of our own. Arrays called void* hold f32, or bfloat16 where bf16 is set. Blocked arrays are [n][ceil(c/block)][s][block] with
// zeros for the channels above c, which every kernel keeps zero. Results do not depend on the number of threads.
#ifndef VIDCSL_DNN_KERNELS_H
#define VIDCSL_DNN_KERNELS_H

#include <stdint.h>

typedef struct { int64_t n, c, s; int block, bf16, groups; } dnn_shape; // groups: equal runs of the batch, each with statistics of its own

// Element by element; out may be one of the operands.
void dnn_add(int bf16, const void *a, const void *b, void *out, int64_t n);
void dnn_relu(int bf16, const void *x, void *out, int64_t n);
void dnn_relu_grad(int bf16, const void *y, const void *gy, void *out, int64_t n);
// dnn_relu_grad_sum: the same of a + b
void dnn_relu_grad_sum(int bf16, const void *y, const void *a, const void *b, void *out, int64_t n);
// dnn_momentum: out = momentum*v + rate*(g + decay*p)
void dnn_momentum(const float *p, const float *g, const float *v, float momentum, float rate, float decay, float *out, int64_t n);
// dnn_axpby: out = a*x + b*y; dnn_mix_squares: out = a*x + b*y*y
void dnn_axpby(const float *x, const float *y, float a, float b, float *out, int64_t n);
void dnn_mix_squares(const float *x, const float *y, float a, float b, float *out, int64_t n);
// dnn_adamw: out = keep*p - rate*m/(sqrt(v)*root + eps)
void dnn_adamw(const float *p, const float *m, const float *v, float keep, float rate, float root, float eps, float *out, int64_t n);
// dnn_scale: out = x*scale
void dnn_scale(const float *x, float scale, float *out, int64_t n);
// dnn_square_sum returns the sum of squares.
double dnn_square_sum(const float *x, int64_t n);

// dnn_block_in and dnn_block_out change row-major f32 into blocked and back; dnn_to_bf16 changes the type alone.
void dnn_block_in(const dnn_shape *d, const float *x, void *out);
void dnn_block_out(const dnn_shape *d, const void *x, float *out);
void dnn_to_bf16(const float *x, void *out, int64_t n);
void dnn_from_bf16(const void *x, float *out, int64_t n);

// dnn_normalize turns the pixels x[n][s][3] into out[n][3][s] by the table of each channel.
void dnn_normalize(int bf16, const uint8_t *x, const float table[3][256], int64_t n, int64_t s, void *out);

// Batch normalisation of blocked arrays. stats[groups][3][c]: mean, 1/sqrt(var+eps), var. reduced[groups][2][c]: sum of gy, of gy*xhat.
// partial holds dnn_bn_partial(d) bytes.
int64_t dnn_bn_partial(const dnn_shape *d);
void dnn_bn_stats(const dnn_shape *d, const void *x, double eps, float *stats, void *partial);
// y = (x-mean)*inv*gamma + beta, + add if it is not null, and then max(0, y) if relu
void dnn_bn_apply(const dnn_shape *d, const void *x, const float *stats, const float *gamma, const float *beta, const void *add, int relu,
                  void *y);
// If beta is not null, gy counts only where the normalised x is positive (the gradient of a ReLU that followed); it is computed again,
// which is cheaper than to read it.
void dnn_bn_reduce(const dnn_shape *d, const void *x, const float *stats, const float *gamma, const float *beta, const void *gy,
                   float *reduced, void *partial);
void dnn_bn_input(const dnn_shape *d, const void *x, const float *stats, const float *gamma, const float *beta, const float *reduced,
                  const void *gy, void *gx);

// y = (x - mean) / sqrt(var + eps) * gamma + beta; mean, var, gamma and beta of each channel, or null for none. groups is 1. coefficients
// holds 5 floats for each channel, here and below.
void dnn_affine(const dnn_shape *d, const void *x, const float *mean, const float *var, double eps, const float *gamma, const float *beta,
                float *coefficients, void *y);
// out[c]: sums over everything else. partial as above.
void dnn_sum_channels(const dnn_shape *d, const void *gy, float *out, float *coefficients, void *partial);
// out[c]: sums of gy * (x-mean)/sqrt(var+eps) over everything else
void dnn_bn_infer_gamma(const dnn_shape *d, const void *x, const float *mean, const float *var, double eps, const void *gy, float *out,
                        float *coefficients, void *partial);

// Largest values under windows, of blocked arrays; and where gy goes back to: the first of equals. sums holds as many floats as gx has
// elements, if they are bfloat16.
typedef struct { int64_t pieces; int64_t in[3], out[3]; int kernel[3], stride[3], pad[3]; int block, bf16; } dnn_pool;
void dnn_max_pool(const dnn_pool *d, const void *x, void *y);
void dnn_max_pool_grad(const dnn_pool *d, const void *x, const void *gy, void *gx, float *sums);
// Means under windows, of what lies inside, or of all places if count_pad, and their gradient.
void dnn_avg_pool(const dnn_pool *d, int count_pad, const void *x, void *y);
void dnn_avg_pool_grad(const dnn_pool *d, int count_pad, const void *gy, void *gx, float *sums);

// Mean over s, and its gradient.
void dnn_mean(const dnn_shape *d, const void *x, float *out);
void dnn_mean_grad(const dnn_shape *d, const float *gy, void *out);

#endif
