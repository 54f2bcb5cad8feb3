//go:build cgo && !nodnnl

// All that knows oneDNN 2's descriptors.
#include "api.h"
#include "dnn.h"

#include <stdlib.h>
#include <string.h>

void dnn_set_threads(int n);

struct dnn_thread { void *engine, *stream; int threads; };
struct dnn_layout { api_desc desc; };
struct dnn_primitive {
  dnn_thread *thread;
  void *pd, *primitive;
  void *memory[3], *bias, *scratch;
  int arg[3]; // of operands and result
  api_desc weights;
  size_t scratch_bytes;
  int operands, alone; // alone: on one thread
};

#define OK(call) do { int status_ = (call); if (status_) { status = status_; goto fail; } } while (0)

int dnn_thread_new(int threads, dnn_thread **out) {
  int status = 0;
  dnn_thread *t = calloc(1, sizeof *t);
  if (!t) return 1;
  t->threads = threads;
  dnn_set_threads(threads);
  OK(api.engine_create(&t->engine, API_CPU, 0));
  OK(api.stream_create(&t->stream, t->engine, API_STREAM_DEFAULT));
  *out = t;
  return 0;
fail:
  dnn_thread_free(t);
  return status;
}

void dnn_thread_free(dnn_thread *t) {
  if (!t) return;
  if (t->stream) api.stream_destroy(t->stream);
  if (t->engine) api.engine_destroy(t->engine);
  free(t);
}

static int tag(int block) { return block == 16 ? API_ABCDE16B : block == 8 ? API_ABCDE8B : API_ABCDE; }

int dnn_layout_new(int ndims, const int64_t *dims, int bf16, int block, dnn_layout **out) {
  dnn_layout *l = calloc(1, sizeof *l);
  if (!l) return 1;
  int status = api.memory_desc_init_by_tag(&l->desc, ndims, dims, bf16 ? API_BF16 : API_F32, ndims == 6 ? API_ABCDEF : tag(block));
  if (status) free(l);
  else *out = l;
  return status;
}

size_t dnn_layout_bytes(const dnn_layout *l) { return api.memory_desc_get_size(&l->desc); }
int dnn_layout_equal(const dnn_layout *a, const dnn_layout *b) { return api.memory_desc_equal(&a->desc, &b->desc); }
void dnn_layout_free(dnn_layout *l) { free(l); }

static int complete(dnn_primitive *p, const api_desc *a, const api_desc *b, const api_desc *o) {
  int status = 0;
  void *engine = p->thread->engine;
  p->operands = b ? 2 : 1;
  OK(api.memory_create(&p->memory[0], a, engine, NULL));
  if (b) OK(api.memory_create(&p->memory[1], b, engine, NULL));
  OK(api.memory_create(&p->memory[2], o, engine, NULL));
  const api_desc *s = api.primitive_desc_query_md(p->pd, API_QUERY_SCRATCH, 0);
  if (s && (p->scratch_bytes = api.memory_desc_get_size(s))) OK(api.memory_create(&p->scratch, s, engine, NULL));
  OK(api.primitive_create(&p->primitive, p->pd));
fail:
  return status;
}

static void set3(int64_t *to, const int *from, int less) {
  for (int i = 0; i < 3; i++) to[i] = from[i] - less;
}

// A ReLU of oneDNN makes 0 of NaN, but not one with a slope for what is negative: this one stays invisible in f32 and bfloat16.
static const float SLOPE = 1e-20f;

static int add_post_ops(void *attr, const dnn_conv *c) {
  int status = 0;
  void *ops = NULL;
  OK(api.post_ops_create(&ops));
  if (c->sum) OK(api.post_ops_append_sum(ops, 1));
  if (c->relu) OK(api.post_ops_append_eltwise(ops, 1, API_RELU, SLOPE, 0));
  OK(api.primitive_attr_set_post_ops(attr, ops));
fail:
  if (ops) api.post_ops_destroy(ops);
  return status;
}

