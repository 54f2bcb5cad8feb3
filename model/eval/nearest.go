package eval

import (
	"context"
	"math"
	"slices"

	"vidcsl/model"
	"vidcsl/model/op"
)

// neighbor is a row of a gallery that is near to a query: a number that is greater the nearer it is, and among equally near ones the
// lower its index. The upper half is the similarity, its bits such that they compare as integers; the lower is the index inverted.
type neighbor uint64

func newNeighbor(similarity float32, index int) neighbor {
	bits := math.Float32bits(similarity + 0) // no negative zero
	if bits>>31 == 0 {
		bits |= 1 << 31
	} else {
		bits = ^bits
	}
	return neighbor(bits)<<32 | neighbor(^uint32(index))
}

func (n neighbor) index() int { return int(^uint32(n)) }

func (n neighbor) similarity() float32 {
	bits := uint32(n >> 32)
	if bits>>31 == 1 {
		return math.Float32frombits(bits &^ (1 << 31))
	}
	return math.Float32frombits(^bits)
}

// nearest returns for each query its k nearest rows of the gallery, the nearest first, by the inner product. If itself is set, the
// gallery is the queries and none is its own neighbour. k must not be greater than what there is.
func nearest(ctx context.Context, e model.Engine, queries, gallery op.Tensor, k int, itself bool) ([][]neighbor, error) {
	found := make([][]neighbor, queries.Shape[0])
	for i := range found {
		found[i] = make([]neighbor, 0, k)
	}
	err := products(ctx, e, queries, gallery, func(b block) {
		for i := range b.rows {
			near, own := found[b.row+i], -1
			if itself {
				own = b.row + i - b.column
			}
			worst := float32(math.Inf(-1))
			if len(near) == k {
				worst = near[0].similarity()
			}
			for j, s := range b.of(i) {
				// later ones are of higher indices: an equal one does not take the place of one that is there
				if len(near) == k && s <= worst || j == own {
					continue
				}
				near = push(near, newNeighbor(s, b.column+j), k)
				if len(near) == k {
					worst = near[0].similarity()
				}
			}
			found[b.row+i] = near
		}
	})
	if err != nil {
		return nil, err
	}
	for _, near := range found {
		slices.Sort(near)
		slices.Reverse(near)
	}
	return found, nil
}

// push adds a neighbour to a heap of at most k, whose first is the farthest; if it is full, that one leaves.
func push(heap []neighbor, n neighbor, k int) []neighbor {
	i := len(heap)
	if i < k {
		heap = append(heap, n)
		for ; i > 0 && n < heap[(i-1)/2]; i = (i - 1) / 2 {
			heap[i] = heap[(i-1)/2]
		}
		heap[i] = n
		return heap
	}
	i = 0
	for c := 1; c < k; c = 2*i + 1 {
		if c+1 < k && heap[c+1] < heap[c] {
			c++
		}
		if n <= heap[c] {
			break
		}
		heap[i] = heap[c]
		i = c
	}
	heap[i] = n
	return heap
}

// unit returns the rows less mean, divided by their lengths; nil: no mean. A row of length 0 stays.
func unit(x op.Tensor, mean []float64) op.Tensor {
	k, data := x.Shape[1], op.Data[float32](x)
	y, row := make([]float32, len(data)), make([]float64, k)
	for at := 0; at < len(data); at += k {
		sum := 0.0
		for j := range row {
			row[j] = float64(data[at+j])
			if mean != nil {
				row[j] -= mean[j]
			}
			sum += row[j] * row[j]
		}
		scale := 1 / max(math.Sqrt(sum), 1e-12)
		for j, v := range row {
			y[at+j] = float32(v * scale)
		}
	}
	return op.From(y, x.Shape...)
}

// meanRow returns the mean of the rows.
func meanRow(x op.Tensor) []float64 {
	k, data := x.Shape[1], op.Data[float32](x)
	mean := make([]float64, k)
	for i, v := range data {
		mean[i%k] += float64(v)
	}
	for j := range mean {
		mean[j] /= float64(x.Shape[0])
	}
	return mean
}
