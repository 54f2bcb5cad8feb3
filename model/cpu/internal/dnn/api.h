// The part of oneDNN 2's C interface that is used here, declared so that a build needs no headers: the library is opened when
// a program starts. Values and sizes are those of oneapi/dnnl/dnnl_types.h, Copyright 2016-2022 Intel Corporation, Apache-2.0, which keeps
// them within a major version; check.c compares them where the headers are installed. oneDNN 3 has other descriptors: only conv.c,
// load.c and this file know them.
#ifndef VIDCSL_DNN_API_H
#define VIDCSL_DNN_API_H

#include <stddef.h>
#include <stdint.h>

typedef int64_t api_dims[12];
typedef struct { _Alignas(16) unsigned char opaque[704]; } api_desc;      // dnnl_memory_desc_t, 696 bytes
typedef struct { _Alignas(16) unsigned char opaque[6144]; } api_convdesc; // dnnl_convolution_desc_t, 5976 bytes
typedef struct { int arg; void *memory; } api_arg;                        // dnnl_exec_arg_t

enum { // constants
  API_CPU = 1, API_STREAM_DEFAULT = 1, API_TRAINING = 64, API_DIRECT = 1, API_SCRATCH_USER = 1,
  API_BF16 = 2, API_F32 = 3,
  API_RELU = 0x1f,
  API_ANY = 1, API_A = 2, API_ABCDE = 7, API_ABCDEF = 8, API_ABCDE16B = 112, API_ABCDE8B = 133,
  API_QUERY_IMPL = 8, API_QUERY_SRC = 129, API_QUERY_DIFF_SRC = 130, API_QUERY_WEIGHTS = 131, API_QUERY_DIFF_WEIGHTS = 132,
  API_QUERY_DST = 133, API_QUERY_DIFF_DST = 134, API_QUERY_SCRATCH = 136,
  API_SRC = 1, API_DST = 17, API_WEIGHTS = 33, API_BIAS = 41, API_SCRATCH = 80, API_DIFF_SRC = 129, API_DIFF_DST = 145, API_DIFF_WEIGHTS = 161,
  API_FROM = 1, API_TO = 17,
};

typedef struct { int major, minor, patch; const char *hash; unsigned runtime; } api_version;

// Every function: name, arguments. All but dnnl_version, desc_equal, desc_get_size and query_md return a status, 0 for success.
#define API_FUNCTIONS(F) \
  F(engine_create, (void **engine, int kind, size_t index)) \
  F(engine_destroy, (void *engine)) \
  F(stream_create, (void **stream, void *engine, unsigned flags)) \
  F(stream_destroy, (void *stream)) \
  F(memory_create, (void **memory, const api_desc *desc, void *engine, void *handle)) \
  F(memory_destroy, (void *memory)) \
  F(memory_desc_init_by_tag, (api_desc *desc, int ndims, const int64_t *dims, int type, int tag)) \
  F(memory_desc_equal, (const api_desc *a, const api_desc *b)) \
  F(primitive_attr_create, (void **attr)) \
  F(primitive_attr_destroy, (void *attr)) \
  F(primitive_attr_set_scratchpad_mode, (void *attr, int mode)) \
  F(primitive_attr_set_post_ops, (void *attr, const void *ops)) \
  F(post_ops_create, (void **ops)) \
  F(post_ops_destroy, (void *ops)) \
  F(post_ops_append_sum, (void *ops, float scale)) \
  F(post_ops_append_eltwise, (void *ops, float scale, int alg, float alpha, float beta)) \
  F(dilated_convolution_forward_desc_init, (api_convdesc *c, int prop, int alg, const api_desc *src, const api_desc *weights, \
    const api_desc *bias, const api_desc *dst, const int64_t *strides, const int64_t *dilates, const int64_t *left, const int64_t *right)) \
  F(dilated_convolution_backward_data_desc_init, (api_convdesc *c, int alg, const api_desc *diff_src, const api_desc *weights, \
    const api_desc *diff_dst, const int64_t *strides, const int64_t *dilates, const int64_t *left, const int64_t *right)) \
  F(dilated_convolution_backward_weights_desc_init, (api_convdesc *c, int alg, const api_desc *src, const api_desc *diff_weights, \
    const api_desc *diff_bias, const api_desc *diff_dst, const int64_t *strides, const int64_t *dilates, const int64_t *left, \
    const int64_t *right)) \
  F(primitive_desc_create, (void **pd, const void *op, const void *attr, void *engine, const void *hint)) \
  F(primitive_desc_destroy, (void *pd)) \
  F(primitive_desc_query, (const void *pd, int what, int index, void *result)) \
  F(reorder_primitive_desc_create, (void **pd, const api_desc *src, void *src_engine, const api_desc *dst, void *dst_engine, const void *attr)) \
  F(primitive_create, (void **primitive, const void *pd)) \
  F(primitive_execute, (const void *primitive, void *stream, int nargs, const api_arg *args)) \
  F(primitive_destroy, (void *primitive)) \
  F(memory_set_data_handle, (void *memory, void *handle)) \
  F(sgemm, (char transa, char transb, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b, \
    int64_t ldb, float beta, float *c, int64_t ldc))

typedef struct {
#define API_MEMBER(name, args) int(*name) args;
  API_FUNCTIONS(API_MEMBER)
#undef API_MEMBER
  const api_version *(*version)(void);
  size_t (*memory_desc_get_size)(const api_desc *);
  const api_desc *(*primitive_desc_query_md)(const void *pd, int what, int index);
  // of libgomp, which the library brings; null if it has another way to run threads
  void (*parallel)(void (*f)(void *), void *arg, unsigned threads, unsigned flags);
  int (*thread)(void);
  int (*threads)(void);
  void (*set_threads)(int);
} api_table;

extern api_table api;

#endif
