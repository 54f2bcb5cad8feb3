// vc_taps for one instruction set; blur.c includes this once for each, with the V_ operations defined. Two vectors stay in registers over
// all taps. With constants for mode and narrow it becomes six loops.

VC_TARGET VC_INLINE void VC_NAME(taps_body)(uint8_t *dst8, uint16_t *dst16, ptrdiff_t dst_stride, const uint16_t *src, ptrdiff_t stride,
	ptrdiff_t h, ptrdiff_t n, const int32_t *a, const int32_t *b, const uint16_t *w, ptrdiff_t taps, int bias, int mode, int narrow) {
	for (ptrdiff_t y = 0; y < h; y++, src += stride) {
		for (ptrdiff_t x = 0; x < n; x += 2 * VC_LANES) {
			const uint16_t *m = src + x;
			V s0 = V_SET1(bias), s1 = s0;
			for (ptrdiff_t i = 0; i < taps; i++) {
				const uint16_t *p = m + a[i];
				V k = V_SET1(w[i]), v0 = V_LOAD(p), v1 = V_LOAD(p + VC_LANES);
				if (mode != VC_SINGLE) {
					const uint16_t *q = m + b[i];
					V u0 = V_LOAD(q), u1 = V_LOAD(q + VC_LANES);
					v0 = mode == VC_SUM ? V_ADD(v0, u0) : V_SUB(v0, u0);
					v1 = mode == VC_SUM ? V_ADD(v1, u1) : V_SUB(v1, u1);
				}
				s0 = V_ADD(s0, V_MULHIGH(v0, k));
				s1 = V_ADD(s1, V_MULHIGH(v1, k));
			}
			if (!narrow) {
				V_STORE(dst16 + y * dst_stride + x, s0);
				V_STORE(dst16 + y * dst_stride + x + VC_LANES, s1);
				continue;
			}
			uint8_t *o = dst8 + y * dst_stride + x, tail[2 * VC_LANES];
			int whole = n - x >= 2 * VC_LANES;
			V_NARROW(whole ? o : tail, V_SHIFT7(s0), V_SHIFT7(s1));
			if (!whole)
				memcpy(o, tail, (size_t)(n - x));
		}
	}
}

VC_TARGET static void VC_NAME(taps)(uint8_t *dst8, uint16_t *dst16, ptrdiff_t dst_stride, const uint16_t *src, ptrdiff_t stride,
	ptrdiff_t h, ptrdiff_t n, const int32_t *a, const int32_t *b, const uint16_t *w, ptrdiff_t taps, int bias, int mode) {
#define VC_CASE(m) \
	if (mode == m && dst16) \
		VC_NAME(taps_body)(dst8, dst16, dst_stride, src, stride, h, n, a, b, w, taps, bias, m, 0); \
	else if (mode == m) \
		VC_NAME(taps_body)(dst8, dst16, dst_stride, src, stride, h, n, a, b, w, taps, bias, m, 1);
	VC_CASE(VC_SINGLE)
	VC_CASE(VC_SUM)
	VC_CASE(VC_DIFFERENCE)
#undef VC_CASE
}

#undef VC_NAME
#undef VC_TARGET
#undef VC_LANES
#undef V
#undef V_LOAD
#undef V_STORE
#undef V_SET1
#undef V_ADD
#undef V_SUB
#undef V_MULHIGH
#undef V_SHIFT7
#undef V_NARROW
