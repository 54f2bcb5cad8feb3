// Random bits by place: Key in hash.go says what they are.
#ifndef VC_HASH_H
#define VC_HASH_H

#include "level.h"

typedef struct { // Key in Go
	uint32_t a, b;
} vc_key;

VC_INLINE uint32_t vc_at(vc_key k, uint32_t i) {
	uint32_t h = i ^ k.a;
	h ^= h >> 16;
	h *= 0x7feb352du;
	h ^= k.b;
	h ^= h >> 15;
	h *= 0x846ca68bu;
	return h ^ h >> 16;
}

#endif
