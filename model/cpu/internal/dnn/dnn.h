// C side of package dnn. Functions that can fail return 0 or a status; dnn_explain says what the last one means. A dnn_thread and what
// was made from it are used by the operating system thread that made it.
#ifndef VIDCSL_DNN_H
#define VIDCSL_DNN_H

#include <stddef.h>
#include <stdint.h>

// DNN_SPIN is the environment variable that says how often a thread of libgomp, the OpenMP library that oneDNN runs on, looks whether
// another is done before it sleeps, and our number: about 0.1 ms, for which nobody has to be woken where all threads have a processor.
// libgomp's own, 300000, is milliseconds: with more to do than processors, a thread spins until its time slice ends, while the one that it
// waits for gets none.
#define DNN_SPIN "GOMP_SPINCOUNT"
#define DNN_SPINS "10000"

// dnn_load opens the library, once; err gets the reason if it fails. Unless the environment says something about it, and unless libgomp
// is in the process already, its threads spin DNN_SPINS times.
int dnn_load(char *err, int size);
// dnn_late returns whether libgomp, which reads the environment when it is loaded, is in the process already.
int dnn_late(void);
// dnn_block returns the channels in a block that the CPU wants.
int dnn_block(void);

// A dnn_thread is what primitives are made and executed with: an engine and a stream.
typedef struct dnn_thread dnn_thread;
int dnn_thread_new(int threads, dnn_thread **out);
void dnn_thread_free(dnn_thread *t);

// A dnn_layout describes how an array of 5 or 6 dimensions lies in memory.
typedef struct dnn_layout dnn_layout;
// block: 0 row-major, or 8, 16 channels
int dnn_layout_new(int ndims, const int64_t *dims, int bf16, int block, dnn_layout **out);
size_t dnn_layout_bytes(const dnn_layout *l);
int dnn_layout_equal(const dnn_layout *a, const dnn_layout *b);
void dnn_layout_free(dnn_layout *l);

// A dnn_primitive computes one array from one or two.
typedef struct dnn_primitive dnn_primitive;
typedef struct {
  int kind; // 0 result, 1 gradient of x, 2 gradient of w
  int n, c, d, h, w, o, kd, kh, kw, groups;
  int stride[3], pad[3], dilation[3];
  int bf16, xblock, yblock;
  int bias, sum, relu; // of kind 0: the result has f32 numbers of its channels added, then what out holds already, and then max(0, .)
} dnn_conv;
// dnn_conv_new: operands (x, w), (gy, w) or (x, gy). The weights lie as the library likes: dnn_weights returns how.
int dnn_conv_new(dnn_thread *t, const dnn_conv *c, dnn_primitive **out);
int dnn_weights(const dnn_primitive *p, dnn_layout **out);
// dnn_reorder_new: operand from, result to.
int dnn_reorder_new(dnn_thread *t, const dnn_layout *from, const dnn_layout *to, dnn_primitive **out);
size_t dnn_scratch(const dnn_primitive *p);
const char *dnn_implementation(const dnn_primitive *p);
int dnn_run(dnn_primitive *p, void *a, void *b, void *bias, void *out, void *scratch);
void dnn_primitive_free(dnn_primitive *p);

// dnn_gemm: row-major c[m,n] = a * b, transposed where asked.
int dnn_gemm(int ta, int tb, int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c);

// dnn_parallel calls f for runs of the numbers from 0 to n-1 on the threads that the calling thread has.
typedef void (*dnn_range)(void *arg, int64_t from, int64_t to);
void dnn_parallel(dnn_range f, void *arg, int64_t n);

#endif
