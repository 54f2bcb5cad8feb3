// Layers between the camera and the world: fog that drifts, flakes that fall, frost and drops on the glass.
#include "weather_simd.h"

typedef float vc_f16 __attribute__((vector_size(64), aligned(4), may_alias));

// mix_wide and mix_narrow sum 64 and 16 values.
VC_INLINE void mix_wide(float *dst, const float *src, const int32_t *at, const float *weight, ptrdiff_t taps) {
	vc_f16 a = {0}, b = {0}, c = {0}, d = {0};
	for (ptrdiff_t j = 0; j < taps; j++) {
		const vc_f16 *s = (const vc_f16 *)(src + at[j]);
		float w = weight[j];
		a += w * s[0];
		b += w * s[1];
		c += w * s[2];
		d += w * s[3];
	}
	vc_f16 *to = (vc_f16 *)dst;
	to[0] = a, to[1] = b, to[2] = c, to[3] = d;
}

VC_INLINE void mix_narrow(float *dst, const float *src, const int32_t *at, const float *weight, ptrdiff_t taps) {
	vc_f16 a = {0};
	for (ptrdiff_t j = 0; j < taps; j++)
		a += weight[j] * *(const vc_f16 *)(src + at[j]);
	*(vc_f16 *)dst = a;
}

// What is left of a row after whole blocks is done by one that overlaps those before it.
VC_CLONES void vc_mix(float *restrict dst, const float *restrict src, ptrdiff_t n, const int32_t *at, const float *weight, ptrdiff_t taps) {
	ptrdiff_t i = 0;
	for (; i + 64 <= n; i += 64)
		mix_wide(dst + i, src + i, at, weight, taps);
	for (; i + 16 <= n; i += 16)
		mix_narrow(dst + i, src + i, at, weight, taps);
	if (i < n && n >= 16) {
		mix_narrow(dst + n - 16, src + n - 16, at, weight, taps);
		return;
	}
	for (; i < n; i++) {
		float acc = 0;
		for (ptrdiff_t j = 0; j < taps; j++)
			acc += weight[j] * src[at[j] + i];
		dst[i] = acc;
	}
}

// Columns go first, so that their rows stay in the nearest cache.
VC_CLONES void vc_convolve(float *restrict dst, const float *restrict src, ptrdiff_t rows, ptrdiff_t width, const int32_t *first, const int32_t *from,
	const int32_t *taps, const int32_t *step, const float *weight) {
	ptrdiff_t i = 0;
	for (; i + 64 <= width; i += 64)
		for (ptrdiff_t y = 0; y < rows; y++)
			mix_wide(dst + y * width + i, src + first[y] * width + i, step, weight + from[y], taps[y]);
	for (; i < width && width >= 16; i += 16) {
		ptrdiff_t x = i + 16 <= width ? i : width - 16;
		for (ptrdiff_t y = 0; y < rows; y++)
			mix_narrow(dst + y * width + x, src + first[y] * width + x, step, weight + from[y], taps[y]);
	}
	for (; i < width; i++)
		for (ptrdiff_t y = 0; y < rows; y++) {
			float acc = 0;
			for (ptrdiff_t j = 0; j < taps[y]; j++)
				acc += weight[from[y] + j] * src[(first[y] + j) * width + i];
			dst[y * width + i] = acc;
		}
}

VC_CLONES int vc_peak(const uint8_t *src, size_t n) {
	uint8_t m = 0;
	for (size_t i = 0; i < n; i++)
		m = src[i] > m ? src[i] : m;
	return m;
}

enum { SAME = 64 };

// fill repeats a factor: as a stretch of memory, compilers multiply with it in 16 bits, and not in 32 as with one that is the same for all.
VC_INLINE void fill(uint16_t to[SAME], int v) {
	for (int i = 0; i < SAME; i++)
		to[i] = (uint16_t)v;
}

enum { DRIFT = 1536 }; // values of a row of the layer at a time

// across sets to to what lies fx of 2^15 to the right of each value of a row.
VC_INLINE void across(int16_t *restrict to, const int16_t *restrict a, ptrdiff_t n, const uint16_t *restrict fx) {
	ptrdiff_t i = 0;
	for (; i + SAME <= n; i += SAME)
		for (int k = 0; k < SAME; k++)
			to[i + k] = (int16_t)(a[i + k] + vc_mulround((int16_t)(a[i + k + 3] - a[i + k]), (int16_t)fx[k]));
	for (; i < n; i++)
		to[i] = (int16_t)(a[i] + vc_mulround((int16_t)(a[i + 3] - a[i]), (int16_t)fx[0]));
}

VC_INLINE uint8_t veil_one(uint8_t v, int16_t p, int16_t q, uint16_t fy, uint16_t gain) {
	int16_t l = (int16_t)(p + vc_mulround((int16_t)(q - p), (int16_t)fy));
	return (uint8_t)vc_min16((uint16_t)(vc_mulhigh((uint16_t)(v << 8), gain) + l) >> 7, 255);
}

