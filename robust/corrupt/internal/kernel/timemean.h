// The mean over neighbouring frames. See timemean.go.
#ifndef VC_TIMEMEAN_H
#define VC_TIMEMEAN_H

#include <stddef.h>
#include <stdint.h>

void vc_time_mean(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t n, ptrdiff_t r);

#endif
