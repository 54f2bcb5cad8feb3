// What all kernels share.
#ifndef VIDCSL_DNN_SIMD_H
#define VIDCSL_DNN_SIMD_H

#include <stdint.h>
#include <string.h>

// A function is compiled for several CPUs and chosen when the program starts. It must hold the loops itself: what it calls
// is not compiled again unless it is inlined.
#if defined(__x86_64__) && defined(__GLIBC__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))
#define RESTRICT __restrict__

typedef uint16_t bf16;

INLINE float from_bf16(bf16 h) {
  uint32_t u = (uint32_t)h << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}

// Rounds to the nearest, ties to even; NaN stays NaN.
INLINE bf16 to_bf16(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  uint32_t r = (u + 0x7fff + (u >> 16 & 1)) >> 16, nan = u >> 16 | 0x40;
  return (u & 0x7fffffff) > 0x7f800000 ? nan : r;
}

INLINE float f32_load(const float *p) { return *p; }
INLINE void f32_store(float *p, float v) { *p = v; }
INLINE float bf16_load(const bf16 *p) { return from_bf16(*p); }
INLINE void bf16_store(bf16 *p, float v) { *p = to_bf16(v); }

#endif
