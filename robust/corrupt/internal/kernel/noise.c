#include "noise.h"

VC_INLINE void vc_gauss_body(uint8_t *restrict pix, size_t n, vc_key k, const uint32_t *restrict table, int32_t same, int32_t gain) {
	for (size_t i = 0; i < n; i++) {
		uint32_t h = vc_at(k, (uint32_t)i), e = table[h & 4095];
		int32_t q = (int32_t)((e >> 16) + ((e & 0xffff) * (h >> 12 & 0xffff) >> 16));
		int32_t v = pix[i], r = q * ((same + v * gain) >> 8), sign = -(int32_t)(h >> 31);
		pix[i] = vc_clamp8(((v << 21) + ((r ^ sign) - sign) + (1 << 20)) >> 21);
	}
}

VC_INLINE void vc_outcome_body(uint8_t *restrict pix, size_t n, vc_key k, const uint32_t *restrict table) {
	for (size_t i = 0; i < n; i++) {
		uint32_t h = vc_at(k, (uint32_t)i), e = table[(uint32_t)pix[i] * 64 + (h & 63)];
		pix[i] = (uint8_t)(h >> 16 < e >> 16 ? e >> 8 : e);
	}
}

VC_INLINE void vc_impulse_body(uint8_t *restrict pix, size_t n, vc_key k, uint32_t below) {
	for (size_t i = 0; i < n; i++) {
		uint32_t h = vc_at(k, (uint32_t)i);
		uint8_t salt = (uint8_t)-(h & 1), hit = (uint8_t)-(h >> 8 < below);
		pix[i] = (uint8_t)((pix[i] & ~hit) | (salt & hit));
	}
}

VC_KERNEL(vc_gauss, (uint8_t *restrict pix, size_t n, vc_key k, const uint32_t *restrict table, int32_t same, int32_t gain),
	(pix, n, k, table, same, gain))
VC_KERNEL(vc_outcome, (uint8_t *restrict pix, size_t n, vc_key k, const uint32_t *restrict table), (pix, n, k, table))
VC_KERNEL(vc_impulse, (uint8_t *restrict pix, size_t n, vc_key k, uint32_t below), (pix, n, k, below))
