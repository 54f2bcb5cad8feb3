#ifndef VC_FIELD_H
#define VC_FIELD_H

#include <math.h>

#include "weather_simd.h"

typedef struct { // Bend in Go
	ptrdiff_t h, w;
	double m[6];
} vc_bend;

void vc_uniform(float *dst, ptrdiff_t n, uint64_t seed, float k);
void vc_normal(float *dst, ptrdiff_t n, uint64_t seed, float mean, float spread, const float *quantiles);
void vc_transpose(float *dst, const float *src, ptrdiff_t rows, ptrdiff_t cols);
void vc_extremes(int32_t extremes[2], const int32_t *v, ptrdiff_t n);
void vc_bent(int32_t *at, uint32_t *shares, const float *dx, const float *dy, const vc_bend *o);

#endif