VC_INLINE void veil(uint8_t *restrict dst, const int16_t *restrict p, const int16_t *restrict q, ptrdiff_t n, const uint16_t *restrict fy,
	const uint16_t *restrict gain) {
	ptrdiff_t i = 0;
	for (; i + SAME <= n; i += SAME)
		for (int k = 0; k < SAME; k++)
			dst[i + k] = veil_one(dst[i + k], p[i + k], q[i + k], fy[k], gain[k]);
	for (; i < n; i++)
		dst[i] = veil_one(dst[i], p[i], q[i], fy[0], gain[0]);
}

VC_CLONES void vc_drift(uint8_t *dst, const int16_t *layer, const vc_torus *o, int fy, int fx, int gain) {
	const ptrdiff_t stride = (o->size_x + 1) * 3;
	uint16_t down[SAME], right[SAME], gains[SAME];
	fill(down, fy);
	fill(right, fx);
	fill(gains, gain);
	for (ptrdiff_t done = 0, x = o->x; done < o->w;) {
		ptrdiff_t n = o->size_x - x < o->w - done ? o->size_x - x : o->w - done;
		n = n < DRIFT / 3 ? n : DRIFT / 3;
		int16_t line[2][DRIFT];
		across(line[0], layer + o->y * stride + x * 3, n * 3, right);
		for (ptrdiff_t y = 0; y < o->h; y++) {
			across(line[~y & 1], layer + (o->y + y + 1) % o->size_y * stride + x * 3, n * 3, right);
			veil(dst + (y * o->w + done) * 3, line[y & 1], line[~y & 1], n * 3, down, gains);
		}
		done += n;
		x = x + n < o->size_x ? x + n : 0;
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

VC_CLONES void vc_glaze(uint8_t *dst, ptrdiff_t frames, ptrdiff_t n, int gain, const uint16_t *add) {
	uint16_t g[SAME];
	fill(g, gain);
	for (ptrdiff_t at = 0; at < n; at += 4096) {
		ptrdiff_t m = n - at < 4096 ? n - at : 4096;
		const uint16_t *restrict a = add + at;
		for (ptrdiff_t t = 0; t < frames; t++) {
			uint8_t *restrict d = dst + t * n + at;
			ptrdiff_t i = 0;
			for (; i + SAME <= m; i += SAME)
				for (int k = 0; k < SAME; k++)
					d[i + k] = (uint8_t)vc_min16((uint16_t)(vc_mulhigh((uint16_t)(d[i + k] << 8), g[k]) + a[i + k]) >> 7, 255);
			for (; i < m; i++)
				d[i] = (uint8_t)vc_min16((uint16_t)(vc_mulhigh((uint16_t)(d[i] << 8), g[0]) + a[i]) >> 7, 255);
		}
	}
}

VC_CLONES void vc_brighten(uint8_t *dst, ptrdiff_t frames, ptrdiff_t n, const uint8_t *add) {
	for (ptrdiff_t at = 0; at < n; at += 4096) {
		ptrdiff_t m = n - at < 4096 ? n - at : 4096;
		const uint8_t *restrict a = add + at;
		for (ptrdiff_t t = 0; t < frames; t++) {
			uint8_t *restrict d = dst + t * n + at;
			for (ptrdiff_t i = 0; i < m; i++) {
				uint8_t s = (uint8_t)(d[i] + a[i]);
				d[i] = s < a[i] ? 255 : s;
			}
		}
	}
}

// Each pixel writes a fourth value, which the next one replaces.
void vc_pane(uint16_t *dst, const uint16_t *a, const uint16_t *b, const int32_t *col, ptrdiff_t w, int fy, const uint16_t *shades) {
	const uint32_t down = (uint32_t)fy;
	for (ptrdiff_t x = 0; x < w; x++) {
		uint32_t i = (uint32_t)col[x] >> 8, j = (i + 1) & 511, fx = (uint32_t)col[x] & 255;
		uint32_t p = a[i] * (256 - fx) + a[j] * fx, q = b[i] * (256 - fx) + b[j] * fx;
		const uint16_t *shade = shades + ((p * (256 - down) + q * down) >> 16) * 4;
		if (x + 1 < w)
			memcpy(dst + x * 3, shade, 8);
		else
			memcpy(dst + x * 3, shade, 6);
	}
}

VC_INLINE uint8_t snow_one(uint8_t x, uint16_t grey, uint16_t s, uint16_t keep, uint16_t whiten) {
	uint16_t v = (uint16_t)(vc_mulhigh((uint16_t)(x << 8), keep) + vc_mulhigh(vc_max16((uint16_t)(x << 7), grey), whiten));
	return (uint8_t)vc_min16((uint16_t)(vc_min16(v, 255 << 7) + s) >> 7, 255);
}

VC_INLINE void snow_planes(vc_planes p, const uint16_t *s, uint16_t keep, uint16_t whiten) {
	for (int j = 0; j < VC_PLANE; j++) {
		uint8_t r = p[0][j], g = p[1][j], b = p[2][j];
		uint16_t y = (uint16_t)(77 * r + 150 * g + 29 * b);
		uint16_t grey = (uint16_t)((y >> 1) + (y >> 2) + (255 << 6));
		p[0][j] = snow_one(r, grey, s[j], keep, whiten);
		p[1][j] = snow_one(g, grey, s[j], keep, whiten);
		p[2][j] = snow_one(b, grey, s[j], keep, whiten);
	}
}

// flakes_of copies n values of a row of the layer from x on, and returns the x after them.
VC_INLINE ptrdiff_t flakes_of(uint16_t *s, const uint16_t *row, ptrdiff_t size, ptrdiff_t x, ptrdiff_t n) {
	for (ptrdiff_t done = 0; done < n;) {
		ptrdiff_t m = size - x < n - done ? size - x : n - done;
		if (m == VC_PLANE)
			memcpy(s, row + x, VC_PLANE * sizeof *s);
		else
			memcpy(s + done, row + x, (size_t)m * sizeof *s);
		done += m;
		x = x + m < size ? x + m : 0;
	}
	return x;
}

VC_CLONES static void snow_plain(uint8_t *dst, const uint16_t *layer, const vc_torus *o, uint16_t keep, uint16_t whiten) {
	for (ptrdiff_t y = 0; y < o->h; y++) {
		const uint16_t *a = layer + (o->y + y) % o->size_y * o->size_x;
		for (ptrdiff_t i = 0, x = o->x; i < o->w; i += VC_PLANE) {
			vc_planes p;
			uint16_t s[VC_PLANE] = {0};
			ptrdiff_t n = vc_piece(o->w - i);
			uint8_t *d = dst + (y * o->w + i) * 3;
			x = flakes_of(s, a, o->size_x, x, n);
			vc_part(p, d, n);
			snow_planes(p, s, keep, whiten);
			vc_whole(d, p, n);
		}
	}
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define VC_VBMI __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")))

// Where the bytes of a channel are in three vectors of pixels, and those of pixels in three of channels; the third has those of part.
typedef struct {
	uint8_t apart[3][64], packed[3][64];
	uint64_t part[3], pack[3];
} vbmi_places;

static void vbmi_find(vbmi_places *f) {
	memset(f, 0, sizeof *f);
	for (int i = 0; i < 192; i++) {
		int c = i % 3, j = i / 3;
		f->apart[c][j] = (uint8_t)(i & 127);
		f->part[c] |= (uint64_t)(i >= 128) << j;
		f->packed[i / 64][i % 64] = (uint8_t)(c == 1 ? 64 + j : j);
		f->pack[i / 64] |= (uint64_t)(c == 2) << i % 64;
	}
}

VC_VBMI static inline __m512i vbmi_pick(const __m512i v[3], const uint8_t at[64], uint64_t third) {
	__m512i i = _mm512_loadu_si512(at);
	return _mm512_mask_permutexvar_epi8(_mm512_permutex2var_epi8(v[0], i, v[1]), third, i, v[2]);
}

VC_VBMI static void snow_vbmi(uint8_t *dst, const uint16_t *layer, const vc_torus *o, uint16_t keep, uint16_t whiten) {
	vbmi_places f;
	vbmi_find(&f);
	for (ptrdiff_t y = 0; y < o->h; y++) {
		const uint16_t *a = layer + (o->y + y) % o->size_y * o->size_x;
		for (ptrdiff_t i = 0, x = o->x; i < o->w; i += VC_PLANE) {
			vc_planes p;
			uint16_t s[VC_PLANE] = {0};
			ptrdiff_t n = vc_piece(o->w - i);
			uint8_t *d = dst + (y * o->w + i) * 3;
			__mmask64 inside[3];
			__m512i v[3];
			for (int c = 0; c < 3; c++) {
				ptrdiff_t m = n * 3 - c * 64;
				inside[c] = m >= 64 ? ~0ull : m <= 0 ? 0 : (1ull << m) - 1;
				v[c] = _mm512_maskz_loadu_epi8(inside[c], d + c * 64);
			}
			for (int c = 0; c < 3; c++)
				_mm512_storeu_si512(p[c], vbmi_pick(v, f.apart[c], f.part[c]));
			x = flakes_of(s, a, o->size_x, x, n);
			snow_planes(p, s, keep, whiten);
			for (int c = 0; c < 3; c++)
				v[c] = _mm512_loadu_si512(p[c]);
			for (int c = 0; c < 3; c++)
				_mm512_mask_storeu_epi8(d + c * 64, inside[c], vbmi_pick(v, f.packed[c], f.pack[c]));
		}
	}
}
#endif

void vc_snow(uint8_t *dst, const uint16_t *layer, const vc_torus *o, int keep, int whiten) {
#if defined(__x86_64__) && defined(__GNUC__)
	if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
		snow_vbmi(dst, layer, o, (uint16_t)keep, (uint16_t)whiten);
		return;
	}
#endif
	snow_plain(dst, layer, o, (uint16_t)keep, (uint16_t)whiten);
}
