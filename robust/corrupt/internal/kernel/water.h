// Drops of water on a lens: references that say what is computed are in water_ref.go.
#ifndef VC_WATER_H
#define VC_WATER_H

#include "weather_simd.h"

typedef struct {
	uint8_t *wet, *lit, *relief, *map; // h w each, the map (h+2) (w+2)
	uint16_t *strength;                // (h+2) (w+2)
	int16_t *gx, *gy;                  // h w
	int32_t *todo;                     // h w
	float *dist, *plane;               // h w, (h+4) (w+4)
} vc_water_work;

enum { VC_RIDGE = 1, VC_EDGE = 2 };

// vc_edges leaves VC_EDGE in the map, which has one more row and column on each side, where wet has an edge.
void vc_edges(const vc_water_work *k, ptrdiff_t h, ptrdiff_t w, int low, int high);

// vc_water wants 3 h w + (h+2) (w+2) bytes, (h+2) (w+2) strengths, 2 h w words, h w to do, and h w + (h+4) (w+4) floats for itself.
void vc_water(uint8_t *dst, float *liquid, ptrdiff_t h, ptrdiff_t w, float least, float scale, float strength, const float colour[3],
	uint8_t *bytes, uint16_t *strengths, int16_t *words, int32_t *todo, float *floats);

#endif
