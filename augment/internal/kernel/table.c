// Sums, tables and histograms: kernels that look at bytes one at a time.
#include "simd.h"

static void sums_scalar(uint64_t out[3], const uint8_t *src, size_t pixels) {
	while (pixels > 0) { // 32-bit sums of at most 2^24 pixels
		size_t n = pixels < 1 << 20 ? pixels : 1 << 20;
		uint32_t r = 0, g = 0, b = 0;
		for (size_t i = 0; i < n * 3; i += 3) {
			r += src[i];
			g += src[i + 1];
			b += src[i + 2];
		}
		out[0] += r;
		out[1] += g;
		out[2] += b;
		src += n * 3;
		pixels -= n;
	}
}

static void lut_scalar(uint8_t *dst, const uint8_t *src, size_t n, const uint8_t *lut) {
	size_t i = 0;
	for (; i + 8 <= n; i += 8) { // one load and one store per 8 lookups
		uint64_t v, o;
		memcpy(&v, src + i, 8);
		o = (uint64_t)lut[v & 255] | (uint64_t)lut[v >> 8 & 255] << 8 | (uint64_t)lut[v >> 16 & 255] << 16 |
			(uint64_t)lut[v >> 24 & 255] << 24 | (uint64_t)lut[v >> 32 & 255] << 32 | (uint64_t)lut[v >> 40 & 255] << 40 |
			(uint64_t)lut[v >> 48 & 255] << 48 | (uint64_t)lut[v >> 56] << 56;
		memcpy(dst + i, &o, 8);
	}
	for (; i < n; i++)
		dst[i] = lut[src[i]];
}

static void lut_rgb_scalar(uint8_t *dst, const uint8_t *src, size_t n, const uint8_t *lut) {
	for (size_t i = 0; i + 3 <= n; i += 3) {
		uint8_t r = lut[src[i]], g = lut[256 + src[i + 1]], b = lut[512 + src[i + 2]];
		dst[i] = r;
		dst[i + 1] = g;
		dst[i + 2] = b;
	}
}

#ifdef VK_X86

// Channel c of RGB stands in byte i of vector v if (v*width + i) % 3 == c; three vectors are one period.

VK_TARGET_AVX2 static void sums_avx2(uint64_t out[3], const uint8_t *src, size_t pixels) {
	uint8_t at[3][96];
	for (int i = 0; i < 96; i++)
		for (int c = 0; c < 3; c++)
			at[c][i] = i % 3 == c ? 255 : 0;
	__m256i sum[3] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()}, zero = sum[0];
	size_t n = pixels * 3, i = 0;
	for (; i + 96 <= n; i += 96)
		for (int v = 0; v < 3; v++) {
			__m256i x = _mm256_loadu_si256((const __m256i *)(src + i + 32 * v));
			for (int c = 0; c < 3; c++)
				sum[c] = _mm256_add_epi64(sum[c], _mm256_sad_epu8(zero,
					_mm256_and_si256(x, _mm256_loadu_si256((const __m256i *)(at[c] + 32 * v)))));
		}
	for (int c = 0; c < 3; c++) {
		uint64_t lane[4];
		_mm256_storeu_si256((__m256i *)lane, sum[c]);
		out[c] += lane[0] + lane[1] + lane[2] + lane[3];
	}
	sums_scalar(out, src + i, (n - i) / 3);
}

VK_TARGET_AVX512 static void sums_avx512(uint64_t out[3], const uint8_t *src, size_t pixels) {
	uint8_t at[3][192];
	for (int i = 0; i < 192; i++)
		for (int c = 0; c < 3; c++)
			at[c][i] = i % 3 == c;
	__m512i one[3][3];
	for (int c = 0; c < 3; c++)
		for (int v = 0; v < 3; v++)
			one[c][v] = _mm512_loadu_si512(at[c] + 64 * v);
	size_t n = pixels * 3, i = 0;
	while (i + 192 <= n) {
		size_t end = n - i < 192u << 20 ? n : i + (192u << 20); // a 32-bit lane takes 1530 in each turn
		__m512i sum[3] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
		for (; i + 192 <= end; i += 192)
			for (int v = 0; v < 3; v++) {
				__m512i x = _mm512_loadu_si512(src + i + 64 * v);
				for (int c = 0; c < 3; c++)
					sum[c] = _mm512_dpbusd_epi32(sum[c], x, one[c][v]);
			}
		for (int c = 0; c < 3; c++) {
			uint32_t lane[16];
			_mm512_storeu_si512(lane, sum[c]);
			for (int j = 0; j < 16; j++)
				out[c] += lane[j];
		}
	}
	sums_scalar(out, src + i, (n - i) / 3);
}

