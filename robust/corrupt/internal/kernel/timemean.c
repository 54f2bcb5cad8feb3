// Sums slide over the frames, for so few pixels at a time that they stay in the nearest cache.
#include "timemean.h"

#include <string.h>

enum { BLOCK = 2048 };

static void add(uint16_t *restrict sum, const uint8_t *restrict p, ptrdiff_t n) {
	for (ptrdiff_t i = 0; i < n; i++)
		sum[i] = (uint16_t)(sum[i] + p[i]);
}

static void sub(uint16_t *restrict sum, const uint8_t *restrict p, ptrdiff_t n) {
	for (ptrdiff_t i = 0; i < n; i++)
		sum[i] = (uint16_t)(sum[i] - p[i]);
}

static void divide(uint8_t *restrict dst, const uint16_t *restrict sum, ptrdiff_t n, uint16_t half, uint16_t inverse) {
	for (ptrdiff_t i = 0; i < n; i++)
		dst[i] = (uint8_t)((uint32_t)(uint16_t)(sum[i] + half) * inverse >> 16);
}

void vc_time_mean(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t n, ptrdiff_t r) {
	uint16_t sum[BLOCK];
	for (ptrdiff_t i = 0; i < n; i += BLOCK) {
		ptrdiff_t m = n - i < BLOCK ? n - i : BLOCK, from = 0, to = 0; // frames from to to-1 are summed
		memset(sum, 0, sizeof sum);
		for (ptrdiff_t k = 0; k < t; k++) {
			for (; to < t && to <= k + r; to++)
				add(sum, src + to * n + i, m);
			for (; from < k - r; from++)
				sub(sum, src + from * n + i, m);
			uint16_t count = (uint16_t)(to - from);
			if (count == 1)
				memcpy(dst + k * n + i, src + k * n + i, (size_t)m);
			else
				divide(dst + k * n + i, sum, m, count / 2, (uint16_t)(65536 / count + 1));
		}
	}
}
