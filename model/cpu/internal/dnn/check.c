//go:build cgo && !nodnnl

// Compares api.h with oneDNN's own headers, where they are installed.
#include "api.h"

#if defined(__has_include)
#if __has_include(<oneapi/dnnl/dnnl_types.h>) && __has_include(<oneapi/dnnl/dnnl_version.h>)
#include <oneapi/dnnl/dnnl_version.h>
#if DNNL_VERSION_MAJOR == 2
#include <oneapi/dnnl/dnnl_types.h>

#define SAME(a, b) _Static_assert((int)(a) == (int)(b), #a)
SAME(API_CPU, dnnl_cpu); SAME(API_STREAM_DEFAULT, dnnl_stream_default_flags); SAME(API_TRAINING, dnnl_forward_training);
SAME(API_DIRECT, dnnl_convolution_direct); SAME(API_SCRATCH_USER, dnnl_scratchpad_mode_user);
SAME(API_BF16, dnnl_bf16); SAME(API_F32, dnnl_f32);
SAME(API_RELU, dnnl_eltwise_relu); SAME(API_ANY, dnnl_format_tag_any); SAME(API_A, dnnl_a); SAME(API_ABCDE, dnnl_abcde); SAME(API_ABCDEF, dnnl_abcdef);
SAME(API_ABCDE16B, dnnl_aBcde16b); SAME(API_ABCDE8B, dnnl_aBcde8b);
SAME(API_QUERY_IMPL, dnnl_query_impl_info_str); SAME(API_QUERY_SRC, dnnl_query_src_md); SAME(API_QUERY_DIFF_SRC, dnnl_query_diff_src_md);
SAME(API_QUERY_WEIGHTS, dnnl_query_weights_md); SAME(API_QUERY_DIFF_WEIGHTS, dnnl_query_diff_weights_md);
SAME(API_QUERY_DST, dnnl_query_dst_md); SAME(API_QUERY_DIFF_DST, dnnl_query_diff_dst_md); SAME(API_QUERY_SCRATCH, dnnl_query_scratchpad_md);
SAME(API_SRC, DNNL_ARG_SRC); SAME(API_DST, DNNL_ARG_DST); SAME(API_WEIGHTS, DNNL_ARG_WEIGHTS); SAME(API_BIAS, DNNL_ARG_BIAS); SAME(API_SCRATCH, DNNL_ARG_SCRATCHPAD);
SAME(API_DIFF_SRC, DNNL_ARG_DIFF_SRC); SAME(API_DIFF_DST, DNNL_ARG_DIFF_DST); SAME(API_DIFF_WEIGHTS, DNNL_ARG_DIFF_WEIGHTS);
SAME(API_FROM, DNNL_ARG_FROM); SAME(API_TO, DNNL_ARG_TO);
_Static_assert(sizeof(api_desc) >= sizeof(dnnl_memory_desc_t), "memory descriptor");
_Static_assert(sizeof(api_convdesc) >= sizeof(dnnl_convolution_desc_t), "convolution descriptor");
_Static_assert(sizeof(api_arg) == sizeof(dnnl_exec_arg_t), "argument");
_Static_assert(sizeof(api_version) == sizeof(dnnl_version_t), "version");
#endif
#endif
#endif
