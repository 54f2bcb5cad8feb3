// Resample: weights of 14 bits, rows first, then columns, 8 bits between; see axis in Go for the tables.
//
// Across, AVX-512 makes 16 outputs at a time: one load covers the pixels that they share, vpermb spreads a channel of two
// neighbours to each 32-bit lane, vpdpwssd weighs them; the permutations serve all rows. AVX2 does a pixel of two rows at a
// time. Down, two rows are interleaved and weighed by pmaddwd.
#include "simd.h"

typedef struct {
	uint8_t *dst;
	ptrdiff_t dst_step;
	const uint8_t *src;
	ptrdiff_t src_step, avail; // avail: bytes that may be read from src on
	ptrdiff_t in, out, rows;   // pixels of a row, before and after; or bytes of a row and rows, before and after, for the vertical
	vk_axis axis;
	ptrdiff_t frame; // bytes from src to the same place in the next frame
} pass;

// Output x of rows y.. by the given number of taps, a constant where it is small.
VK_INLINE void across_column(const pass *p, ptrdiff_t y, ptrdiff_t x, ptrdiff_t taps) {
	const int16_t *k = p->axis.weight + x * p->axis.stride;
	const uint8_t *src = p->src + y * p->src_step + (ptrdiff_t)p->axis.first[x] * 3;
	uint8_t *d = p->dst + y * p->dst_step + x * 3;
	for (; y < p->rows; y++, src += p->src_step, d += p->dst_step) {
		int32_t r = 8192, g = 8192, b = 8192;
		for (ptrdiff_t i = 0; i < taps; i++) {
			r += k[i] * src[i * 3];
			g += k[i] * src[i * 3 + 1];
			b += k[i] * src[i * 3 + 2];
		}
		d[0] = (uint8_t)(r >> 14);
		d[1] = (uint8_t)(g >> 14);
		d[2] = (uint8_t)(b >> 14);
	}
}

static void across_scalar(const pass *p, ptrdiff_t y, ptrdiff_t x0, ptrdiff_t x1) {
	for (ptrdiff_t x = x0; x < x1; x++) {
		ptrdiff_t left = p->in - p->axis.first[x], taps = p->axis.taps < left ? p->axis.taps : left; // weight 0 beyond
		if (taps == 2)
			across_column(p, y, x, 2);
		else if (taps == 3)
			across_column(p, y, x, 3);
		else if (taps == 4)
			across_column(p, y, x, 4);
		else
			across_column(p, y, x, taps);
	}
}

// Columns x0.. of output row y.
VK_INLINE void down_scalar(const pass *p, ptrdiff_t y, ptrdiff_t x0) {
	const int16_t *k = p->axis.weight + y * p->axis.stride;
	const uint8_t *s = p->src + p->axis.first[y] * p->src_step;
	ptrdiff_t taps = p->rows - p->axis.first[y] < p->axis.taps ? p->rows - p->axis.first[y] : p->axis.taps;
	for (ptrdiff_t x = x0; x < p->in; x++) {
		int32_t v = 8192;
		for (ptrdiff_t i = 0; i < taps; i++)
			v += k[i] * s[i * p->src_step + x];
		p->dst[y * p->dst_step + x] = (uint8_t)(v >> 14);
	}
}

// A tap at a time over 64 columns, for compilers to vectorise.
static void down_portable(const pass *p) {
	for (ptrdiff_t y = 0; y < p->out; y++) {
		const int16_t *k = p->axis.weight + y * p->axis.stride;
		const uint8_t *s = p->src + p->axis.first[y] * p->src_step;
		ptrdiff_t taps = p->rows - p->axis.first[y] < p->axis.taps ? p->rows - p->axis.first[y] : p->axis.taps, x = 0;
		for (; x + 64 <= p->in; x += 64) {
			int32_t v[64];
			for (int j = 0; j < 64; j++)
				v[j] = 8192;
			for (ptrdiff_t i = 0; i < taps; i++)
				for (int j = 0; j < 64; j++)
					v[j] += k[i] * s[i * p->src_step + x + j];
			for (int j = 0; j < 64; j++)
				p->dst[y * p->dst_step + x + j] = (uint8_t)(v[j] >> 14);
		}
		down_scalar(p, y, x);
	}
}

