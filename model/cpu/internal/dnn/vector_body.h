// Vectors of one block of channels: V holds B floats, I as many int32; LOAD and STORE convert from and to the elements T. Included with B,
// T, NAME and, for bfloat16, BF16 defined; vector_end.h undoes it.
typedef float NAME(vec) __attribute__((vector_size(B * 4), aligned(4), may_alias));
typedef int32_t NAME(ints) __attribute__((vector_size(B * 4), aligned(4), may_alias));
#define V NAME(vec)
#define I NAME(ints)
#ifdef BF16
typedef uint32_t NAME(words) __attribute__((vector_size(B * 4)));
typedef uint16_t NAME(halves) __attribute__((vector_size(B * 2), aligned(2), may_alias));
INLINE V NAME(load)(const T *p) {
  return (V)(__builtin_convertvector(*(const NAME(halves) *)p, NAME(words)) << 16);
}
INLINE void NAME(store)(T *p, V v) { // to the nearest, ties to even; a NaN stays one
  NAME(words) u = (NAME(words))v, r = (u + 0x7fff + (u >> 16 & 1)) >> 16, nan = (NAME(words))(v != v);
  *(NAME(halves) *)p = __builtin_convertvector((r & ~nan) | (nan & 0x7fc0), NAME(halves));
}
#else
INLINE V NAME(load)(const T *p) { return *(const V *)p; }
INLINE void NAME(store)(T *p, V v) { *(V *)p = v; }
#endif
#define LOAD NAME(load)
#define STORE NAME(store)
