// Kernels of weather and of digital spoiling over packed 8-bit RGB. Each has a Go reference of the same result; see there for formulas.
#ifndef VC_WEATHER_H
#define VC_WEATHER_H

#include <stddef.h>
#include <stdint.h>

typedef struct { // Torus in Go
	ptrdiff_t h, w, size_y, size_x, y, x;
} vc_torus;

typedef struct { // QuantTables in Go
	int16_t luma[64], chroma[64];
} vc_quant;

void vc_mix(float *dst, const float *src, ptrdiff_t n, const int32_t *at, const float *weight, ptrdiff_t taps);
void vc_convolve(float *dst, const float *src, ptrdiff_t rows, ptrdiff_t width, const int32_t *first, const int32_t *from, const int32_t *taps,
	const int32_t *step, const float *weight);
int vc_peak(const uint8_t *src, size_t n);
void vc_drift(uint8_t *dst, const int16_t *layer, const vc_torus *o, int fy, int fx, int gain);
void vc_overlay(uint8_t *dst, ptrdiff_t frames, ptrdiff_t n, const uint16_t *gain, const uint16_t *add);
// vc_glaze is vc_overlay with the same gain everywhere; vc_brighten adds bytes.
void vc_glaze(uint8_t *dst, ptrdiff_t frames, ptrdiff_t n, int gain, const uint16_t *add);
void vc_brighten(uint8_t *dst, ptrdiff_t frames, ptrdiff_t n, const uint8_t *add);
void vc_pane(uint16_t *dst, const uint16_t *a, const uint16_t *b, const int32_t *col, ptrdiff_t w, int fy, const uint16_t *shades);
void vc_snow(uint8_t *dst, const uint16_t *layer, const vc_torus *o, int keep, int whiten);
void vc_rgb_sums(uint64_t sum[3], const uint8_t *src, ptrdiff_t pixels);
void vc_scale(uint8_t *dst, ptrdiff_t pixels, int gain, const int32_t bias[3]);
void vc_value(uint8_t *dst, ptrdiff_t pixels, float add);
void vc_saturation(uint8_t *dst, ptrdiff_t pixels, float gain, float add);
void vc_warp(uint8_t *dst, const uint8_t *src, ptrdiff_t pixels, ptrdiff_t stride, const int32_t *at, const uint32_t *weight);
// first has one more than cells across and down, from one for each pixel; line and sum have room for a row of cells.
void vc_pixelate(uint8_t *dst, ptrdiff_t h, ptrdiff_t w, ptrdiff_t dh, ptrdiff_t dw, const int32_t *x_first, const int32_t *y_first,
	const int32_t *x_from, const int32_t *y_from, uint8_t *line, uint32_t *sum);
void vc_jpeg(uint8_t *dst, ptrdiff_t h, ptrdiff_t w, const vc_quant *q, uint8_t *luma, uint8_t *chroma, int16_t *strip);

#endif