#ifdef VK_X86

VK_INLINE int32_t two(const int16_t *k) {
	int32_t v;
	memcpy(&v, k, 4);
	return v;
}

// few says that there are at most four taps.
VK_TARGET_AVX2 VK_INLINE void across_avx2_body(const pass *p, const int few) {
	// 16 bytes hold five pixels: two pairs of taps.
	const __m256i near = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1,
		0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1);
	const __m256i far = _mm256_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1,
		6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
	const __m256i close = _mm256_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1,
		0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
	const __m256i half = _mm256_set1_epi32(8192);
	const ptrdiff_t taps = few ? 4 : p->axis.taps, wide = p->out & ~(ptrdiff_t)3;
	ptrdiff_t reach = 0; // bytes from the start of a row that a row reads
	for (ptrdiff_t x = 0; x < wide; x++)
		if (p->axis.first[x] * 3 > reach)
			reach = p->axis.first[x] * 3;
	reach += (taps + 3) / 4 * 12 + 4;
	ptrdiff_t y = 0;
	for (; y < p->rows; y += 2) {
		ptrdiff_t y1 = y + 1 < p->rows ? y + 1 : y; // an odd last row is done twice
		if (y1 * p->src_step + reach > p->avail)
			break;
		const uint8_t *s0 = p->src + y * p->src_step, *s1 = p->src + y1 * p->src_step;
		uint8_t *d0 = p->dst + y * p->dst_step, *d1 = p->dst + y1 * p->dst_step;
		for (ptrdiff_t x = 0; x < wide; x += 4) {
			__m256i v[4];
			for (int j = 0; j < 4; j++) {
				const int16_t *k = p->axis.weight + (x + j) * p->axis.stride;
				ptrdiff_t at = (ptrdiff_t)p->axis.first[x + j] * 3;
				v[j] = half;
				for (ptrdiff_t i = 0; i < taps; i += 4, at += 12) {
					__m256i s = _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(s0 + at))),
						_mm_loadu_si128((const __m128i *)(s1 + at)), 1);
					v[j] = _mm256_add_epi32(v[j], _mm256_add_epi32(
						_mm256_madd_epi16(_mm256_shuffle_epi8(s, near), _mm256_set1_epi32(two(k + i))),
						_mm256_madd_epi16(_mm256_shuffle_epi8(s, far), _mm256_set1_epi32(two(k + i + 2)))));
				}
				v[j] = _mm256_srli_epi32(v[j], 14);
			}
			__m256i o = _mm256_shuffle_epi8(_mm256_packus_epi16(_mm256_packs_epi32(v[0], v[1]), _mm256_packs_epi32(v[2], v[3])), close);
			__m128i o0 = _mm256_castsi256_si128(o), o1 = _mm256_extracti128_si256(o, 1);
			int32_t end0 = _mm_extract_epi32(o0, 2), end1 = _mm_extract_epi32(o1, 2);
			_mm_storel_epi64((__m128i *)(d0 + x * 3), o0);
			memcpy(d0 + x * 3 + 8, &end0, 4);
			_mm_storel_epi64((__m128i *)(d1 + x * 3), o1);
			memcpy(d1 + x * 3 + 8, &end1, 4);
		}
	}
	across_scalar(p, 0, wide, p->out);
	across_scalar(p, y, 0, wide);
}

VK_TARGET_AVX2 static void across_avx2(const pass *p) {
	if (p->axis.taps <= 4)
		across_avx2_body(p, 1);
	else
		across_avx2_body(p, 0);
}

// The table of 16 outputs: an index per byte, then the weights, a vector per pair of taps.
typedef struct {
	ptrdiff_t base; // leftmost pixel
	const int16_t *index, *weight;
} block;

VK_INLINE void range(const int32_t *first, ptrdiff_t n, int32_t *low, int32_t *high) {
	*low = *high = first[0];
	for (ptrdiff_t i = 1; i < n; i++) {
		*low = first[i] < *low ? first[i] : *low;
		*high = first[i] > *high ? first[i] : *high;
	}
}

