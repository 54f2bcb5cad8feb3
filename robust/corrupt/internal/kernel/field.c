// Fields: what the layers of a clip are made of. References of the same result are in field_ref.go.
#include "field.h"

VC_INLINE uint64_t bits_at(uint64_t seed, uint64_t i) {
	uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

VC_CLONES void vc_uniform(float *restrict dst, ptrdiff_t n, uint64_t seed, float k) {
	for (ptrdiff_t i = 0; i < n; i++)
		dst[i] = (float)(int32_t)(bits_at(seed, (uint64_t)i) >> 32) * (1.0f / 2147483648.0f) * k;
}

VC_CLONES void vc_normal(float *restrict dst, ptrdiff_t n, uint64_t seed, float mean, float spread, const float *restrict quantiles) {
	for (ptrdiff_t i = 0; i < n; i++)
		dst[i] = mean + spread * quantiles[bits_at(seed, (uint64_t)i) >> 52];
}

void vc_transpose(float *restrict dst, const float *restrict src, ptrdiff_t rows, ptrdiff_t cols) {
	enum { PART = 16 };
	for (ptrdiff_t y0 = 0; y0 < rows; y0 += PART)
		for (ptrdiff_t x0 = 0; x0 < cols; x0 += PART) {
			ptrdiff_t y1 = rows - y0 < PART ? rows : y0 + PART, x1 = cols - x0 < PART ? cols : x0 + PART;
			for (ptrdiff_t x = x0; x < x1; x++)
				for (ptrdiff_t y = y0; y < y1; y++)
					dst[x * rows + y] = src[y * cols + x];
		}
}

VC_CLONES void vc_extremes(int32_t extremes[2], const int32_t *v, ptrdiff_t n) {
	int32_t lo = v[0], hi = v[0];
	for (ptrdiff_t i = 0; i < n; i++) {
		lo = v[i] < lo ? v[i] : lo;
		hi = v[i] > hi ? v[i] : hi;
	}
	extremes[0] = lo;
	extremes[1] = hi;
}

VC_INLINE double folded(double v, ptrdiff_t n) {
	if (v >= 0 && v <= (double)(n - 1))
		return v;
	double period = (double)(2 * n);
	v = fmod(v + 0.5, period);
	if (v < 0)
		v += period;
	v = (v < period - v ? v : period - v) - 0.5;
	return v < 0 ? 0 : v > (double)(n - 1) ? (double)(n - 1) : v;
}

VC_INLINE double unfolded(double v, ptrdiff_t n) {
	double last = (double)(n - 1);
	if (v >= 0 && v <= last)
		return v;
	if (n == 1)
		return 0;
	v = fabs(fmod(v, 2 * last));
	return v < 2 * last - v ? v : 2 * last - v;
}

enum { PLACES = 32 };

// inside says whether all are in 0..n-1.
VC_INLINE int inside(const double *v, ptrdiff_t n) {
	int out = 0;
	for (int i = 0; i < PLACES; i++)
		out |= (v[i] < 0) | (v[i] > (double)(n - 1));
	return !out;
}

VC_INLINE void bent(const vc_bend *o, int32_t *at, uint32_t *shares, const float *dx, const float *dy, ptrdiff_t x0, ptrdiff_t y, ptrdiff_t n) {
	double px[PLACES], py[PLACES], qx[PLACES], qy[PLACES];
	const double *m = o->m;
	for (int i = 0; i < PLACES; i++) {
		px[i] = (double)((float)(int)(x0 + i) + (i < n ? dx[i] : 0.0f));
		py[i] = (double)((float)y + (i < n ? dy[i] : 0.0f));
	}
	if (!inside(px, o->w) || !inside(py, o->h))
		for (ptrdiff_t i = 0; i < n; i++)
			px[i] = folded(px[i], o->w), py[i] = folded(py[i], o->h);
	for (int i = 0; i < PLACES; i++) {
		qx[i] = m[0] * px[i] + m[1] * py[i] + m[2];
		qy[i] = m[3] * px[i] + m[4] * py[i] + m[5];
	}
	if (!inside(qx, o->w) || !inside(qy, o->h))
		for (ptrdiff_t i = 0; i < n; i++)
			qx[i] = unfolded(qx[i], o->w), qy[i] = unfolded(qy[i], o->h);
	int32_t to[PLACES];
	uint32_t share[PLACES];
	for (int i = 0; i < PLACES; i++) {
		int32_t ix = (int32_t)(qx[i] * 64 + 0.5), iy = (int32_t)(qy[i] * 64 + 0.5);
		uint32_t left = (uint32_t)ix & 63, upper = (uint32_t)iy & 63;
		to[i] = ((iy >> 6) * (int32_t)(o->w + 1) + (ix >> 6)) * 3;
		share[i] = (64 - left) | left << 8 | (64 - upper) << 16 | upper << 24;
	}
	memcpy(at, to, (size_t)n * sizeof *at);
	memcpy(shares, share, (size_t)n * sizeof *shares);
}

VC_CLONES void vc_bent(int32_t *at, uint32_t *shares, const float *dx, const float *dy, const vc_bend *o) {
	for (ptrdiff_t y = 0; y < o->h; y++)
		for (ptrdiff_t x = 0; x < o->w; x += PLACES) {
			ptrdiff_t i = y * o->w + x, n = o->w - x < PLACES ? o->w - x : PLACES;
			if (n == PLACES)
				bent(o, at + i, shares + i, dx + i, dy + i, x, y, PLACES);
			else
				bent(o, at + i, shares + i, dx + i, dy + i, x, y, n);
		}
}
