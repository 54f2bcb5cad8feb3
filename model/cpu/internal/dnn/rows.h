// Kernels on rows of row-major f32 matrices: nearest neighbours, and sums. Results do not depend on the number of threads. Indices are within
// their table, or -1 where that is none: dnn_index_check first.
#ifndef VIDCSL_DNN_ROWS_H
#define VIDCSL_DNN_ROWS_H

#include <stdint.h>

// dnn_index_check returns the place of the first of n indices that is less than low, or rows or more; -1 if there is none.
int64_t dnn_index_check(const int32_t *idx, int64_t n, int64_t low, int64_t rows);

// dnn_nearest: out[n,k], the places of the k greatest x y' + bias of each row of x[n,d] among those of y[m,d]; the greatest first, of equals
// the first, -1 if no more are above -inf. bias may be null. notself: row i of y is not taken for row i of x. scratch holds
// dnn_nearest_scratch(tasks, k) bytes, and tasks is the number of threads. Returns oneDNN's status.
int64_t dnn_nearest_scratch(int64_t tasks, int64_t k);
int dnn_nearest(int64_t n, int64_t m, int64_t d, int64_t k, int notself, const float *x, const float *y, const float *bias, int32_t *out,
                void *scratch, int64_t tasks);

// dnn_similarity: out[n,k], the products of the rows of x[n,d] and those of y that idx[n,k] names, or minus their squared distances.
void dnn_similarity(int64_t n, int64_t d, int64_t k, int distance, const float *x, const float *y, const int32_t *idx, float *out);
// dnn_scatter_add: out[rows,d], the sums of the rows of x[n,d] that idx[n] sends there.
void dnn_scatter_add(int64_t n, int64_t d, int64_t rows, const float *x, const int32_t *idx, float *out);
// dnn_gather_sum: out[n,d], the sums of the rows of x that idx[n,k] names.
void dnn_gather_sum(int64_t n, int64_t d, int64_t k, const float *x, const int32_t *idx, float *out);
// dnn_gram: out[d,e] = x' y, of x[n,d] and y[n,e]. Returns oneDNN's status.
int dnn_gram(int64_t n, int64_t d, int64_t e, const float *x, const float *y, float *out);

// Shared neighbours of n rows with lists[n,k], see op.SharedNeighbors: dnn_shared selects partners[n,m], of scores above least, dnn_shared_score computes the scores[n,m]
// of given ones. scratch holds dnn_shared_scratch(tasks, n, k) bytes.
int64_t dnn_shared_scratch(int64_t tasks, int64_t n, int64_t k);
typedef struct { int64_t n, k, d, m; float weight; const int32_t *lists; const float *x; } dnn_neighbors;
void dnn_shared(const dnn_neighbors *g, float least, int32_t *partners, void *scratch, int64_t tasks);
void dnn_shared_score(const dnn_neighbors *g, const int32_t *partners, float *scores, void *scratch, int64_t tasks);

#endif
