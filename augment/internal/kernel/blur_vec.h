// One frame of Blur for one vector width; blur.c includes this once per instruction set, with the V_ operations defined.
// Two vectors at a time stay in registers over all taps. Rows of plane and row are padded to whole steps.

VK_TARGET static void VK_NAME(blur)(uint8_t *dst, const uint8_t *src, ptrdiff_t h, ptrdiff_t w, const int16_t *kx, ptrdiff_t rx,
	const int16_t *ky, ptrdiff_t ry, const int32_t *col, const int32_t *line, int16_t *row, int16_t *plane, ptrdiff_t stride) {
	const ptrdiff_t n = w * 3;
	for (ptrdiff_t y = 0; y < h; y++) {
		widen(row, src + y * n, w, rx, col);
		for (ptrdiff_t x = 0; x < n; x += 2 * VK_LANES) {
			const int16_t *m = row + rx * 3 + x;
			V k = V_SET1(kx[0]), a0 = V_LOAD(m), a1 = V_LOAD(m + VK_LANES);
			a0 = V_MULHIGH(V_ADD(a0, a0), k);
			a1 = V_MULHIGH(V_ADD(a1, a1), k);
			for (ptrdiff_t i = 1; i <= rx; i++) {
				const int16_t *l = m - i * 3, *r = m + i * 3;
				k = V_SET1(kx[i]);
				a0 = V_ADD(a0, V_MULHIGH(V_ADD(V_LOAD(l), V_LOAD(r)), k));
				a1 = V_ADD(a1, V_MULHIGH(V_ADD(V_LOAD(l + VK_LANES), V_LOAD(r + VK_LANES)), k));
			}
			V_STORE(plane + y * stride + x, a0);
			V_STORE(plane + y * stride + x + VK_LANES, a1);
		}
	}
	const V half = V_SET1(32);
	for (ptrdiff_t y = 0; y < h; y++) {
		const int32_t *at = line + y + ry;
		for (ptrdiff_t x = 0; x < n; x += 2 * VK_LANES) {
			const int16_t *m = plane + at[0] * stride + x;
			V k = V_SET1(ky[0]), a0 = V_LOAD(m), a1 = V_LOAD(m + VK_LANES);
			a0 = V_ADD(half, V_MULHIGH(V_ADD(a0, a0), k));
			a1 = V_ADD(half, V_MULHIGH(V_ADD(a1, a1), k));
			for (ptrdiff_t i = 1; i <= ry; i++) {
				const int16_t *u = plane + at[-i] * stride + x, *d = plane + at[i] * stride + x;
				k = V_SET1(ky[i]);
				a0 = V_ADD(a0, V_MULHIGH(V_ADD(V_LOAD(u), V_LOAD(d)), k));
				a1 = V_ADD(a1, V_MULHIGH(V_ADD(V_LOAD(u + VK_LANES), V_LOAD(d + VK_LANES)), k));
			}
			V v = V_NARROW(V_SHIFT6(a0), V_SHIFT6(a1));
			if (n - x >= 2 * VK_LANES) {
				V_STORE(dst + y * n + x, v);
			} else {
				uint8_t tail[2 * VK_LANES];
				V_STORE(tail, v);
				memcpy(dst + y * n + x, tail, (size_t)(n - x));
			}
		}
	}
}
