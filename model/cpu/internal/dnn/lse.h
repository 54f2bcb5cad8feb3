// Log-sum-exp over the rows of x[n,k] where a mask is not 0: see op.MaskedLogSumExp. Results do not depend on the
// number of threads.
#ifndef VIDCSL_DNN_LSE_H
#define VIDCSL_DNN_LSE_H

#include <stdint.h>

void dnn_lse(int64_t n, int64_t k, const float *x, const uint8_t *mask, float *out);
// dnn_lse_grad: out[n,k] = gy exp(x - y), 0 where the mask is and where y is -inf
void dnn_lse_grad(int64_t n, int64_t k, const float *x, const uint8_t *mask, const float *y, const float *gy, float *out);

#endif