// Reports whether every 16 outputs share a window of two vectors, and fills vec if so.
static int across_tables(const pass *p, int16_t *vec, ptrdiff_t pairs) {
	for (ptrdiff_t x = 0; x < p->out; x += 16) {
		ptrdiff_t live = p->out - x < 16 ? p->out - x : 16;
		const int32_t *first = p->axis.first + x;
		int32_t low, high;
		range(first, live, &low, &high);
		if ((high - low) * 3 + 6 > 128)
			return 0;
		uint8_t *index = (uint8_t *)vec;
		int16_t *weight = vec + 32;
		memset(vec, 0, (size_t)(pairs + 1) * 64);
		for (ptrdiff_t o = 0; o < live; o++) {
			ptrdiff_t at = (first[o] - low) * 3;
			index[o * 4] = (uint8_t)at;
			index[o * 4 + 2] = (uint8_t)(at + 3);
			for (ptrdiff_t i = 0; i < pairs * 2; i++)
				weight[i / 2 * 32 + o * 2 + i % 2] = p->axis.weight[(x + o) * p->axis.stride + i];
		}
		vec += (pairs + 1) * 32;
	}
	return 1;
}

// 16 outputs of every row. PAIRS is the number of pairs of taps if it is 1 or 2, else 0; WIDE if the window takes two vectors.
#define ACROSS_BLOCK(NAME, PAIRS, WIDE) \
	VK_TARGET_AVX512 static void NAME(const pass *p, const block *b, ptrdiff_t pairs, uint8_t *dst, __mmask64 live) { \
		const __mmask64 words = 0x5555555555555555; \
		const __m512i one = _mm512_set1_epi8(1), half = _mm512_set1_epi32(8192); \
		const __m512i red = _mm512_loadu_si512(b->index), green = _mm512_add_epi8(red, one), blue = _mm512_add_epi8(green, one); \
		const __m512i weave = _mm512_loadu_si512(weave_at); \
		const uint8_t *src = p->src + b->base * 3; \
		const ptrdiff_t have = (p->in - b->base) * 3; \
		if (PAIRS) \
			pairs = PAIRS; \
		for (ptrdiff_t y = 0; y < p->rows; y++, src += p->src_step, dst += p->dst_step) { \
			__m512i r = half, g = half, u = half; \
			_mm_prefetch((const char *)((uintptr_t)src + (uintptr_t)p->frame), _MM_HINT_T0); /* this place in the next frame, which is not in the cache yet */ \
			for (ptrdiff_t i = 0; i < pairs; i++) { \
				__m512i k = _mm512_loadu_si512(b->weight + i * 32); \
				__m512i s = _mm512_maskz_loadu_epi8(vk_first(have - i * 6), src + i * 6), sr, sg, su; \
				if (WIDE) { \
					__m512i s2 = _mm512_maskz_loadu_epi8(vk_first(have - i * 6 - 64), src + i * 6 + 64); \
					sr = _mm512_maskz_permutex2var_epi8(words, s, red, s2); \
					sg = _mm512_maskz_permutex2var_epi8(words, s, green, s2); \
					su = _mm512_maskz_permutex2var_epi8(words, s, blue, s2); \
				} else { \
					sr = _mm512_maskz_permutexvar_epi8(words, red, s); \
					sg = _mm512_maskz_permutexvar_epi8(words, green, s); \
					su = _mm512_maskz_permutexvar_epi8(words, blue, s); \
				} \
				r = _mm512_dpwssd_epi32(r, sr, k); \
				g = _mm512_dpwssd_epi32(g, sg, k); \
				u = _mm512_dpwssd_epi32(u, su, k); \
			} \
			r = _mm512_srli_epi32(r, 14); \
			g = _mm512_srli_epi32(g, 14); \
			u = _mm512_srli_epi32(u, 14); \
			r = _mm512_packus_epi16(_mm512_packs_epi32(r, g), _mm512_packs_epi32(u, u)); \
			_mm512_mask_storeu_epi8(dst, live, _mm512_permutexvar_epi8(weave, r)); \
		} \
	}