int dnn_conv_new(dnn_thread *t, const dnn_conv *c, dnn_primitive **out) {
  int status = 0;
  void *attr = NULL, *hint = NULL;
  dnn_primitive *p = calloc(1, sizeof *p);
  if (!p) return 1;
  p->thread = t;
  api_dims stride, pad, dilate, x = {c->n, c->c, c->d, c->h, c->w}, y = {c->n, c->o}, w = {c->o, c->c, c->kd, c->kh, c->kw};
  int wdims = 5, type = c->bf16 ? API_BF16 : API_F32;
  if (c->groups > 1) {
    int64_t g[] = {c->groups, c->o / c->groups, c->c / c->groups, c->kd, c->kh, c->kw};
    memcpy(w, g, sizeof g);
    wdims = 6;
  }
  set3(stride, c->stride, 0);
  set3(pad, c->pad, 0);
  set3(dilate, c->dilation, 1);
  for (int i = 0; i < 3; i++) {
    int64_t k = w[wdims - 3 + i], reach = (k - 1) * c->dilation[i] + 1;
    y[2 + i] = (x[2 + i] + 2 * pad[i] - reach) / stride[i] + 1;
  }
  api_desc xd, yd, wd, gwd, bd;
  api_convdesc fwd, bwd;
  OK(api.memory_desc_init_by_tag(&xd, 5, x, type, tag(c->xblock)));
  OK(api.memory_desc_init_by_tag(&yd, 5, y, type, tag(c->yblock)));
  OK(api.memory_desc_init_by_tag(&wd, wdims, w, type, API_ANY));
  OK(api.memory_desc_init_by_tag(&gwd, wdims, w, API_F32, API_ANY)); // gradients of weights are always f32
  api_dims channels = {c->o};
  OK(api.memory_desc_init_by_tag(&bd, 1, channels, API_F32, API_A));
  OK(api.primitive_attr_create(&attr));
  OK(api.primitive_attr_set_scratchpad_mode(attr, API_SCRATCH_USER));
  if (c->sum || c->relu) OK(add_post_ops(attr, c));
  OK(api.dilated_convolution_forward_desc_init(&fwd, API_TRAINING, API_DIRECT, &xd, &wd, c->bias ? &bd : NULL, &yd, stride, dilate, pad, pad));
  OK(api.primitive_desc_create(&hint, &fwd, attr, t->engine, NULL));
  const api_desc *wq;
  switch (c->kind) {
  case 0:
    p->pd = hint;
    hint = NULL;
    wq = api.primitive_desc_query_md(p->pd, API_QUERY_WEIGHTS, 0);
    p->arg[0] = API_SRC, p->arg[1] = API_WEIGHTS, p->arg[2] = API_DST;
    OK(complete(p, &xd, wq, &yd));
    if (c->bias) OK(api.memory_create(&p->bias, &bd, t->engine, NULL));
    break;
  case 1:
    OK(api.dilated_convolution_backward_data_desc_init(&bwd, API_DIRECT, &xd, &wd, &yd, stride, dilate, pad, pad));
    OK(api.primitive_desc_create(&p->pd, &bwd, attr, t->engine, hint));
    wq = api.primitive_desc_query_md(p->pd, API_QUERY_WEIGHTS, 0);
    p->arg[0] = API_DIFF_DST, p->arg[1] = API_WEIGHTS, p->arg[2] = API_DIFF_SRC;
    OK(complete(p, &yd, wq, &xd));
    break;
  default:
    OK(api.dilated_convolution_backward_weights_desc_init(&bwd, API_DIRECT, &xd, &gwd, NULL, &yd, stride, dilate, pad, pad));
    OK(api.primitive_desc_create(&p->pd, &bwd, attr, t->engine, hint));
    wq = api.primitive_desc_query_md(p->pd, API_QUERY_DIFF_WEIGHTS, 0);
    p->arg[0] = API_SRC, p->arg[1] = API_DIFF_DST, p->arg[2] = API_DIFF_WEIGHTS;
    OK(complete(p, &xd, &yd, wq));
  }
  p->weights = *wq;
  *out = p;
fail:
  if (hint) api.primitive_desc_destroy(hint);
  if (attr) api.primitive_attr_destroy(attr);
  if (status) dnn_primitive_free(p);
  return status;
}

