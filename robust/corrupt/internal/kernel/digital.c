// What changes each pixel on its own: contrast, brightness and saturation; and what moves them: elastic and pixelate.
#include "weather_simd.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

enum { BLOCK = 48 }; // a whole number of pixels and of vectors

VC_CLONES void vc_rgb_sums(uint64_t sum[3], const uint8_t *src, ptrdiff_t pixels) {
	ptrdiff_t n = pixels * 3, i = 0;
	sum[0] = sum[1] = sum[2] = 0;
	while (i + BLOCK <= n) {
		uint16_t acc[BLOCK] = {0};
		for (int k = 0; k < 256 && i + BLOCK <= n; k++, i += BLOCK)
			for (int j = 0; j < BLOCK; j++)
				acc[j] = (uint16_t)(acc[j] + src[i + j]);
		for (int j = 0; j < BLOCK; j++)
			sum[j % 3] += acc[j];
	}
	for (; i < n; i++)
		sum[i % 3] += src[i];
}

VC_CLONES void vc_scale(uint8_t *dst, ptrdiff_t pixels, int gain, const int32_t bias[3]) {
	ptrdiff_t n = pixels * 3, i = 0;
	int32_t b[BLOCK];
	for (int j = 0; j < BLOCK; j++)
		b[j] = bias[j % 3];
	for (; i + BLOCK <= n; i += BLOCK)
		for (int j = 0; j < BLOCK; j++)
			dst[i + j] = (uint8_t)((dst[i + j] * gain + b[j]) >> 16);
	for (; i < n; i++)
		dst[i] = (uint8_t)((dst[i] * gain + bias[i % 3]) >> 16);
}

static const float nearly = 1.0f / 2048; // more than the error of the floats, less than the least fraction that can come out

VC_INLINE uint8_t max8(uint8_t a, uint8_t b) { return a > b ? a : b; }
VC_INLINE uint8_t min8(uint8_t a, uint8_t b) { return a < b ? a : b; }

VC_INLINE void value_planes(vc_planes p, float add) {
	for (int i = 0; i < VC_PLANE; i++) {
		uint8_t r = p[0][i], g = p[1][i], b = p[2][i];
		float v = max8(r, max8(g, b)), up = v + add;
		up = up < 255 ? up : 255;
		float k = up / (v > 1 ? v : 1), floor = (v > 0 ? 0 : up) + nearly;
		p[0][i] = (uint8_t)(int)(r * k + floor);
		p[1][i] = (uint8_t)(int)(g * k + floor);
		p[2][i] = (uint8_t)(int)(b * k + floor);
	}
}

VC_CLONES void vc_value(uint8_t *d, ptrdiff_t pixels, float add) {
	for (ptrdiff_t i = 0; i < pixels; i += VC_PLANE) {
		vc_planes p;
		vc_part(p, d + i * 3, vc_piece(pixels - i));
		value_planes(p, add);
		vc_whole(d + i * 3, p, vc_piece(pixels - i));
	}
}

VC_INLINE void saturation_planes(vc_planes p, float gain, float add) {
	for (int i = 0; i < VC_PLANE; i++) {
		uint8_t r = p[0][i], g = p[1][i], b = p[2][i];
		uint8_t hi = max8(r, max8(g, b)), lo = min8(r, min8(g, b)), delta = (uint8_t)(hi - lo);
		float v = hi, most = v / max8(delta, 1), k = gain + add * most;
		k = k < most ? k : most;
		float red = v + nearly / 4, rest = red - v * (delta == 0 ? add : 0.0f);
		p[0][i] = (uint8_t)(int)(red - (uint8_t)(hi - r) * k);
		p[1][i] = (uint8_t)(int)(rest - (uint8_t)(hi - g) * k);
		p[2][i] = (uint8_t)(int)(rest - (uint8_t)(hi - b) * k);
	}
}

VC_CLONES void vc_saturation(uint8_t *d, ptrdiff_t pixels, float gain, float add) {
	for (ptrdiff_t i = 0; i < pixels; i += VC_PLANE) {
		vc_planes p;
		vc_part(p, d + i * 3, vc_piece(pixels - i));
		saturation_planes(p, gain, add);
		vc_whole(d + i * 3, p, vc_piece(pixels - i));
	}
}

VC_INLINE void warp_scalar(uint8_t *dst, const uint8_t *src, ptrdiff_t pixels, ptrdiff_t stride, const int32_t *at, const uint32_t *weight) {
	for (ptrdiff_t i = 0; i < pixels; i++) {
		const uint8_t *p = src + at[i], *q = p + stride;
		int x0 = weight[i] & 255, x1 = weight[i] >> 8 & 255, y0 = weight[i] >> 16 & 255, y1 = (int)(weight[i] >> 24);
		for (int c = 0; c < 3; c++)
			dst[i * 3 + c] = (uint8_t)(((p[c] * x0 + p[c + 3] * x1) * y0 + (q[c] * x0 + q[c + 3] * x1) * y1) >> 12);
	}
}

