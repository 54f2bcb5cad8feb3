#include "water.h"

typedef struct {
	const uint8_t *up, *row, *down;
	int16_t *gx, *gy;
	uint16_t *strength;
} lines;

// slope takes the gradients at column x, whose neighbours are a and b.
VC_INLINE void slope(const lines *l, ptrdiff_t a, ptrdiff_t x, ptrdiff_t b) {
	int16_t gx = (int16_t)(l->up[b] + 2 * l->row[b] + l->down[b] - l->up[a] - 2 * l->row[a] - l->down[a]);
	int16_t gy = (int16_t)(l->down[a] + 2 * l->down[x] + l->down[b] - l->up[a] - 2 * l->up[x] - l->up[b]);
	l->gx[x] = gx;
	l->gy[x] = gy;
	l->strength[x] = (uint16_t)((gx < 0 ? -gx : gx) + (gy < 0 ? -gy : gy));
}

VC_CLONES static void sobel_row(const lines *at, ptrdiff_t w) {
	const uint8_t *restrict up = at->up, *restrict row = at->row, *restrict down = at->down;
	int16_t *restrict gx = at->gx, *restrict gy = at->gy;
	uint16_t *restrict strength = at->strength;
	for (ptrdiff_t x = 1; x + 1 < w; x++) {
		const int16_t a = up[x - 1], b = up[x + 1], c = down[x - 1], d = down[x + 1];
		int16_t u = (int16_t)(b + 2 * row[x + 1] + d - a - 2 * row[x - 1] - c), v = (int16_t)(c + 2 * down[x] + d - a - 2 * up[x] - b);
		gx[x] = u;
		gy[x] = v;
		strength[x] = (uint16_t)((u < 0 ? -u : u) + (v < 0 ? -v : v));
	}
	slope(at, 0, 0, w > 1 ? 1 : 0);
	if (w > 1)
		slope(at, w - 2, w - 1, w - 1);
}

// ridged says whether a strength is the greatest across the edge; rows are stride apart.
VC_INLINE int ridged(const uint16_t *s, ptrdiff_t stride, int gx, int gy) {
	const int tan = 13573; // of 22.5 degrees, times 2^15
	int m = *s, ax = gx < 0 ? -gx : gx, ay = (gy < 0 ? -gy : gy) << 15;
	if (ay < ax * tan)
		return m > s[-1] && m >= s[1];
	if (ay > ax * tan + (ax << 16))
		return m > s[-stride] && m >= s[stride];
	ptrdiff_t d = (gx ^ gy) < 0 ? -1 : 1;
	return m > s[-stride - d] && m > s[stride + d];
}

VC_CLONES static int any_above(const uint16_t *s, ptrdiff_t n, int low) {
	uint16_t most = 0;
	for (ptrdiff_t i = 0; i < n; i++)
		most = vc_max16(most, s[i]);
	return most > low;
}

// ridges marks row y and returns how many places are to do.
static ptrdiff_t ridges(const vc_water_work *k, ptrdiff_t y, ptrdiff_t w, int low, int high, ptrdiff_t n) {
	enum { PART = 64 };
	ptrdiff_t stride = w + 2, first = (y + 1) * stride + 1;
	for (ptrdiff_t from = 0; from < w; from += PART) {
		ptrdiff_t to = w - from < PART ? w : from + PART;
		if (!any_above(k->strength + first + from, to - from, low))
			continue;
		for (ptrdiff_t x = from; x < to; x++) {
			const uint16_t *s = k->strength + first + x;
			if (*s <= low || !ridged(s, stride, k->gx[y * w + x], k->gy[y * w + x]))
				continue;
			k->map[first + x] = VC_RIDGE;
			if (*s > high) {
				k->map[first + x] = VC_EDGE;
				k->todo[n++] = (int32_t)(first + x);
			}
		}
	}
	return n;
}

void vc_edges(const vc_water_work *k, ptrdiff_t h, ptrdiff_t w, int low, int high) {
	ptrdiff_t stride = w + 2, n = 0;
	memset(k->map, 0, (size_t)((h + 2) * stride));
	memset(k->strength, 0, (size_t)((h + 2) * stride) * sizeof *k->strength);
	for (ptrdiff_t y = 0; y < h; y++) {
		const uint8_t *row = k->wet + y * w;
		lines at = {y > 0 ? row - w : row, row, y + 1 < h ? row + w : row, k->gx + y * w, k->gy + y * w, k->strength + (y + 1) * stride + 1};
		sobel_row(&at, w);
	}
	for (ptrdiff_t y = 0; y < h; y++)
		n = ridges(k, y, w, low, high, n);
	const ptrdiff_t beside[8] = {-stride - 1, -stride, -stride + 1, -1, 1, stride - 1, stride, stride + 1};
	while (n > 0) {
		uint8_t *m = k->map + k->todo[--n];
		for (int i = 0; i < 8; i++)
			if (m[beside[i]] == VC_RIDGE) {
				m[beside[i]] = VC_EDGE;
				k->todo[n++] = (int32_t)(m + beside[i] - k->map);
			}
	}
}
