// What is lost in JPEG: colours to YCbCr, 4:2:0, DCT, quantisation, and back. Integer formulas of IJG's accurate ("islow")
// transforms, after Loeffler, Ligtenberg and Moschytz, ICASSP 1989; constants have 13 bits.
#include "weather_simd.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { LANES = 16 };

typedef int32_t lanes __attribute__((vector_size(LANES * 4)));
typedef int16_t words __attribute__((vector_size(LANES * 2)));
typedef float floats __attribute__((vector_size(LANES * 4)));

#define BIAS(n) (1 << ((n) - 1))

// forward is the one-dimensional DCT of lanes, times sqrt(8) 2^13 but for outputs 0 and 4, which are times sqrt(8).
VC_INLINE void forward(lanes d[8]) {
	lanes s0 = d[0] + d[7], s1 = d[1] + d[6], s2 = d[2] + d[5], s3 = d[3] + d[4];
	lanes a = d[3] - d[4], b = d[2] - d[5], c = d[1] - d[6], e = d[0] - d[7];
	lanes even = s0 - s3, odd = s1 - s2, z = (even + odd) * 4433;
	lanes z1 = (a + e) * -7373, z2 = (b + c) * -20995, z5 = (a + b + c + e) * 9633;
	lanes z3 = (a + c) * -16069 + z5, z4 = (b + e) * -3196 + z5;
	d[0] = s0 + s3 + s1 + s2;
	d[1] = e * 12299 + z1 + z4;
	d[2] = z + even * 6270;
	d[3] = c * 25172 + z2 + z3;
	d[4] = s0 + s3 - s1 - s2;
	d[5] = b * 16819 + z2 + z4;
	d[6] = z - odd * 15137;
	d[7] = a * 2446 + z1 + z3;
}

// inverse is the one-dimensional inverse DCT of lanes, times sqrt(8) 2^13.
VC_INLINE void inverse(lanes d[8]) {
	lanes z = (d[2] + d[6]) * 4433, t2 = z - d[6] * 15137, t3 = z + d[2] * 6270;
	lanes sum = (d[0] + d[4]) * 8192, diff = (d[0] - d[4]) * 8192;
	lanes e0 = sum + t3, e1 = diff + t2, e2 = diff - t2, e3 = sum - t3;
	lanes z5 = (d[7] + d[3] + d[5] + d[1]) * 9633, z1 = (d[7] + d[1]) * -7373, z2 = (d[5] + d[3]) * -20995;
	lanes z3 = (d[7] + d[3]) * -16069 + z5, z4 = (d[5] + d[1]) * -3196 + z5;
	lanes o0 = d[1] * 12299 + z1 + z4, o1 = d[3] * 25172 + z2 + z3, o2 = d[5] * 16819 + z2 + z4, o3 = d[7] * 2446 + z1 + z3;
	d[0] = e0 + o0;
	d[1] = e1 + o1;
	d[2] = e2 + o2;
	d[3] = e3 + o3;
	d[4] = e3 - o3;
	d[5] = e2 - o2;
	d[6] = e1 - o1;
	d[7] = e0 - o0;
}

VC_INLINE void load(lanes d[8], const int16_t *s, ptrdiff_t w) {
	for (int k = 0; k < 8; k++) {
		words v;
		memcpy(&v, s + k * w, sizeof v);
		d[k] = __builtin_convertvector(v, lanes);
	}
}

#define store(s, v) \
	do { \
		words o_ = __builtin_convertvector(v, words); \
		memcpy(s, &o_, sizeof o_); \
	} while (0)

// FLOOR0 is the greater of v and 0. Comparisons of vectors this wide are done lane by lane, so there are none.
#define FLOOR0(v) ((v) & ~((v) >> 31))
#define CLAMP(v, lo, hi) (FLOOR0((hi) - (lo) - FLOOR0((hi) - (v))) + (lo))

// turn transposes each 8x8 block of a strip of 8 rows of w.
VC_INLINE void turn(int16_t *restrict dst, const int16_t *restrict src, ptrdiff_t w) {
	for (ptrdiff_t x = 0; x < w; x += 8) {
#ifdef __SSE2__
		__m128i a[8], b[8];
		for (int k = 0; k < 8; k++)
			a[k] = _mm_loadu_si128((const __m128i *)(src + k * w + x));
		for (int k = 0; k < 4; k++) {
			b[k * 2] = _mm_unpacklo_epi16(a[k], a[k + 4]);
			b[k * 2 + 1] = _mm_unpackhi_epi16(a[k], a[k + 4]);
		}
		for (int k = 0; k < 4; k++) {
			a[k * 2] = _mm_unpacklo_epi16(b[k], b[k + 4]);
			a[k * 2 + 1] = _mm_unpackhi_epi16(b[k], b[k + 4]);
		}
		for (int k = 0; k < 4; k++) {
			_mm_storeu_si128((__m128i *)(dst + k * 2 * w + x), _mm_unpacklo_epi16(a[k], a[k + 4]));
			_mm_storeu_si128((__m128i *)(dst + (k * 2 + 1) * w + x), _mm_unpackhi_epi16(a[k], a[k + 4]));
		}
#else
		for (int r = 0; r < 8; r++)
			for (int k = 0; k < 8; k++)
				dst[k * w + x + r] = src[r * w + x + k];
#endif
	}
}

