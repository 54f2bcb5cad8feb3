#include "blur.h"

#ifdef VC_X86

#define VC_NAME(x) x##_avx2
#define VC_TARGET VC_TARGET_AVX2
#define VC_LANES 16
#define V __m256i
#define V_LOAD(p) _mm256_loadu_si256((const __m256i *)(p))
#define V_STORE(p, v) _mm256_storeu_si256((__m256i *)(p), v)
#define V_SET1(x) _mm256_set1_epi16((short)(x))
#define V_ADD _mm256_add_epi16
#define V_SUB _mm256_sub_epi16
#define V_MULHIGH _mm256_mulhi_epu16
#define V_SHIFT7(v) _mm256_srli_epi16(v, 7)
#define V_NARROW(p, a, b) V_STORE(p, _mm256_permute4x64_epi64(_mm256_packus_epi16(a, b), 0xd8))
#include "blur_vec.h"

#define VC_NAME(x) x##_avx512
#define VC_TARGET VC_TARGET_AVX512
#define VC_LANES 32
#define V __m512i
#define V_LOAD(p) _mm512_loadu_si512(p)
#define V_STORE(p, v) _mm512_storeu_si512(p, v)
#define V_SET1(x) _mm512_set1_epi16((short)(x))
#define V_ADD _mm512_add_epi16
#define V_SUB _mm512_sub_epi16
#define V_MULHIGH _mm512_mulhi_epu16
#define V_SHIFT7(v) _mm512_srli_epi16(v, 7)
#define V_NARROW(p, a, b) \
	V_STORE(p, _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7), _mm512_packus_epi16(a, b)))
#include "blur_vec.h"

#endif

// The same without vectors by hand: a tap at a time over 64 values, which compilers vectorise for any machine.
static void taps_portable(uint8_t *dst8, uint16_t *dst16, ptrdiff_t dst_stride, const uint16_t *src, ptrdiff_t stride, ptrdiff_t h,
	ptrdiff_t n, const int32_t *a, const int32_t *b, const uint16_t *w, ptrdiff_t taps, int bias, int mode) {
	enum { BLOCK = 64 };
	uint16_t s[BLOCK];
	for (ptrdiff_t y = 0; y < h; y++, src += stride) {
		for (ptrdiff_t x = 0; x < n; x += BLOCK) {
			for (int j = 0; j < BLOCK; j++)
				s[j] = (uint16_t)bias;
			for (ptrdiff_t i = 0; i < taps; i++) {
				const uint16_t *p = src + x + a[i], *q = mode == VC_SINGLE ? p : src + x + b[i];
				const uint16_t keep = mode == VC_SINGLE ? 0 : 0xffff, flip = mode == VC_DIFFERENCE ? 0xffff : 0;
				for (int j = 0; j < BLOCK; j++) { // -u is ~u + 1
					uint16_t v = (uint16_t)(p[j] + ((q[j] & keep) ^ flip) + (flip & 1));
					s[j] = (uint16_t)(s[j] + ((uint32_t)v * w[i] >> 16));
				}
			}
			ptrdiff_t len = n - x < BLOCK ? n - x : BLOCK;
			if (dst16)
				memcpy(dst16 + y * dst_stride + x, s, sizeof s);
			else
				for (ptrdiff_t j = 0; j < len; j++)
					dst8[y * dst_stride + x + j] = vc_clamp8(s[j] >> 7);
		}
	}
}

void vc_taps(uint8_t *dst8, uint16_t *dst16, ptrdiff_t dst_stride, const uint16_t *src, ptrdiff_t stride, ptrdiff_t h, ptrdiff_t n,
	const int32_t *a, const int32_t *b, const uint16_t *w, ptrdiff_t taps, int bias, int mode, int level) {
	(void)level;
#ifdef VC_X86
	if (level >= VC_AVX512) {
		taps_avx512(dst8, dst16, dst_stride, src, stride, h, n, a, b, w, taps, bias, mode);
		return;
	}
	if (level >= VC_AVX2) {
		taps_avx2(dst8, dst16, dst_stride, src, stride, h, n, a, b, w, taps, bias, mode);
		return;
	}
#endif
	taps_portable(dst8, dst16, dst_stride, src, stride, h, n, a, b, w, taps, bias, mode);
}

// Only the borders need the table.
VC_INLINE void vc_pad_body(uint16_t *restrict dst, ptrdiff_t stride, const uint8_t *restrict src, ptrdiff_t w,
	const int32_t *restrict line, ptrdiff_t lines, const int32_t *restrict col, ptrdiff_t left, ptrdiff_t right, int shift) {
	for (ptrdiff_t y = 0; y < lines; y++) {
		const uint8_t *s = src + (ptrdiff_t)line[y] * w * 3;
		uint16_t *d = dst + y * stride;
		for (ptrdiff_t x = 0; x < left; x++, d += 3)
			for (int c = 0; c < 3; c++)
				d[c] = (uint16_t)(s[col[x] * 3 + c] << shift);
		for (ptrdiff_t x = 0; x < w * 3; x++)
			d[x] = (uint16_t)(s[x] << shift);
		d += w * 3;
		for (ptrdiff_t x = left + w; x < left + w + right; x++, d += 3)
			for (int c = 0; c < 3; c++)
				d[c] = (uint16_t)(s[col[x] * 3 + c] << shift);
	}
}

