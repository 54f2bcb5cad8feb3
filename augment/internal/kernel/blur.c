// Blur and Sharpness: sums of neighbours in 16-bit lanes.
#include "simd.h"

// One padded row in 6-bit fixed point. Only the borders need the table.
VK_INLINE void widen(int16_t *row, const uint8_t *src, ptrdiff_t w, ptrdiff_t r, const int32_t *col) {
	for (ptrdiff_t i = 0; i < r; i++)
		for (int c = 0; c < 3; c++) {
			row[i * 3 + c] = (int16_t)(src[col[i] * 3 + c] << 6);
			row[(r + w + i) * 3 + c] = (int16_t)(src[col[r + w + i] * 3 + c] << 6);
		}
	row += r * 3;
	for (ptrdiff_t i = 0; i < w * 3; i++)
		row[i] = (int16_t)(src[i] << 6);
}

#ifdef VK_X86

#define VK_NAME(x) x##_avx2
#define VK_TARGET VK_TARGET_AVX2
#define VK_LANES 16
#define V __m256i
#define V_LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define V_STORE(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define V_SET1(x) _mm256_set1_epi16(x)
#define V_ADD _mm256_add_epi16
#define V_MULHIGH _mm256_mulhrs_epi16
#define V_SHIFT6(v) _mm256_srai_epi16(v, 6)
#define V_NARROW(a, b) _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8)
#include "blur_vec.h"
#undef VK_NAME
#undef VK_TARGET
#undef VK_LANES
#undef V
#undef V_LOAD
#undef V_STORE
#undef V_SET1
#undef V_ADD
#undef V_MULHIGH
#undef V_SHIFT6
#undef V_NARROW

#define VK_NAME(x) x##_avx512
#define VK_TARGET VK_TARGET_AVX512
#define VK_LANES 32
#define V __m512i
#define V_LOAD(p) _mm512_loadu_si512(p)
#define V_STORE(p, v) _mm512_storeu_si512(p, v)
#define V_SET1(x) _mm512_set1_epi16(x)
#define V_ADD _mm512_add_epi16
#define V_MULHIGH _mm512_mulhrs_epi16
#define V_SHIFT6(v) _mm512_srai_epi16(v, 6)
#define V_NARROW(a, b) _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packus_epi16(a, b))
#include "blur_vec.h"

#endif

// The same without vectors by hand: a tap at a time over a whole row, which compilers vectorise for any machine. acc is the
// row of the plane for the horizontal pass and the spare row for the vertical one.
VK_INLINE void add_tap(int16_t *acc, const int16_t *a, const int16_t *b, int16_t k, ptrdiff_t n, int first) {
	if (first)
		for (ptrdiff_t x = 0; x < n; x++)
			acc[x] = vk_mulhigh((int16_t)(a[x] + b[x]), k);
	else
		for (ptrdiff_t x = 0; x < n; x++)
			acc[x] = (int16_t)(acc[x] + vk_mulhigh((int16_t)(a[x] + b[x]), k));
}

static void blur_portable(uint8_t *dst, const uint8_t *src, ptrdiff_t h, ptrdiff_t w, const int16_t *kx, ptrdiff_t rx,
	const int16_t *ky, ptrdiff_t ry, const int32_t *col, const int32_t *line, int16_t *row, int16_t *plane, ptrdiff_t stride) {
	const ptrdiff_t n = w * 3;
	for (ptrdiff_t y = 0; y < h; y++) {
		widen(row, src + y * n, w, rx, col);
		for (ptrdiff_t i = 0; i <= rx; i++)
			add_tap(plane + y * stride, row + (rx - i) * 3, row + (rx + i) * 3, kx[i], n, i == 0);
	}
	for (ptrdiff_t y = 0; y < h; y++) {
		for (ptrdiff_t i = 0; i <= ry; i++)
			add_tap(row, plane + line[y + ry - i] * stride, plane + line[y + ry + i] * stride, ky[i], n, i == 0);
		for (ptrdiff_t x = 0; x < n; x++)
			dst[y * n + x] = vk_clamp8((row[x] + 32) >> 6);
	}
}

