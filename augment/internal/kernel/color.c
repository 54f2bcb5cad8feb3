// Color: (c0 r + c1 g + c2 b + bias) >> shift, clamped. Vector code spreads pixels to pairs of 16-bit words, (r, g) and (b, 0),
// for pmaddwd; the packs that narrow the sums clamp them.
#include "simd.h"

VK_INLINE void color_scalar(uint8_t *dst, const uint8_t *src, size_t pixels, const vk_matrix *m) {
	const vk_matrix k = *m; // a copy: dst cannot alias it
	for (size_t i = 0; i < pixels * 3; i += 3) {
		int32_t r = src[i], g = src[i + 1], b = src[i + 2];
		for (int c = 0; c < 3; c++)
			dst[i + c] = vk_clamp8((k.coef[c][0] * r + k.coef[c][1] * g + k.coef[c][2] * b + k.bias[c]) >> k.shift);
	}
}

#ifdef VK_X86

VK_INLINE int32_t pair(int32_t low, int32_t high) { return (int32_t)((uint32_t)low & 0xffff) | (int32_t)((uint32_t)high << 16); }

VK_TARGET_AVX2 static void color_avx2(uint8_t *dst, const uint8_t *src, size_t pixels, const vk_matrix *m) {
	const __m256i rg = _mm256_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1,
		0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1);
	const __m256i blue = _mm256_setr_epi8(2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1,
		2, -1, -1, -1, 5, -1, -1, -1, 8, -1, -1, -1, 11, -1, -1, -1);
	const __m256i weave = _mm256_setr_epi8(0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, -1, -1, -1, -1,
		0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11, -1, -1, -1, -1);
	const __m256i close = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7);
	const __m128i shift = _mm_cvtsi32_si128(m->shift);
	__m256i k0[3], k1[3], bias[3];
	for (int c = 0; c < 3; c++) {
		k0[c] = _mm256_set1_epi32(pair(m->coef[c][0], m->coef[c][1]));
		k1[c] = _mm256_set1_epi32(pair(m->coef[c][2], 0));
		bias[c] = _mm256_set1_epi32(m->bias[c]);
	}
	size_t n = pixels * 3, i = 0;
	for (; i + 28 <= n; i += 24) { // reads 28 bytes, writes 24
		__m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(src + i))),
			_mm_loadu_si128((const __m128i *)(src + i + 12)), 1);
		__m256i a = _mm256_shuffle_epi8(v, rg), b = _mm256_shuffle_epi8(v, blue), o[3];
		for (int c = 0; c < 3; c++)
			o[c] = _mm256_sra_epi32(_mm256_add_epi32(bias[c], _mm256_add_epi32(_mm256_madd_epi16(a, k0[c]),
				_mm256_madd_epi16(b, k1[c]))), shift);
		v = _mm256_packus_epi16(_mm256_packs_epi32(o[0], o[1]), _mm256_packs_epi32(o[2], o[2]));
		v = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(v, weave), close);
		_mm_storeu_si128((__m128i *)(dst + i), _mm256_castsi256_si128(v));
		_mm_storel_epi64((__m128i *)(dst + i + 16), _mm256_extracti128_si256(v, 1));
	}
	color_scalar(dst + i, src + i, (n - i) / 3, m);
}

// The 16 pixels in the first 48 bytes of v.
VK_TARGET_AVX512 VK_INLINE __m512i color_16(__m512i v, __m512i rg, __m512i blue, __m512i weave, const __m512i *k0, const __m512i *k1, const __m512i *bias, __m128i shift) {
	__m512i a = _mm512_maskz_permutexvar_epi8(0x5555555555555555, rg, v), o[3];
	__m512i b = _mm512_maskz_permutexvar_epi8(0x1111111111111111, blue, v);
	for (int c = 0; c < 3; c++)
		o[c] = _mm512_sra_epi32(_mm512_dpwssd_epi32(_mm512_dpwssd_epi32(bias[c], a, k0[c]), b, k1[c]), shift);
	v = _mm512_packus_epi16(_mm512_packs_epi32(o[0], o[1]), _mm512_packs_epi32(o[2], o[2]));
	return _mm512_permutexvar_epi8(weave, v);
}

VK_TARGET_AVX512 static void color_avx512(uint8_t *dst, const uint8_t *src, size_t pixels, const vk_matrix *m) {
	uint8_t rg_at[64], blue_at[64], weave_at[64];
	for (int p = 0; p < 16; p++) { // pixel p is 32-bit lane p; after the packs its channel c is byte p/4*16 + c*4 + p%4
		rg_at[p * 4] = (uint8_t)(p * 3);
		rg_at[p * 4 + 2] = (uint8_t)(p * 3 + 1);
		blue_at[p * 4] = (uint8_t)(p * 3 + 2);
		rg_at[p * 4 + 1] = rg_at[p * 4 + 3] = blue_at[p * 4 + 1] = blue_at[p * 4 + 2] = blue_at[p * 4 + 3] = 0;
		for (int c = 0; c < 3; c++)
			weave_at[p * 3 + c] = (uint8_t)(p / 4 * 16 + c * 4 + p % 4);
		weave_at[48 + p] = 0;
	}
	const __m512i rg = _mm512_loadu_si512(rg_at), blue = _mm512_loadu_si512(blue_at), weave = _mm512_loadu_si512(weave_at);
	const __m128i shift = _mm_cvtsi32_si128(m->shift);
	__m512i k0[3], k1[3], bias[3];
	for (int c = 0; c < 3; c++) {
		k0[c] = _mm512_set1_epi32(pair(m->coef[c][0], m->coef[c][1]));
		k1[c] = _mm512_set1_epi32(pair(m->coef[c][2], 0));
		bias[c] = _mm512_set1_epi32(m->bias[c]);
	}
	size_t n = pixels * 3, i = 0;
	for (; i + 48 <= n; i += 48) { // stores without a mask: in place, a masked one stalls the next load
		__m512i v = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i *)(src + i)));
		v = _mm512_inserti32x4(v, _mm_loadu_si128((const __m128i *)(src + i + 32)), 2);
		v = color_16(v, rg, blue, weave, k0, k1, bias, shift);
		_mm256_storeu_si256((__m256i *)(dst + i), _mm512_castsi512_si256(v));
		_mm_storeu_si128((__m128i *)(dst + i + 32), _mm512_extracti32x4_epi32(v, 2));
	}
	__mmask64 rest = vk_first((ptrdiff_t)(n - i));
	__m512i v = color_16(_mm512_maskz_loadu_epi8(rest, src + i), rg, blue, weave, k0, k1, bias, shift);
	_mm512_mask_storeu_epi8(dst + i, rest, v);
}

#endif

void vk_color(uint8_t *dst, const uint8_t *src, size_t pixels, const vk_matrix *m, int level) {
	(void)level;
#ifdef VK_X86
	if (level >= VK_AVX512) {
		color_avx512(dst, src, pixels, m);
		return;
	}
	if (level >= VK_AVX2) {
		color_avx2(dst, src, pixels, m);
		return;
	}
#endif
	color_scalar(dst, src, pixels, m);
}