VC_KERNEL(vc_pad,
	(uint16_t *dst, ptrdiff_t stride, const uint8_t *src, ptrdiff_t w, const int32_t *line, ptrdiff_t lines, const int32_t *col,
		ptrdiff_t left, ptrdiff_t right, int shift),
	(dst, stride, src, w, line, lines, col, left, right, shift))

void vc_prefix(uint16_t *rows, ptrdiff_t stride, ptrdiff_t lines, ptrdiff_t pixels) {
	for (ptrdiff_t y = 0; y < lines; y++, rows += stride) {
		uint16_t r = 0, g = 0, b = 0;
		uint16_t *p = rows;
		for (ptrdiff_t x = 0; x < pixels; x++, p += 3) {
			uint16_t vr = p[0], vg = p[1], vb = p[2];
			p[0] = r, p[1] = g, p[2] = b;
			r = (uint16_t)(r + vr), g = (uint16_t)(g + vg), b = (uint16_t)(b + vb);
		}
		p[0] = r, p[1] = g, p[2] = b;
	}
}

void vc_gather(uint8_t *dst, const uint8_t *src, const int32_t *from, ptrdiff_t pixels) {
	for (ptrdiff_t i = 0; i < pixels; i++)
		memcpy(dst + i * 3, src + (ptrdiff_t)from[i] * 3, 3);
}

void vc_interleave(uint8_t *dst, const uint8_t *src, ptrdiff_t frames, ptrdiff_t pixels, int back) {
	for (ptrdiff_t p = 0; p < pixels; p++)
		for (ptrdiff_t t = 0; t < frames; t++) {
			ptrdiff_t apart = (t * pixels + p) * 3, together = (p * frames + t) * 3;
			if (back)
				memcpy(dst + apart, src + together, 3);
			else
				memcpy(dst + together, src + apart, 3);
		}
}

VC_INLINE void lerp_row(uint16_t *restrict row, const uint8_t *restrict a, const uint8_t *restrict b, uint16_t wb, ptrdiff_t n) {
	const uint16_t wa = (uint16_t)(256 - wb);
	for (ptrdiff_t i = 0; i < n; i++)
		row[i] = (uint16_t)(a[i] * wa + b[i] * wb);
}

VC_INLINE void add_pixel(uint16_t *restrict acc, const uint16_t *restrict p, ptrdiff_t lanes, uint16_t wa, uint16_t wb) {
	for (ptrdiff_t i = 0; i < lanes; i++)
		acc[i] = (uint16_t)(acc[i] + ((uint32_t)p[i] * wa >> 16) + ((uint32_t)p[lanes + i] * wb >> 16));
}

VC_INLINE void vc_zoom_body(uint8_t *restrict dst, const uint8_t *restrict src, ptrdiff_t h, ptrdiff_t w, ptrdiff_t lanes,
	const int32_t *restrict at, const uint16_t *restrict weight, ptrdiff_t zooms, uint16_t *restrict row, uint16_t *restrict acc,
	int bias) {
	const ptrdiff_t n = w * lanes;
	for (ptrdiff_t y = 0; y < h; y++) {
		for (ptrdiff_t i = 0; i < n; i++)
			acc[i] = (uint16_t)bias;
		for (ptrdiff_t z = 0; z < zooms; z++) {
			const int32_t *ys = at + z * (h + w), *xs = ys + h;
			const uint16_t *wy = weight + z * (h + 2 * w), *wx = wy + h;
			const ptrdiff_t first = xs[0], last = xs[w - 1] + 1 < w ? xs[w - 1] + 1 : w - 1;
			const uint8_t *a = src + ys[y] * n, *b = ys[y] + 1 < h ? a + n : a;
			lerp_row(row + first * lanes, a + first * lanes, b + first * lanes, wy[y], (last + 1 - first) * lanes);
			for (ptrdiff_t x = 0; x < w; x++) {
				if (lanes == 48) // 16 frames, the usual case, in whole vectors
					add_pixel(acc + x * 48, row + xs[x] * 48, 48, wx[2 * x], wx[2 * x + 1]);
				else
					add_pixel(acc + x * lanes, row + xs[x] * lanes, lanes, wx[2 * x], wx[2 * x + 1]);
			}
		}
		for (ptrdiff_t i = 0; i < n; i++)
			dst[y * n + i] = vc_clamp8(acc[i] >> 7);
	}
}

VC_KERNEL(vc_zoom,
	(uint8_t *dst, const uint8_t *src, ptrdiff_t h, ptrdiff_t w, ptrdiff_t lanes, const int32_t *at, const uint16_t *weight,
		ptrdiff_t zooms, uint16_t *row, uint16_t *acc, int bias),
	(dst, src, h, w, lanes, at, weight, zooms, row, acc, bias))
