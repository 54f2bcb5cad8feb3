// Noise: each value of a frame anew. References of the same result are in noise.go.
#ifndef VC_NOISE_H
#define VC_NOISE_H

#include "hash.h"

void vc_gauss(uint8_t *pix, size_t n, vc_key k, const uint32_t *table, int32_t same, int32_t gain, int level);
void vc_outcome(uint8_t *pix, size_t n, vc_key k, const uint32_t *table, int level);
void vc_impulse(uint8_t *pix, size_t n, vc_key k, uint32_t below, int level);

#endif
