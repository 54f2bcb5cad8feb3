// Coding clips of RGB frames with FFmpeg's encoders, and back: one call per clip, on one thread, by integer arithmetic of
// our own between RGB and YUV, so that the same pixels give the same bytes. Nothing here keeps a pointer to the caller's
// memory after it returns. Functions return 0 or a negative AVERROR.
#pragma once
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdint.h>

// --- colour.c: RGB <-> planar YUV 4:2:0 or 4:4:4 with the coefficients of BT.601. A chroma sample of 4:2:0 is the mean of
// two by two pixels, and all four get it back: what most decoders do that do not scale. ---

// full: Y, Cb and Cr of 0..255 (JPEG) instead of 16..235 and 16..240 (video). f has at least w x h pixels; what is beyond them
// repeats the last column and row.
int enc_to_yuv(int full, const uint8_t *rgb, int w, int h, AVFrame *f);
int enc_to_rgb(int full, const AVFrame *f, int w, int h, uint8_t *rgb);

// --- a growing array of bytes; free with enc_bytes_free ---
typedef struct {
  uint8_t *p;
  int64_t n, cap;
} EncBytes;

void enc_bytes_free(EncBytes *b);

// --- jpeg.c ---
typedef struct {
  int t, h, w;         // frames, rows, columns
  const int32_t *stop; // not 0: return AVERROR_EXIT soon
} EncShape;

// Appends one JPEG per frame to out, and its length to sizes[0..t).
int enc_jpeg_write(EncShape s, const uint8_t *rgb, int quality, int full_chroma, EncBytes *out, int64_t *sizes);
// Decodes the JPEGs at data + offsets[i] .. data + offsets[i+1]. *frame is the number of the frame that failed.
int enc_jpeg_read(EncShape s, const uint8_t *data, const int32_t *offsets, uint8_t *rgb, int *frame);

// --- h264.c: a file of one H.264 stream ---
typedef struct {
  int w, h, fps, gop, crf, bframes;
  const char *preset;
  int full_chroma; // 4:4:4
  int left;        // chroma is sited left, not in the centre of its pixels
  const char *path; // NULL: into memory
} EncVideo;

typedef struct EncFile EncFile;

int enc_file_open(const EncVideo *v, EncFile **f);          // on error *f is NULL, but the file may exist
int enc_file_rgb(EncFile *f, const uint8_t *rgb, int w, int h); // appends a frame
int enc_file_yuv(EncFile *f, const uint8_t *yuv);           // appends a frame, packed planes
int enc_file_finish(EncFile *f, const int32_t *stop, uint8_t **out, int *size); // out and size for memory: free with av_free
void enc_file_close(EncFile **f);

// --- read.c: a clip of a file in memory ---
int enc_file_read(EncShape s, const uint8_t *data, int64_t size, uint8_t *rgb, int *frames);

// --- recode.c ---
typedef struct {
  const char *encoder, *options; // options: a=b c=d
  int fps;
  int crf, qscale, bit_rate; // crf is not set if negative, the others if 0
} EncRecode;

// Codes the clip at rgb and puts what is decoded of it in its place.
int enc_recode(EncShape s, const EncRecode *v, uint8_t *rgb);

// Codes of failures that FFmpeg has no number for.
enum { ENC_FRAMES = -1000001, ENC_SIZE, ENC_FORMAT, ENC_DAMAGED, ENC_NO_X264, ENC_NO_ENCODER };
