// Blur: weighted sums of neighbours in 16-bit lanes. References of the same result, which also say what the arguments are, are in
// taps.go, plane.go, gather.go and zoom.go.
#ifndef VC_BLUR_H
#define VC_BLUR_H

#include "level.h"

enum { VC_SINGLE, VC_SUM, VC_DIFFERENCE };

// vc_taps writes to dst16 or, where that is null, to dst8. Of a row of src 64 values more may be read than the offsets reach; of a row of
// dst16 the values up to the next multiple of 64 are written, and are of no use.
void vc_taps(uint8_t *dst8, uint16_t *dst16, ptrdiff_t dst_stride, const uint16_t *src, ptrdiff_t stride, ptrdiff_t h, ptrdiff_t n,
	const int32_t *a, const int32_t *b, const uint16_t *w, ptrdiff_t taps, int bias, int mode, int level);
void vc_pad(uint16_t *dst, ptrdiff_t stride, const uint8_t *src, ptrdiff_t w, const int32_t *line, ptrdiff_t lines, const int32_t *col,
	ptrdiff_t left, ptrdiff_t right, int shift, int level);
void vc_prefix(uint16_t *rows, ptrdiff_t stride, ptrdiff_t lines, ptrdiff_t pixels);
void vc_gather(uint8_t *dst, const uint8_t *src, const int32_t *from, ptrdiff_t pixels);
void vc_interleave(uint8_t *dst, const uint8_t *src, ptrdiff_t frames, ptrdiff_t pixels, int back);
void vc_zoom(uint8_t *dst, const uint8_t *src, ptrdiff_t h, ptrdiff_t w, ptrdiff_t lanes, const int32_t *at, const uint16_t *weight,
	ptrdiff_t zooms, uint16_t *row, uint16_t *acc, int bias, int level);

#endif
