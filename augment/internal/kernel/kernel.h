// Pixel kernels over packed 8-bit RGB. Each function has a reference of the same result in ref*.go; see there for the formulas.
// level is the widest instruction set that may be used: vk_level() or lower.
#ifndef VK_KERNEL_H
#define VK_KERNEL_H

#include <stddef.h>
#include <stdint.h>

typedef struct { // ColorMatrix in Go
	int32_t coef[3][3], bias[3], shift;
} vk_matrix;

typedef struct { // axis in Go
	const int32_t *first;
	const int16_t *weight;
	ptrdiff_t stride, taps;
} vk_axis;

enum { VK_PORTABLE, VK_AVX2, VK_AVX512 };

int vk_level(void);

void vk_color(uint8_t *dst, const uint8_t *src, size_t pixels, const vk_matrix *m, int level);
void vk_sums(uint64_t out[3], const uint8_t *src, size_t pixels, int level);
void vk_lut(uint8_t *dst, const uint8_t *src, size_t bytes, const uint8_t *lut, int level);
void vk_lut_rgb(uint8_t *dst, const uint8_t *src, size_t bytes, const uint8_t *lut, int level);
void vk_histogram(uint64_t *hist, const uint8_t *src, size_t pixels);
void vk_blur(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, const int16_t *kx, ptrdiff_t rx,
	const int16_t *ky, ptrdiff_t ry, const int32_t *col, const int32_t *line, int16_t *row, int16_t *plane, ptrdiff_t stride,
	int level);
void vk_sharpness(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, int a, int shift, int level);
// src is the first pixel of the region in the first frame, avail the bytes from there to the end of the clip; axes without
// first are copied; vec has room for the tables of the AVX-512 pass, 64 bytes per 16 outputs and (1 + x.stride/2).
void vk_resample(uint8_t *dst, ptrdiff_t dw, ptrdiff_t dh, const uint8_t *src, ptrdiff_t avail, ptrdiff_t t, ptrdiff_t step,
	ptrdiff_t frame, ptrdiff_t rw, ptrdiff_t rh, const int32_t *xfirst, const int16_t *xweight, ptrdiff_t xstride, ptrdiff_t xtaps,
	const int32_t *yfirst, const int16_t *yweight, ptrdiff_t ystride, ptrdiff_t ytaps, uint8_t *tmp, ptrdiff_t tmp_stride,
	int16_t *vec, int level);
void vk_affine(uint8_t *dst, const uint8_t *src, ptrdiff_t t, ptrdiff_t h, ptrdiff_t w, const int64_t inv[6],
	const uint8_t fill[3], uint8_t *pad, ptrdiff_t stride, int32_t *off, int16_t *weight, int level);

#endif