VC_INLINE void forward_rows(int16_t *s, ptrdiff_t w) {
	for (ptrdiff_t x = 0; x < w; x += LANES) {
		lanes d[8];
		load(d, s + x, w);
		forward(d);
		for (int k = 0; k < 8; k++)
			store(s + k * w + x, k % 4 == 0 ? d[k] * 4 : (d[k] + BIAS(11)) >> 11);
	}
}

// steps is a quantisation table for two blocks beside each other.
typedef struct {
	lanes step[8];
	floats per[8];
} steps;

VC_INLINE void make_steps(steps *s, const int16_t *quant) {
	for (int k = 0; k < 8; k++)
		for (int i = 0; i < LANES; i++) {
			s->step[k][i] = quant[k * 8 + i % 8];
			s->per[k][i] = 1.0f / (float)(quant[k * 8 + i % 8] * 8);
		}
}

// columns ends the forward transform, quantises, and begins the inverse one.
VC_INLINE void columns(int16_t *s, ptrdiff_t w, const steps *q) {
	for (ptrdiff_t x = 0; x < w; x += LANES) {
		lanes d[8];
		load(d, s + x, w);
		forward(d);
		for (int k = 0; k < 8; k++) {
			lanes v = k % 4 == 0 ? (d[k] + BIAS(2)) >> 2 : (d[k] + BIAS(15)) >> 15, sign = v >> 31;
			floats n = __builtin_convertvector(((v ^ sign) - sign) + q->step[k] * 4, floats) + 0.5f;
			v = __builtin_convertvector(n * q->per[k], lanes) * q->step[k];
			d[k] = (v ^ sign) - sign;
		}
		inverse(d);
		for (int k = 0; k < 8; k++) {
			lanes v = (d[k] + BIAS(11)) >> 11;
			store(s + k * w + x, CLAMP(v, -32768, 32767));
		}
	}
}

VC_INLINE void inverse_rows(int16_t *s, ptrdiff_t w) {
	for (ptrdiff_t x = 0; x < w; x += LANES) {
		lanes d[8];
		load(d, s + x, w);
		inverse(d);
		for (int k = 0; k < 8; k++) {
			lanes v = ((d[k] + BIAS(18)) >> 18) + 128;
			store(s + k * w + x, CLAMP(v, 0, 255));
		}
	}
}

// code does to a plane of h x w samples, multiples of 8 and 16, what coding and decoding it does.
VC_INLINE void code(uint8_t *plane, ptrdiff_t h, ptrdiff_t w, const int16_t *quant, int16_t *s) {
	int16_t *t = s + 8 * w;
	steps q;
	make_steps(&q, quant);
	for (ptrdiff_t y = 0; y < h; y += 8) {
		uint8_t *p = plane + y * w;
		for (ptrdiff_t i = 0; i < 8 * w; i++)
			s[i] = (int16_t)(p[i] - 128);
		turn(t, s, w);
		forward_rows(t, w);
		turn(s, t, w);
		columns(s, w, &q);
		turn(t, s, w);
		inverse_rows(t, w);
		turn(s, t, w);
		for (ptrdiff_t i = 0; i < 8 * w; i++)
			p[i] = (uint8_t)s[i];
	}
}

