// How the kernels of weather.h are compiled: as plain loops, once for each instruction set, of which the loader picks one.
#ifndef VC_WEATHER_SIMD_H
#define VC_WEATHER_SIMD_H

#include "weather.h"

// No multiplication and addition is fused, so that the floats are those of the Go references.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

#define VC_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__)
#define VC_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VC_CLONES
#endif

// vc_mulhigh is a b / 2^16, rounded down: pmulhuw.
VC_INLINE uint16_t vc_mulhigh(uint16_t a, uint16_t b) { return (uint16_t)((uint32_t)a * b >> 16); }

// vc_mulround is a b / 2^15, rounded: pmulhrsw.
VC_INLINE int16_t vc_mulround(int16_t a, int16_t b) { return (int16_t)(((int32_t)a * b + 0x4000) >> 15); }

VC_INLINE uint16_t vc_min16(uint16_t a, uint16_t b) { return a < b ? a : b; }
VC_INLINE uint16_t vc_max16(uint16_t a, uint16_t b) { return a > b ? a : b; }

#endif
