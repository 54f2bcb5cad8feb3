// How the kernels of weather.h are compiled: as plain loops, once for each instruction set, of which the loader picks one.
#ifndef VC_WEATHER_SIMD_H
#define VC_WEATHER_SIMD_H

#include "level.h"
#include "weather.h"

// No multiplication and addition is fused, so that the floats are those of the Go references; level.h says so to Clang.
#ifndef __clang__
#pragma GCC optimize("fp-contract=off")
#endif

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

// VC_PLANE is how many pixels are worked on at a time, in three planes of their channels.
enum { VC_PLANE = 64 };

typedef uint8_t vc_planes[3][VC_PLANE];

#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define VC_SHUFFLE __builtin_shufflevector
#endif
#endif

VC_INLINE void vc_part_all(vc_planes p, const uint8_t *src) {
#ifdef VC_SHUFFLE
	typedef uint8_t bytes __attribute__((vector_size(16)));
	for (int i = 0; i < VC_PLANE; i += 16, src += 48) {
		bytes v[3], o;
		memcpy(v, src, sizeof v);
		o = VC_SHUFFLE(v[0], v[1], 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
		o = VC_SHUFFLE(o, v[2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29);
		memcpy(p[0] + i, &o, sizeof o);
		o = VC_SHUFFLE(v[0], v[1], 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
		o = VC_SHUFFLE(o, v[2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30);
		memcpy(p[1] + i, &o, sizeof o);
		o = VC_SHUFFLE(v[0], v[1], 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
		o = VC_SHUFFLE(o, v[2], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31);
		memcpy(p[2] + i, &o, sizeof o);
	}
#else
	for (int i = 0; i < VC_PLANE; i++)
		for (int c = 0; c < 3; c++)
			p[c][i] = src[i * 3 + c];
#endif
}

VC_INLINE void vc_whole_all(uint8_t *dst, const vc_planes p) {
#ifdef VC_SHUFFLE
	typedef uint8_t bytes __attribute__((vector_size(16)));
	for (int i = 0; i < VC_PLANE; i += 16, dst += 48) {
		bytes r, g, b, o[3];
		memcpy(&r, p[0] + i, sizeof r);
		memcpy(&g, p[1] + i, sizeof g);
		memcpy(&b, p[2] + i, sizeof b);
		o[0] = VC_SHUFFLE(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
		o[0] = VC_SHUFFLE(o[0], b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15);
		o[1] = VC_SHUFFLE(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
		o[1] = VC_SHUFFLE(o[1], b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15);
		o[2] = VC_SHUFFLE(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
		o[2] = VC_SHUFFLE(o[2], b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31);
		memcpy(dst, o, sizeof o);
	}
#else
	for (int i = 0; i < VC_PLANE; i++)
		for (int c = 0; c < 3; c++)
			dst[i * 3 + c] = p[c][i];
#endif
}

// vc_part spreads n pixels over planes, whose rest it clears.
VC_INLINE void vc_part(vc_planes p, const uint8_t *src, ptrdiff_t n) {
	if (n == VC_PLANE) {
		vc_part_all(p, src);
		return;
	}
	uint8_t all[VC_PLANE * 3] = {0};
	memcpy(all, src, (size_t)n * 3);
	vc_part_all(p, all);
}

// vc_whole is its inverse.
VC_INLINE void vc_whole(uint8_t *dst, const vc_planes p, ptrdiff_t n) {
	if (n == VC_PLANE) {
		vc_whole_all(dst, p);
		return;
	}
	uint8_t all[VC_PLANE * 3];
	vc_whole_all(all, p);
	memcpy(dst, all, (size_t)n * 3);
}

VC_INLINE ptrdiff_t vc_piece(ptrdiff_t left) { return left < VC_PLANE ? left : VC_PLANE; }

#endif
