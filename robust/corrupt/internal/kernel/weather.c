// Layers between the camera and the world: fog that drifts, flakes that fall, frost and drops on the glass.
#include "weather_simd.h"

enum { BLOCK = 64 };

VC_CLONES void vc_mix(float *restrict dst, const float *restrict src, ptrdiff_t n, const int32_t *at, const float *weight, ptrdiff_t taps) {
	ptrdiff_t i = 0;
	for (; i + BLOCK <= n; i += BLOCK) {
		float acc[BLOCK] = {0};
		for (ptrdiff_t j = 0; j < taps; j++) {
			const float *s = src + at[j] + i, w = weight[j];
			for (int k = 0; k < BLOCK; k++)
				acc[k] += w * s[k];
		}
		for (int k = 0; k < BLOCK; k++)
			dst[i + k] = acc[k];
	}
	for (; i < n; i++) {
		float acc = 0;
		for (ptrdiff_t j = 0; j < taps; j++)
			acc += weight[j] * src[at[j] + i];
		dst[i] = acc;
	}
}

VC_CLONES int vc_peak(const uint8_t *src, size_t n) {
	uint8_t m = 0;
	for (size_t i = 0; i < n; i++)
		m = src[i] > m ? src[i] : m;
	return m;
}

VC_INLINE void drift_run(uint8_t *restrict dst, const int16_t *restrict a, const int16_t *restrict b, ptrdiff_t n, int16_t fy, int16_t fx, uint16_t gain) {
	for (ptrdiff_t i = 0; i < n; i++) {
		int16_t p = (int16_t)(a[i] + vc_mulround((int16_t)(a[i + 3] - a[i]), fx));
		int16_t q = (int16_t)(b[i] + vc_mulround((int16_t)(b[i + 3] - b[i]), fx));
		int16_t l = (int16_t)(p + vc_mulround((int16_t)(q - p), fy));
		uint16_t v = (uint16_t)(vc_mulhigh((uint16_t)(dst[i] << 8), gain) + l);
		dst[i] = (uint8_t)vc_min16(v >> 7, 255);
	}
}

VC_CLONES void vc_drift(uint8_t *dst, const int16_t *layer, const vc_torus *o, int fy, int fx, int gain) {
	ptrdiff_t stride = (o->size_x + 1) * 3;
	for (ptrdiff_t y = 0; y < o->h; y++) {
		const int16_t *a = layer + (o->y + y) % o->size_y * stride, *b = layer + (o->y + y + 1) % o->size_y * stride;
		for (ptrdiff_t done = 0, x = o->x; done < o->w; x = 0) {
			ptrdiff_t n = o->size_x - x < o->w - done ? o->size_x - x : o->w - done;
			drift_run(dst + (y * o->w + done) * 3, a + x * 3, b + x * 3, n * 3, (int16_t)fy, (int16_t)fx, (uint16_t)gain);
			done += n;
		}
	}
}

// A stretch of the glass stays in the cache for all frames.
VC_CLONES void vc_overlay(uint8_t *dst, ptrdiff_t frames, ptrdiff_t n, const uint16_t *gain, const uint16_t *add) {
	for (ptrdiff_t at = 0; at < n; at += 4096) {
		ptrdiff_t m = n - at < 4096 ? n - at : 4096;
		const uint16_t *restrict g = gain + at, *restrict a = add + at;
		for (ptrdiff_t t = 0; t < frames; t++) {
			uint8_t *restrict d = dst + t * n + at;
			for (ptrdiff_t i = 0; i < m; i++)
				d[i] = (uint8_t)vc_min16((uint16_t)(vc_mulhigh((uint16_t)(d[i] << 8), g[i]) + a[i]) >> 7, 255);
		}
	}
}

VC_INLINE uint8_t snow_one(uint8_t x, uint16_t grey, uint16_t s, uint16_t keep, uint16_t whiten) {
	uint16_t v = (uint16_t)(vc_mulhigh((uint16_t)(x << 8), keep) + vc_mulhigh(vc_max16((uint16_t)(x << 7), grey), whiten));
	return (uint8_t)vc_min16((uint16_t)(vc_min16(v, 255 << 7) + s) >> 7, 255);
}

VC_INLINE void snow_run(uint8_t *d, const uint16_t *layer, ptrdiff_t n, uint16_t keep, uint16_t whiten) {
	for (ptrdiff_t i = 0; i < n; i += VC_PLANE) {
		vc_planes p;
		uint16_t s[VC_PLANE] = {0};
		vc_part(p, d + i * 3, vc_piece(n - i));
		memcpy(s, layer + i, (size_t)vc_piece(n - i) * sizeof *s);
		for (int j = 0; j < VC_PLANE; j++) {
			uint8_t r = p[0][j], g = p[1][j], b = p[2][j];
			uint16_t y = (uint16_t)(77 * r + 150 * g + 29 * b);
			uint16_t grey = (uint16_t)((y >> 1) + (y >> 2) + (255 << 6));
			p[0][j] = snow_one(r, grey, s[j], keep, whiten);
			p[1][j] = snow_one(g, grey, s[j], keep, whiten);
			p[2][j] = snow_one(b, grey, s[j], keep, whiten);
		}
		vc_whole(d + i * 3, p, vc_piece(n - i));
	}
}

VC_CLONES void vc_snow(uint8_t *dst, const uint16_t *layer, const vc_torus *o, int keep, int whiten) {
	for (ptrdiff_t y = 0; y < o->h; y++) {
		const uint16_t *a = layer + (o->y + y) % o->size_y * o->size_x;
		for (ptrdiff_t done = 0, x = o->x; done < o->w; x = 0) {
			ptrdiff_t n = o->size_x - x < o->w - done ? o->size_x - x : o->w - done;
			snow_run(dst + (y * o->w + done) * 3, a + x, n, (uint16_t)keep, (uint16_t)whiten);
			done += n;
		}
	}
}