int dnn_weights(const dnn_primitive *p, dnn_layout **out) {
  dnn_layout *l = calloc(1, sizeof *l);
  if (!l) return 1;
  l->desc = p->weights;
  *out = l;
  return 0;
}

int dnn_reorder_new(dnn_thread *t, const dnn_layout *from, const dnn_layout *to, dnn_primitive **out) {
  int status = 0;
  void *attr = NULL;
  dnn_primitive *p = calloc(1, sizeof *p);
  if (!p) return 1;
  p->thread = t;
  p->alone = dnn_layout_bytes(from) < 1 << 17; // not worth waking anybody, who may have to wait for a processor
  if (p->alone) dnn_set_threads(1);
  p->arg[0] = API_FROM, p->arg[2] = API_TO;
  OK(api.primitive_attr_create(&attr));
  OK(api.primitive_attr_set_scratchpad_mode(attr, API_SCRATCH_USER));
  OK(api.reorder_primitive_desc_create(&p->pd, &from->desc, t->engine, &to->desc, t->engine, attr));
  OK(complete(p, &from->desc, NULL, &to->desc));
  *out = p;
fail:
  if (p->alone) dnn_set_threads(t->threads);
  if (attr) api.primitive_attr_destroy(attr);
  if (status) dnn_primitive_free(p);
  return status;
}

size_t dnn_scratch(const dnn_primitive *p) { return p->scratch_bytes; }

const char *dnn_implementation(const dnn_primitive *p) {
  const char *s = "";
  api.primitive_desc_query(p->pd, API_QUERY_IMPL, 0, &s);
  return s;
}

int dnn_run(dnn_primitive *p, void *a, void *b, void *bias, void *out, void *scratch) {
  int status = 0, n = 0;
  api_arg args[5];
  OK(api.memory_set_data_handle(p->memory[0], a));
  args[n++] = (api_arg){p->arg[0], p->memory[0]};
  if (p->operands > 1) {
    OK(api.memory_set_data_handle(p->memory[1], b));
    args[n++] = (api_arg){p->arg[1], p->memory[1]};
  }
  OK(api.memory_set_data_handle(p->memory[2], out));
  args[n++] = (api_arg){p->arg[2], p->memory[2]};
  if (p->bias) {
    OK(api.memory_set_data_handle(p->bias, bias));
    args[n++] = (api_arg){API_BIAS, p->bias};
  }
  if (p->scratch) {
    OK(api.memory_set_data_handle(p->scratch, scratch));
    args[n++] = (api_arg){API_SCRATCH, p->scratch};
  }
  if (p->alone) dnn_set_threads(1);
  OK(api.primitive_execute(p->primitive, p->thread->stream, n, args));
fail:
  if (p->alone) dnn_set_threads(p->thread->threads);
  return status;
}

void dnn_primitive_free(dnn_primitive *p) {
  if (!p) return;
  for (int i = 0; i < 3; i++)
    if (p->memory[i]) api.memory_destroy(p->memory[i]);
  if (p->bias) api.memory_destroy(p->bias);
  if (p->scratch) api.memory_destroy(p->scratch);
  if (p->primitive) api.primitive_destroy(p->primitive);
  if (p->pd) api.primitive_desc_destroy(p->pd);
  free(p);
}

int dnn_gemm(int ta, int tb, int64_t m, int64_t n, int64_t k, const float *a, const float *b, float *c) {
  return api.sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, 1, a, ta ? m : k, b, tb ? k : n, 0, c, n);
}