VK_TARGET_AVX512 static void lut_avx512(uint8_t *dst, const uint8_t *src, size_t n, const uint8_t *lut) {
	const __m512i t0 = _mm512_loadu_si512(lut), t1 = _mm512_loadu_si512(lut + 64), t2 = _mm512_loadu_si512(lut + 128),
		t3 = _mm512_loadu_si512(lut + 192);
	for (size_t i = 0; i < n; i += 64) {
		__mmask64 live = vk_first((ptrdiff_t)(n - i));
		__m512i x = _mm512_maskz_loadu_epi8(live, src + i);
		__m512i low = _mm512_permutex2var_epi8(t0, x, t1), high = _mm512_permutex2var_epi8(t2, x, t3);
		_mm512_mask_storeu_epi8(dst + i, live, _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high));
	}
}

VK_TARGET_AVX512 static void lut_rgb_avx512(uint8_t *dst, const uint8_t *src, size_t n, const uint8_t *lut) {
	__m512i t[3][4];
	for (int c = 0; c < 3; c++)
		for (int q = 0; q < 4; q++)
			t[c][q] = _mm512_loadu_si512(lut + c * 256 + q * 64);
	// at[k]: bytes k, k+3, k+6, ... of a vector
	const __mmask64 at[3] = {0x9249249249249249, 0x2492492492492492, 0x4924924924924924};
	for (size_t i = 0; i < n; i += 192)
		for (int v = 0; v < 3; v++) { // vector v begins with channel v: 64 is 1 modulo 3
			if (i + 64u * (unsigned)v >= n)
				break;
			size_t o = i + 64u * (unsigned)v;
			__mmask64 live = vk_first((ptrdiff_t)(n - o));
			__m512i x = _mm512_maskz_loadu_epi8(live, src + o), y = x;
			__mmask64 high = _mm512_movepi8_mask(x);
			for (int c = 0; c < 3; c++) {
				__mmask64 here = at[(c - v + 3) % 3];
				y = _mm512_mask2_permutex2var_epi8(t[c][0], y, here & ~high, t[c][1]);
				y = _mm512_mask2_permutex2var_epi8(t[c][2], y, here & high, t[c][3]);
			}
			_mm512_mask_storeu_epi8(dst + o, live, y);
		}
}

#endif

void vk_sums(uint64_t out[3], const uint8_t *src, size_t pixels, int level) {
	(void)level;
	out[0] = out[1] = out[2] = 0;
#ifdef VK_X86
	if (level >= VK_AVX512) {
		sums_avx512(out, src, pixels);
		return;
	}
	if (level >= VK_AVX2) {
		sums_avx2(out, src, pixels);
		return;
	}
#endif
	sums_scalar(out, src, pixels);
}

void vk_lut(uint8_t *dst, const uint8_t *src, size_t bytes, const uint8_t *lut, int level) {
	(void)level;
#ifdef VK_X86
	if (level >= VK_AVX512) {
		lut_avx512(dst, src, bytes, lut);
		return;
	}
#endif
	lut_scalar(dst, src, bytes, lut);
}

void vk_lut_rgb(uint8_t *dst, const uint8_t *src, size_t bytes, const uint8_t *lut, int level) {
	(void)level;
#ifdef VK_X86
	if (level >= VK_AVX512) {
		lut_rgb_avx512(dst, src, bytes, lut);
		return;
	}
#endif
	lut_rgb_scalar(dst, src, bytes, lut);
}

// Two counters per level, for even and odd pixels: neighbours are often alike, and one counter would wait for itself.
void vk_histogram(uint64_t *hist, const uint8_t *src, size_t pixels) {
	while (pixels > 0) {
		uint32_t count[2][3][256];
		memset(count, 0, sizeof count);
		size_t n = pixels < 1u << 30 ? pixels : 1u << 30, i = 0;
		for (; i + 2 <= n; i += 2, src += 6) {
			count[0][0][src[0]]++;
			count[0][1][src[1]]++;
			count[0][2][src[2]]++;
			count[1][0][src[3]]++;
			count[1][1][src[4]]++;
			count[1][2][src[5]]++;
		}
		if (i < n) {
			count[0][0][src[0]]++;
			count[0][1][src[1]]++;
			count[0][2][src[2]]++;
			src += 3;
		}
		for (int c = 0; c < 3; c++)
			for (int v = 0; v < 256; v++)
				hist[c * 256 + v] += (uint64_t)count[0][c][v] + count[1][c][v];
		pixels -= n;
	}
}