#if defined(__x86_64__) && defined(__GNUC__)
// One pixel: the pairs (left, right) of both rows for pmaddubsw, then the pairs (upper, lower) for pmaddwd. Writes a fourth byte.
__attribute__((target("ssse3,sse4.1"))) static void warp_sse(uint8_t *dst, const uint8_t *src, ptrdiff_t pixels, ptrdiff_t stride, const int32_t *at, const uint32_t *weight) {
	const __m128i pairs = _mm_setr_epi8(0, 3, 8, 11, 1, 4, 9, 12, 2, 5, 10, 13, -1, -1, -1, -1);
	const __m128i across = _mm_setr_epi8(0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1);
	const __m128i down = _mm_setr_epi8(2, -1, 3, -1, 2, -1, 3, -1, 2, -1, 3, -1, 2, -1, 3, -1);
	const __m128i bytes = _mm_setr_epi8(0, 4, 8, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
	ptrdiff_t i = 0;
	for (; i + 1 < pixels; i++) {
		const uint8_t *p = src + at[i];
		__m128i v = _mm_unpacklo_epi64(_mm_loadl_epi64((const __m128i *)p), _mm_loadl_epi64((const __m128i *)(p + stride)));
		__m128i w = _mm_cvtsi32_si128((int)weight[i]);
		v = _mm_maddubs_epi16(_mm_shuffle_epi8(v, pairs), _mm_shuffle_epi8(w, across));
		v = _mm_srli_epi32(_mm_madd_epi16(v, _mm_shuffle_epi8(w, down)), 12);
		uint32_t out = (uint32_t)_mm_cvtsi128_si32(_mm_shuffle_epi8(v, bytes));
		memcpy(dst + i * 3, &out, 4);
	}
	warp_scalar(dst + i * 3, src, pixels - i, stride, at + i, weight + i);
}
#endif

void vc_warp(uint8_t *dst, const uint8_t *src, ptrdiff_t pixels, ptrdiff_t stride, const int32_t *at, const uint32_t *weight) {
#if defined(__x86_64__) && defined(__GNUC__)
	if (__builtin_cpu_supports("sse4.1")) {
		warp_sse(dst, src, pixels, stride, at, weight);
		return;
	}
#endif
	warp_scalar(dst, src, pixels, stride, at, weight);
}

// cells_row averages the rows from, ..., to-1 to one row of n cells: across, rounded, and then down.
VC_INLINE void cells_row(uint8_t *line, const uint8_t *src, ptrdiff_t w, ptrdiff_t n, const int32_t *first, ptrdiff_t from, ptrdiff_t to, uint32_t *sum) {
	memset(sum, 0, (size_t)n * 3 * sizeof *sum);
	for (ptrdiff_t y = from; y < to; y++) {
		const uint8_t *row = src + y * w * 3;
		for (ptrdiff_t x = 0; x < n; x++) {
			uint32_t r = 0, g = 0, b = 0, size = (uint32_t)(first[x + 1] - first[x]), k = ((1u << 22) + size / 2) / size, half = 1u << 21;
			for (const uint8_t *p = row + first[x] * 3; p < row + first[x + 1] * 3; p += 3)
				r += p[0], g += p[1], b += p[2];
			sum[x * 3] += (r * k + half) >> 22;
			sum[x * 3 + 1] += (g * k + half) >> 22;
			sum[x * 3 + 2] += (b * k + half) >> 22;
		}
	}
	uint32_t k = ((1u << 22) + (uint32_t)(to - from) / 2) / (uint32_t)(to - from);
	for (ptrdiff_t i = 0; i < n * 3; i++)
		line[i] = (uint8_t)((sum[i] * k + (1u << 21)) >> 22);
}

VC_CLONES void vc_pixelate(uint8_t *dst, ptrdiff_t h, ptrdiff_t w, ptrdiff_t dh, ptrdiff_t dw, const int32_t *x_first, const int32_t *y_first,
	const int32_t *x_from, const int32_t *y_from, uint8_t *line, uint32_t *sum) {
	ptrdiff_t y = 0, bytes = w * 3;
	for (ptrdiff_t j = 0; j < dh; j++) { // the rows that show cells do not reach beyond those that they are made of
		cells_row(line, dst, w, dw, x_first, y_first[j], y_first[j + 1], sum);
		uint8_t *shown = dst + y * bytes;
		for (ptrdiff_t n = 0; y < h && y_from[y] == j; y++, n++) {
			if (n > 0) {
				memcpy(dst + y * bytes, shown, (size_t)bytes);
				continue;
			}
			for (ptrdiff_t x = 0; x < w; x++)
				for (int k = 0; k < 3; k++)
					shown[x * 3 + k] = line[x_from[x] * 3 + k];
		}
	}
}
