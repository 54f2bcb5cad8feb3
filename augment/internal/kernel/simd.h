// What the kernels share: the instruction sets they are compiled for, and small integer helpers.
#ifndef VK_SIMD_H
#define VK_SIMD_H

#include <string.h>

#include "kernel.h"

#define VK_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define VK_X86 1
#include <immintrin.h>
#define VK_TARGET_AVX2 __attribute__((target("avx2")))
#define VK_TARGET_AVX512 __attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni")))
#endif

VK_INLINE uint8_t vk_clamp8(int32_t v) { // without jumps: noise would defeat their prediction
	v &= ~(v >> 31);
	return (uint8_t)(v | (255 - v) >> 31);
}

// vk_mulhigh is round(a*b / 2^15): pmulhrsw, sqrdmulh.
VK_INLINE int16_t vk_mulhigh(int16_t a, int16_t b) { return (int16_t)((((int32_t)a * b >> 14) + 1) >> 1); }

// vk_first sets the low n of 64 bits, n clamped to 0..64.
VK_INLINE uint64_t vk_first(ptrdiff_t n) { return n <= 0 ? 0 : n >= 64 ? ~0ULL : (1ULL << n) - 1; }

#endif
