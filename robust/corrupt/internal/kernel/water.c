#include "water.h"

VC_INLINE float least_of(float a, float b) { return a < b ? a : b; }

// once mirrors a row or column just outside of 0..n-1 at the outermost, which is not repeated.
VC_INLINE ptrdiff_t once(ptrdiff_t i, ptrdiff_t n) {
	if (n == 1)
		return 0;
	return i < 0 ? 1 : i >= n ? n - 2 : i;
}

VC_CLONES static void wetness(uint8_t *restrict wet, const float *restrict liquid, ptrdiff_t n, float least) {
	for (ptrdiff_t i = 0; i < n; i++)
		wet[i] = liquid[i] >= least ? (uint8_t)(int)(least_of(liquid[i], 1) * 255) : 0;
}

// nearer gives a row the distances by way of the two rows above or below it. Columns are those of the plane.
VC_CLONES static void nearer(float *restrict row, const float *restrict one, const float *restrict two, ptrdiff_t w) {
	const float diagonal = 1.4f, knight = 2.1969f;
	for (ptrdiff_t x = 2; x < w + 2; x++) {
		float far = least_of(least_of(one[x - 2], one[x + 2]), least_of(two[x - 1], two[x + 1])) + knight;
		float near = least_of(one[x] + 1, least_of(one[x - 1], one[x + 1]) + diagonal);
		row[x] = least_of(row[x], least_of(near, far));
	}
}

VC_CLONES static void finish(float *restrict dst, const float *restrict row, ptrdiff_t w, float scale) {
	for (ptrdiff_t x = 0; x < w; x++)
		dst[x] = least_of(row[x] / scale, 20);
}

static void distances(const vc_water_work *k, ptrdiff_t h, ptrdiff_t w, float scale) {
	ptrdiff_t wide = w + 4;
	for (ptrdiff_t i = 0; i < (h + 4) * wide; i++)
		k->plane[i] = 1 << 20;
	for (ptrdiff_t y = 0; y < h; y++) {
		const uint8_t *map = k->map + (y + 1) * (w + 2) + 1;
		float *row = k->plane + (y + 2) * wide, left = row[1];
		for (ptrdiff_t x = 0; x < w; x++)
			row[x + 2] = map[x] == VC_EDGE ? 0 : 1 << 20;
		nearer(row, row - wide, row - 2 * wide, w);
		for (ptrdiff_t x = 2; x < w + 2; x++)
			row[x] = left = least_of(row[x], left + 1);
	}
	for (ptrdiff_t y = h - 1; y >= 0; y--) {
		float *row = k->plane + (y + 2) * wide, right = row[w + 2];
		nearer(row, row + wide, row + 2 * wide, w);
		for (ptrdiff_t x = w + 1; x >= 2; x--)
			row[x] = right = least_of(row[x], right + 1);
		finish(k->dist + y * w, row + 2, w, scale);
	}
}

// light_row sets dst to the means of 3 x 3 distances, rounded down.
VC_CLONES static void light_row(uint8_t *restrict dst, const float *restrict up, const float *restrict row, const float *restrict down, ptrdiff_t w) {
	const float ninth = 1.0f / 9;
	for (ptrdiff_t x = 1; x + 1 < w; x++) {
		float left = up[x - 1] + row[x - 1] + down[x - 1], here = up[x] + row[x] + down[x], right = up[x + 1] + row[x + 1] + down[x + 1];
		dst[x] = (uint8_t)(int)((left + here + right) * ninth);
	}
	for (int last = 0; last < 2; last++) {
		ptrdiff_t x = last ? w - 1 : 0, a = once(x - 1, w), b = once(x + 1, w);
		float left = up[a] + row[a] + down[a], here = up[x] + row[x] + down[x], right = up[b] + row[b] + down[b];
		dst[x] = (uint8_t)(int)((left + here + right) * ninth);
	}
}

static void equalize(uint8_t *v, ptrdiff_t n) {
	int32_t count[4][256] = {{0}};
	for (ptrdiff_t i = 0; i < n; i++)
		count[i & 3][v[i]]++;
	for (int i = 0; i < 256; i++)
		count[0][i] += count[1][i] + count[2][i] + count[3][i];
	int first = 0;
	while (count[0][first] == 0)
		first++;
	ptrdiff_t rest = n - count[0][first], sum = 0;
	if (rest == 0)
		return;
	uint8_t table[256] = {0};
	for (int i = first + 1; i < 256; i++) {
		sum += count[0][i];
		table[i] = (uint8_t)(int)((float)sum * (255 / (float)rest) + 0.5f);
	}
	for (ptrdiff_t i = 0; i < n; i++)
		v[i] = table[v[i]];
}

