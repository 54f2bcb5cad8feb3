// The instruction sets that kernels are compiled for. A kernel is written once, as an inline body of plain C which compilers vectorise,
// and VC_KERNEL makes a function of it that runs it for the widest set that level allows.
#ifndef VC_LEVEL_H
#define VC_LEVEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define VC_INLINE static inline __attribute__((always_inline, unused))

enum { VC_PORTABLE, VC_AVX2, VC_AVX512 };

int vc_level(void);

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define VC_X86 1
#include <immintrin.h>
#define VC_TARGET_AVX2 __attribute__((target("avx2,bmi2")))
#ifdef __clang__
#define VC_TARGET_AVX512 __attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")))
#else
#define VC_TARGET_AVX512 __attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,prefer-vector-width=512")))
#endif

// VC_KERNEL(name, (parameters), (arguments)) defines name(parameters, int level) from name##_body(parameters).
#define VC_ARGS(...) __VA_ARGS__
#define VC_KERNEL(name, params, args) \
	VC_TARGET_AVX2 static void name##_avx2 params { name##_body args; } \
	VC_TARGET_AVX512 static void name##_avx512 params { name##_body args; } \
	static void name##_portable params { name##_body args; } \
	void name(VC_ARGS params, int level) { \
		if (level >= VC_AVX512) \
			name##_avx512 args; \
		else if (level >= VC_AVX2) \
			name##_avx2 args; \
		else \
			name##_portable args; \
	}
#else
#define VC_KERNEL(name, params, args) \
	void name(VC_ARGS params, int level) { \
		(void)level; \
		name##_body args; \
	}
#endif

VC_INLINE uint8_t vc_clamp8(int32_t v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

#endif