// After the packs channel c of output o is byte o/4*16 + c*4 + o%4.
#define W4(b) b, b + 4, b + 8, b + 1, b + 5, b + 9, b + 2, b + 6, b + 10, b + 3, b + 7, b + 11
static const uint8_t weave_at[64] = {W4(0), W4(16), W4(32), W4(48)};

ACROSS_BLOCK(across_1, 1, 0)
ACROSS_BLOCK(across_2, 2, 0)
ACROSS_BLOCK(across_n, 0, 0)
ACROSS_BLOCK(across_wide_1, 1, 1)
ACROSS_BLOCK(across_wide_2, 2, 1)
ACROSS_BLOCK(across_wide_n, 0, 1)

static void across_avx512(const pass *p, const int16_t *vec, ptrdiff_t pairs) {
	for (ptrdiff_t x = 0; x < p->out; x += 16, vec += (pairs + 1) * 32) {
		ptrdiff_t live = p->out - x < 16 ? p->out - x : 16;
		int32_t low, high;
		range(p->axis.first + x, live, &low, &high);
		block b = {low, vec, vec + 32};
		int wide = (high - low) * 3 + 6 > 64;
		uint8_t *dst = p->dst + x * 3;
		__mmask64 mask = vk_first(live * 3);
		if (pairs == 1)
			(wide ? across_wide_1 : across_1)(p, &b, pairs, dst, mask);
		else if (pairs == 2)
			(wide ? across_wide_2 : across_2)(p, &b, pairs, dst, mask);
		else
			(wide ? across_wide_n : across_n)(p, &b, pairs, dst, mask);
	}
}

VK_TARGET_AVX2 static void down_avx2(const pass *p) {
	const __m256i zero = _mm256_setzero_si256(), half = _mm256_set1_epi32(8192);
	for (ptrdiff_t y = 0; y < p->out; y++) {
		const int16_t *k = p->axis.weight + y * p->axis.stride;
		ptrdiff_t first = p->axis.first[y], x = 0;
		for (; x + 32 <= p->in; x += 32) {
			__m256i v0 = half, v1 = half, v2 = half, v3 = half;
			for (ptrdiff_t i = 0; i < p->axis.taps; i += 2) {
				ptrdiff_t r0 = first + i < p->rows ? first + i : p->rows - 1, r1 = r0 + 1 < p->rows ? r0 + 1 : r0; // weight 0 beyond
				__m256i a = _mm256_loadu_si256((const __m256i *)(p->src + r0 * p->src_step + x));
				__m256i b = _mm256_loadu_si256((const __m256i *)(p->src + r1 * p->src_step + x));
				__m256i lo = _mm256_unpacklo_epi8(a, b), hi = _mm256_unpackhi_epi8(a, b), w = _mm256_set1_epi32(two(k + i));
				v0 = _mm256_add_epi32(v0, _mm256_madd_epi16(_mm256_unpacklo_epi8(lo, zero), w));
				v1 = _mm256_add_epi32(v1, _mm256_madd_epi16(_mm256_unpackhi_epi8(lo, zero), w));
				v2 = _mm256_add_epi32(v2, _mm256_madd_epi16(_mm256_unpacklo_epi8(hi, zero), w));
				v3 = _mm256_add_epi32(v3, _mm256_madd_epi16(_mm256_unpackhi_epi8(hi, zero), w));
			}
			v0 = _mm256_packs_epi32(_mm256_srli_epi32(v0, 14), _mm256_srli_epi32(v1, 14));
			v2 = _mm256_packs_epi32(_mm256_srli_epi32(v2, 14), _mm256_srli_epi32(v3, 14));
			_mm256_storeu_si256((__m256i *)(p->dst + y * p->dst_step + x), _mm256_packus_epi16(v0, v2));
		}
		down_scalar(p, y, x);
	}
}

