//go:build cgo && !nodnnl

#define _GNU_SOURCE
#include "api.h"
#include "dnn.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

api_table api;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];
static int loaded;

int dnn_late(void) {
  void *lib = dlopen("libgomp.so.1", RTLD_NOW | RTLD_NOLOAD);
  if (lib) dlclose(lib);
  return lib != 0;
}

static void load(void) {
  int spin = !getenv(DNN_SPIN) && !getenv("OMP_WAIT_POLICY") && !dnn_late();
  if (spin) setenv(DNN_SPIN, DNN_SPINS, 0);
  void *lib = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (spin) unsetenv(DNN_SPIN); // it is of no concern to other processes
  if (!lib) {
    snprintf(reason, sizeof reason, "%s", dlerror());
    return;
  }
#define LOAD(name, args) \
  if (!(*(void **)&api.name = dlsym(lib, "dnnl_" #name))) { \
    snprintf(reason, sizeof reason, "libdnnl.so.2 has no dnnl_" #name); \
    return; \
  }
  API_FUNCTIONS(LOAD)
  LOAD(version, ) LOAD(memory_desc_get_size, ) LOAD(primitive_desc_query_md, )
#undef LOAD
  const api_version *v = api.version();
  if (v->major != 2 || v->minor < 5) {
    snprintf(reason, sizeof reason, "libdnnl.so.2 is version %d.%d, want 2.5 to 2.7", v->major, v->minor);
    return;
  }
  *(void **)&api.parallel = dlsym(lib, "GOMP_parallel"); // found in what the library is linked with
  *(void **)&api.thread = dlsym(lib, "omp_get_thread_num");
  *(void **)&api.threads = dlsym(lib, "omp_get_num_threads");
  *(void **)&api.set_threads = dlsym(lib, "omp_set_num_threads");
  if (!api.parallel || !api.thread || !api.threads || !api.set_threads) {
    api.parallel = 0;
    api.set_threads = 0;
  }
  loaded = 1; // and never closed: its threads may be asleep inside
}

int dnn_load(char *err, int size) {
  pthread_once(&once, load);
  if (!loaded) snprintf(err, size, "%s", reason);
  return !loaded;
}

int dnn_block(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") ? 16 : 8;
#else
  return 8;
#endif
}

static __thread int width = 1; // threads that the calling thread has

void dnn_set_threads(int n) {
  if (!api.set_threads) return;
  width = n;
  api.set_threads(n);
}

typedef struct { dnn_range f; void *arg; int64_t n; } job;

static void share(void *p) {
  job *j = p;
  int64_t i = api.thread(), k = api.threads();
  int64_t from = j->n * i / k, to = j->n * (i + 1) / k;
  if (from < to) j->f(j->arg, from, to);
}

void dnn_parallel(dnn_range f, void *arg, int64_t n) {
  if (width < 2 || n < 2 || !api.parallel) {
    if (n > 0) f(arg, 0, n);
    return;
  }
  job j = {f, arg, n};
  api.parallel(share, &j, n < width ? (unsigned)n : (unsigned)width, 0);
}