void vk_blur(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, const int16_t *kx, ptrdiff_t rx,
	const int16_t *ky, ptrdiff_t ry, const int32_t *col, const int32_t *line, int16_t *row, int16_t *plane, ptrdiff_t stride,
	int level) {
	(void)level;
	for (ptrdiff_t f = 0; f < t; f++, dst += h * w * 3, src += h * w * 3) {
#ifdef VK_X86
		if (level >= VK_AVX512) {
			blur_avx512(dst, src, h, w, kx, rx, ky, ry, col, line, row, plane, stride);
			continue;
		}
		if (level >= VK_AVX2) {
			blur_avx2(dst, src, h, w, kx, rx, ky, ry, col, line, row, plane, stride);
			continue;
		}
#endif
		blur_portable(dst, src, h, w, kx, rx, ky, ry, col, line, row, plane, stride);
	}
}

// (s+6)/13 is (s+6)*5042 >> 16 for every sum s of 13 bytes. With |a| < 2^(6-shift) all steps stay within 16 bits.
VK_INLINE void sharpness_body(uint8_t *restrict dst, const uint8_t *restrict src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, int16_t a,
	int shift) {
	const ptrdiff_t n = w * 3;
	const int16_t half = (int16_t)(1 << shift >> 1), scale = (int16_t)(1 << shift);
	enum { CHUNK = 1024 };
	for (ptrdiff_t f = 0; f < t; f++, dst += h * n, src += h * n) {
		memcpy(dst, src, (size_t)n);
		memcpy(dst + (h - 1) * n, src + (h - 1) * n, (size_t)n);
		for (ptrdiff_t y = 1; y < h - 1; y++) {
			const uint8_t *m = src + y * n, *u = m - n, *d = m + n;
			uint8_t *o = dst + y * n;
			memcpy(o, m, 3);
			memcpy(o + n - 3, m + n - 3, 3);
			for (ptrdiff_t x = 3; x < n - 3; x += CHUNK) {
				ptrdiff_t len = n - 3 - x < CHUNK ? n - 3 - x : CHUNK;
				uint16_t col[CHUNK + 6]; // sums of three rows
				for (ptrdiff_t i = 0; i < len + 6; i++)
					col[i] = (uint16_t)(u[x - 3 + i] + m[x - 3 + i] + d[x - 3 + i]);
				for (ptrdiff_t i = 0; i < len; i++) {
					int16_t p = m[x + i];
					uint16_t s = (uint16_t)(col[i] + col[i + 3] + col[i + 6] + 4 * p + 6);
					int16_t mean = (int16_t)((uint32_t)s * 5042 >> 16);
					int16_t step = vk_mulhigh((int16_t)((mean - p) * 64), a);
					int16_t v = (int16_t)((int16_t)(p * scale + step + half) >> shift);
					v = v < 0 ? 0 : v;
					o[x + i] = (uint8_t)(v > 255 ? 255 : v);
				}
			}
		}
	}
}

static void sharpness_portable(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, int16_t a, int shift) {
	sharpness_body(dst, src, t, h, w, a, shift);
}

#ifdef VK_X86
VK_TARGET_AVX2 static void sharpness_avx2(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, int16_t a,
	int shift) {
	sharpness_body(dst, src, t, h, w, a, shift);
}

VK_TARGET_AVX512 static void sharpness_avx512(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, int16_t a,
	int shift) {
	sharpness_body(dst, src, t, h, w, a, shift);
}
#endif

void vk_sharpness(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, int a, int shift, int level) {
	(void)level;
#ifdef VK_X86
	if (level >= VK_AVX512) {
		sharpness_avx512(dst, src, t, h, w, (int16_t)a, shift);
		return;
	}
	if (level >= VK_AVX2) {
		sharpness_avx2(dst, src, t, h, w, (int16_t)a, shift);
		return;
	}
#endif
	sharpness_portable(dst, src, t, h, w, (int16_t)a, shift);
}