VK_TARGET_AVX512 static void down_avx512(const pass *p) {
	const __m512i zero = _mm512_setzero_si512(), half = _mm512_set1_epi32(8192);
	for (ptrdiff_t y = 0; y < p->out; y++) {
		const int16_t *k = p->axis.weight + y * p->axis.stride;
		ptrdiff_t first = p->axis.first[y];
		for (ptrdiff_t x = 0; x < p->in; x += 64) {
			__mmask64 live = vk_first(p->in - x);
			__m512i v0 = half, v1 = half, v2 = half, v3 = half;
			for (ptrdiff_t i = 0; i < p->axis.taps; i += 2) {
				ptrdiff_t r0 = first + i < p->rows ? first + i : p->rows - 1, r1 = r0 + 1 < p->rows ? r0 + 1 : r0; // weight 0 beyond
				__m512i a = _mm512_maskz_loadu_epi8(live, p->src + r0 * p->src_step + x);
				__m512i b = _mm512_maskz_loadu_epi8(live, p->src + r1 * p->src_step + x);
				__m512i lo = _mm512_unpacklo_epi8(a, b), hi = _mm512_unpackhi_epi8(a, b), w = _mm512_set1_epi32(two(k + i));
				v0 = _mm512_dpwssd_epi32(v0, _mm512_unpacklo_epi8(lo, zero), w);
				v1 = _mm512_dpwssd_epi32(v1, _mm512_unpackhi_epi8(lo, zero), w);
				v2 = _mm512_dpwssd_epi32(v2, _mm512_unpacklo_epi8(hi, zero), w);
				v3 = _mm512_dpwssd_epi32(v3, _mm512_unpackhi_epi8(hi, zero), w);
			}
			v0 = _mm512_packs_epi32(_mm512_srli_epi32(v0, 14), _mm512_srli_epi32(v1, 14));
			v2 = _mm512_packs_epi32(_mm512_srli_epi32(v2, 14), _mm512_srli_epi32(v3, 14));
			_mm512_mask_storeu_epi8(p->dst + y * p->dst_step + x, live, _mm512_packus_epi16(v0, v2));
		}
	}
}

#endif

void vk_resample(uint8_t *dst, ptrdiff_t dw, ptrdiff_t dh, const uint8_t *src, ptrdiff_t avail, ptrdiff_t t, ptrdiff_t step,
	ptrdiff_t frame, ptrdiff_t rw, ptrdiff_t rh, const int32_t *xfirst, const int16_t *xweight, ptrdiff_t xstride, ptrdiff_t xtaps,
	const int32_t *yfirst, const int16_t *yweight, ptrdiff_t ystride, ptrdiff_t ytaps, uint8_t *tmp, ptrdiff_t tmp_stride,
	int16_t *vec, int level) {
	(void)level, (void)vec;
	pass x = {NULL, 0, NULL, step, 0, rw, dw, rh, {xfirst, xweight, xstride, xtaps}, frame};
	pass y = {NULL, dw * 3, NULL, 0, 0, dw * 3, dh, rh, {yfirst, yweight, ystride, ytaps}, 0};
#ifdef VK_X86
	const ptrdiff_t pairs = (xtaps + 1) / 2;
	const int shared = xfirst && level >= VK_AVX512 && across_tables(&x, vec, pairs);
#endif
	for (ptrdiff_t f = 0; f < t; f++, dst += dh * dw * 3, src += frame, avail -= frame) {
		y.src = src;
		y.src_step = step;
		y.dst = dst;
		if (xfirst) {
			x.src = src;
			x.avail = avail;
			x.dst = yfirst ? tmp : dst;
			x.dst_step = yfirst ? tmp_stride : dw * 3;
#ifdef VK_X86
			if (shared)
				across_avx512(&x, vec, pairs);
			else if (level >= VK_AVX2)
				across_avx2(&x);
			else
#endif
				across_scalar(&x, 0, 0, dw);
			y.src = x.dst;
			y.src_step = x.dst_step;
		}
		if (yfirst) {
#ifdef VK_X86
			if (level >= VK_AVX512)
				down_avx512(&y);
			else if (level >= VK_AVX2)
				down_avx2(&y);
			else
#endif
				down_portable(&y);
		} else if (!xfirst) {
			for (ptrdiff_t r = 0; r < dh; r++)
				memcpy(dst + r * dw * 3, src + r * step, (size_t)dw * 3);
		}
	}
}