// split makes one row of samples, w of them, and repeats the last to fill wide.
VC_INLINE void split(uint8_t *restrict luma, uint8_t *restrict cb, uint8_t *restrict cr, const uint8_t *restrict src, ptrdiff_t w, ptrdiff_t wide) {
	for (ptrdiff_t x = 0; x < w; x += VC_PLANE) {
		ptrdiff_t n = vc_piece(w - x);
		vc_planes p, o;
		vc_part(p, src + x * 3, n);
		for (int i = 0; i < VC_PLANE; i++) {
			int32_t r = p[0][i], g = p[1][i], b = p[2][i];
			o[0][i] = (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
			o[1][i] = (uint8_t)((-11059 * r - 21709 * g + 32768 * b + (128 << 16) + 32767) >> 16);
			o[2][i] = (uint8_t)((32768 * r - 27439 * g - 5329 * b + (128 << 16) + 32767) >> 16);
		}
		memcpy(luma + x, o[0], (size_t)n);
		memcpy(cb + x, o[1], (size_t)n);
		memcpy(cr + x, o[2], (size_t)n);
	}
	memset(luma + w, luma[w - 1], (size_t)(wide - w));
	memset(cb + w, cb[w - 1], (size_t)(wide - w));
	memset(cr + w, cr[w - 1], (size_t)(wide - w));
}

VC_INLINE void halve(uint8_t *restrict dst, const uint8_t *restrict a, const uint8_t *restrict b, ptrdiff_t n) {
	for (ptrdiff_t x = 0; x < n; x++)
		dst[x] = (uint8_t)((a[x * 2] + a[x * 2 + 1] + b[x * 2] + b[x * 2 + 1] + 1 + (x & 1)) >> 2);
}

// join writes one row of pixels; each chroma sample is 3/4 of its own row and 1/4 of the near one, and the same across.
VC_INLINE void join(uint8_t *restrict dst, const uint8_t *restrict luma, const int16_t *restrict cb, const int16_t *restrict cr, ptrdiff_t w) {
	for (ptrdiff_t x = 0; x < w; x += VC_PLANE) {
		ptrdiff_t n = vc_piece(w - x);
		uint8_t l[VC_PLANE] = {0};
		int16_t cu[VC_PLANE] = {0}, cv[VC_PLANE] = {0};
		memcpy(l, luma + x, (size_t)n);
		memcpy(cu, cb + x, (size_t)n * 2);
		memcpy(cv, cr + x, (size_t)n * 2);
		vc_planes p;
		for (int i = 0; i < VC_PLANE; i++) {
			int32_t y = l[i], u = cu[i], v = cv[i];
			int32_t r = y + ((91881 * v + 32768) >> 16), g = y + ((-22554 * u - 46802 * v + 32768) >> 16), b = y + ((116130 * u + 32768) >> 16);
			p[0][i] = (uint8_t)(r < 0 ? 0 : r > 255 ? 255 : r);
			p[1][i] = (uint8_t)(g < 0 ? 0 : g > 255 ? 255 : g);
			p[2][i] = (uint8_t)(b < 0 ? 0 : b > 255 ? 255 : b);
		}
		vc_whole(dst + x * 3, p, n);
	}
}

// spread doubles a row of n samples, less 128. sum has room for one sample before and one after.
VC_INLINE void spread(int16_t *restrict dst, const uint8_t *restrict own, const uint8_t *restrict near, int16_t *restrict sum, ptrdiff_t n) {
	if (n <= 2) { // as IJG's code does
		for (ptrdiff_t x = 0; x < n * 2; x++)
			dst[x] = (int16_t)(own[x / 2] - 128);
		return;
	}
	for (ptrdiff_t x = 0; x < n; x++)
		sum[x + 1] = (int16_t)(own[x] * 3 + near[x]);
	sum[0] = sum[1];
	sum[n + 1] = sum[n];
	for (ptrdiff_t x = 0; x < n; x++) {
		dst[x * 2] = (int16_t)(((sum[x + 1] * 3 + sum[x] + 8) >> 4) - 128);
		dst[x * 2 + 1] = (int16_t)(((sum[x + 1] * 3 + sum[x + 2] + 7) >> 4) - 128);
	}
}

// vc_jpeg works on one frame. luma has ceil16(h) x ceil16(w) bytes, chroma half of that and 4 ceil16(w) more, strip 16 ceil16(w).
VC_CLONES void vc_jpeg(uint8_t *dst, ptrdiff_t h, ptrdiff_t w, const vc_quant *q, uint8_t *luma, uint8_t *chroma, int16_t *strip) {
	ptrdiff_t wide = (w + 15) & -16, high = (h + 15) & -16, ch = (h + 1) / 2, cw = (w + 1) / 2;
	uint8_t *row = chroma + high / 2 * wide; // Cb and Cr of two rows; in chroma the two lie side by side
	for (ptrdiff_t y = 0; y < ch; y++) {
		ptrdiff_t last = y * 2 + 1 < h;
		for (ptrdiff_t k = 0; k <= last; k++)
			split(luma + (y * 2 + k) * wide, row + k * 2 * wide, row + (k * 2 + 1) * wide, dst + (y * 2 + k) * w * 3, w, wide);
		halve(chroma + y * wide, row, row + last * 2 * wide, wide / 2);
		halve(chroma + y * wide + wide / 2, row + wide, row + (last * 2 + 1) * wide, wide / 2);
	}
	for (ptrdiff_t y = h; y < high; y++)
		memcpy(luma + y * wide, luma + (h - 1) * wide, (size_t)wide);
	for (ptrdiff_t y = ch; y < high / 2; y++)
		memcpy(chroma + y * wide, chroma + (ch - 1) * wide, (size_t)wide);
	code(luma, high, wide, q->luma, strip);
	code(chroma, (ch + 7) & -8, wide, q->chroma, strip);
	int16_t *cb = strip, *cr = strip + wide, *sum = strip + wide * 2;
	for (ptrdiff_t y = 0; y < h; y++) {
		ptrdiff_t near = y / 2 + (y & 1 ? 1 : -1);
		near = near < 0 ? 0 : near > ch - 1 ? ch - 1 : near;
		spread(cb, chroma + y / 2 * wide, chroma + near * wide, sum, cw);
		spread(cr, chroma + y / 2 * wide + wide / 2, chroma + near * wide + wide / 2, sum, cw);
		join(dst + y * w * 3, luma + y * wide, cb, cr, w);
	}
}
