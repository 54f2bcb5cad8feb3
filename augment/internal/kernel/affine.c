// Affine: where each pixel reads and with which weights is computed once; each frame is copied into a border of fill, so that no
// pixel is a special case, and sampled.
#include "simd.h"

// See position in ref.go. Returns the pixel, sets *frac to 0..16384.
VK_INLINE int32_t position(int64_t s, int64_t n, int32_t *frac) {
	s += 1 << 9;
	int64_t i = s >> 24;
	*frac = i < -1 ? 0 : i > n - 1 ? 16384 : (int32_t)(s >> 10 & 16383);
	return (int32_t)(i < -1 ? -1 : i > n - 1 ? n - 1 : i);
}

VK_INLINE void map_body(ptrdiff_t h, ptrdiff_t w, const int64_t inv[6], ptrdiff_t stride, int32_t *restrict off,
	int16_t *restrict weight) {
	for (ptrdiff_t y = 0; y < h; y++)
		for (ptrdiff_t x = 0; x < w; x++) {
			int32_t fx, fy;
			int32_t x0 = position(inv[0] * x + inv[1] * y + inv[2], w, &fx);
			int32_t y0 = position(inv[3] * x + inv[4] * y + inv[5], h, &fy);
			int32_t both = (fx * fy + 8192) >> 14;
			ptrdiff_t i = y * w + x;
			off[i] = (y0 + 1) * (int32_t)stride + (x0 + 1) * 3;
			weight[i * 4] = (int16_t)(16384 - fx - fy + both);
			weight[i * 4 + 1] = (int16_t)(fx - both);
			weight[i * 4 + 2] = (int16_t)(fy - both);
			weight[i * 4 + 3] = (int16_t)both;
		}
}

static void map_portable(ptrdiff_t h, ptrdiff_t w, const int64_t inv[6], ptrdiff_t stride, int32_t *off, int16_t *weight) {
	map_body(h, w, inv, stride, off, weight);
}

static void sample_scalar(uint8_t *dst, const uint8_t *pad, ptrdiff_t stride, const int32_t *off, const int16_t *weight,
	ptrdiff_t from, ptrdiff_t n) {
	for (ptrdiff_t i = from; i < n; i++) {
		const uint8_t *up = pad + off[i], *down = up + stride;
		const int16_t *k = weight + i * 4;
		for (int c = 0; c < 3; c++)
			dst[i * 3 + c] = (uint8_t)((k[0] * up[c] + k[1] * up[c + 3] + k[2] * down[c] + k[3] * down[c + 3] + 8192) >> 14);
	}
}

#ifdef VK_X86

VK_TARGET_AVX512 static void map_avx512(ptrdiff_t h, ptrdiff_t w, const int64_t inv[6], ptrdiff_t stride, int32_t *off,
	int16_t *weight) {
	map_body(h, w, inv, stride, off, weight);
}

// The four neighbours of a pixel: 8 bytes of the upper row and 8 of the lower, of which 6 count.
VK_TARGET_AVX2 VK_INLINE __m128i neighbours(const uint8_t *up, ptrdiff_t stride) {
	return _mm_castps_si128(_mm_loadh_pi(_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)up)), (const __m64 *)(up + stride)));
}

#define SPREAD(b) b, -1, b + 3, -1, b + 1, -1, b + 4, -1, b + 2, -1, b + 5, -1, -1, -1, -1, -1

VK_TARGET_AVX2 static void sample_avx2(uint8_t *dst, const uint8_t *pad, ptrdiff_t stride, const int32_t *off,
	const int16_t *weight, ptrdiff_t n) {
	const __m256i upper = _mm256_setr_epi8(SPREAD(0), SPREAD(0)), lower = _mm256_setr_epi8(SPREAD(8), SPREAD(8));
	const __m256i ku = _mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2), kl = _mm256_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3);
	const __m256i half = _mm256_set1_epi32(8192);
	const __m128i close = _mm_setr_epi8(0, 1, 2, 8, 9, 10, 4, 5, 6, 12, 13, 14, -1, -1, -1, -1);
	ptrdiff_t i = 0;
	for (; i + 4 <= n; i += 4) {
		__m256i v[2];
		for (int j = 0; j < 2; j++) {
			ptrdiff_t q = i + 2 * j;
			__m256i s = _mm256_inserti128_si256(_mm256_castsi128_si256(neighbours(pad + off[q], stride)),
				neighbours(pad + off[q + 1], stride), 1);
			__m256i k = _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(weight + q * 4)));
			s = _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(s, upper), _mm256_permutevar8x32_epi32(k, ku)),
				_mm256_madd_epi16(_mm256_shuffle_epi8(s, lower), _mm256_permutevar8x32_epi32(k, kl)));
			v[j] = _mm256_srli_epi32(_mm256_add_epi32(s, half), 14);
		}
		__m256i o = _mm256_packs_epi32(v[0], v[1]); // lanes: pixels 0 and 2, 1 and 3
		__m128i b = _mm_shuffle_epi8(_mm_packus_epi16(_mm256_castsi256_si128(o), _mm256_extracti128_si256(o, 1)), close);
		int32_t end = _mm_extract_epi32(b, 2);
		_mm_storel_epi64((__m128i *)(dst + i * 3), b);
		memcpy(dst + i * 3 + 8, &end, 4);
	}
	sample_scalar(dst, pad, stride, off, weight, i, n);
}

#endif

void vk_affine(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, const int64_t inv[6],
	const uint8_t fill[3], uint8_t *pad, ptrdiff_t stride, int32_t *off, int16_t *weight, int level) {
	(void)level;
#ifdef VK_X86
	if (level >= VK_AVX512)
		map_avx512(h, w, inv, stride, off, weight);
	else
#endif
		map_portable(h, w, inv, stride, off, weight);
	for (ptrdiff_t i = 0; i < stride; i += 3) {
		memcpy(pad + i, fill, 3);
		memcpy(pad + (h + 1) * stride + i, fill, 3);
	}
	for (ptrdiff_t y = 1; y <= h; y++) {
		memcpy(pad + y * stride, fill, 3);
		memcpy(pad + (y + 1) * stride - 3, fill, 3);
	}
	for (ptrdiff_t f = 0; f < t; f++, dst += h * w * 3) {
		for (ptrdiff_t y = 0; y < h; y++, src += w * 3)
			memcpy(pad + (y + 1) * stride + 3, src, (size_t)w * 3);
#ifdef VK_X86
		if (level >= VK_AVX2) {
			sample_avx2(dst, pad, stride, off, weight, h * w);
			continue;
		}
#endif
		sample_scalar(dst, pad, stride, off, weight, 0, h * w);
	}
}