VC_INLINE uint8_t emboss(const uint8_t *up, const uint8_t *row, const uint8_t *down, ptrdiff_t a, ptrdiff_t x, ptrdiff_t b) {
	int16_t s = (int16_t)(row[x] + row[b] + down[x] + 2 * down[b] - row[a] - up[x] - 2 * up[a]);
	return (uint8_t)(s < 0 ? 0 : s > 255 ? 255 : s);
}

VC_CLONES static void emboss_row(uint8_t *restrict dst, const uint8_t *restrict up, const uint8_t *restrict row, const uint8_t *restrict down, ptrdiff_t w) {
	for (ptrdiff_t x = 1; x + 1 < w; x++)
		dst[x] = emboss(up, row, down, x - 1, x, x + 1);
	dst[0] = emboss(up, row, down, once(-1, w), 0, once(1, w));
	dst[w - 1] = emboss(up, row, down, once(w - 2, w), w - 1, once(w, w));
}

VC_INLINE float depth(uint8_t wet, int sum) { return (float)wet * (float)(int)((float)sum * (1.0f / 9) + 0.5f); }

// depth_row sets liquid to how thick and lit it is and returns the most.
VC_CLONES static float depth_row(float *restrict liquid, const uint8_t *restrict wet, const uint8_t *restrict up, const uint8_t *restrict row,
	const uint8_t *restrict down, ptrdiff_t w) {
	for (ptrdiff_t x = 1; x + 1 < w; x++)
		liquid[x] = depth(wet[x], up[x - 1] + row[x - 1] + down[x - 1] + up[x] + row[x] + down[x] + up[x + 1] + row[x + 1] + down[x + 1]);
	for (int last = 0; last < 2; last++) {
		ptrdiff_t x = last ? w - 1 : 0, a = once(x - 1, w), b = once(x + 1, w);
		liquid[x] = depth(wet[x], up[a] + row[a] + down[a] + up[x] + row[x] + down[x] + up[b] + row[b] + down[b]);
	}
	int most = 0; // of whole numbers
	for (ptrdiff_t x = 0; x < w; x++)
		most = (int)liquid[x] > most ? (int)liquid[x] : most;
	return (float)most;
}

VC_CLONES static void tint(uint8_t *restrict dst, const float *restrict liquid, ptrdiff_t n, float k, const float colour[3]) {
	for (ptrdiff_t i = 0; i < n; i += VC_PLANE) {
		vc_planes p = {{0}};
		float part[VC_PLANE] = {0};
		memcpy(part, liquid + i, (size_t)vc_piece(n - i) * sizeof *part);
		for (int c = 0; c < 3; c++)
			for (int j = 0; j < VC_PLANE; j++)
				p[c][j] = (uint8_t)((int)(least_of(part[j] * k * colour[c], 255) * 128 + 0.5f) >> 7);
		vc_whole(dst + i * 3, p, vc_piece(n - i));
	}
}

void vc_water(uint8_t *dst, float *liquid, ptrdiff_t h, ptrdiff_t w, float least, float scale, float strength, const float colour[3],
	uint8_t *bytes, uint16_t *strengths, int16_t *words, int32_t *todo, float *floats) {
	ptrdiff_t n = h * w;
	const vc_water_work work = {bytes, bytes + n, bytes + 2 * n, bytes + 3 * n, strengths, words, words + n, todo, floats, floats + n}, *k = &work;
	wetness(k->wet, liquid, h * w, least);
	vc_edges(k, h, w, 50, 150);
	distances(k, h, w, scale);
	for (ptrdiff_t y = 0; y < h; y++)
		light_row(k->lit + y * w, k->dist + once(y - 1, h) * w, k->dist + y * w, k->dist + once(y + 1, h) * w, w);
	equalize(k->lit, h * w);
	for (ptrdiff_t y = 0; y < h; y++)
		emboss_row(k->relief + y * w, k->lit + once(y - 1, h) * w, k->lit + y * w, k->lit + once(y + 1, h) * w, w);
	float most = 0;
	for (ptrdiff_t y = 0; y < h; y++) {
		float m = depth_row(liquid + y * w, k->wet + y * w, k->relief + once(y - 1, h) * w, k->relief + y * w, k->relief + once(y + 1, h) * w, w);
		most = m > most ? m : most;
	}
	tint(dst, liquid, h * w, most > 0 ? strength / most : 0, colour);
}
