package model

import (
	"context"
	"iter"

	"vidcsl/model/op"
)

// Batch is what one step of training is fed. It is borrowed: valid until the next one is asked for.
type Batch struct {
	Views  []op.Tensor // the views of N samples: each a U8 [N, T, H, W, 3]
	Labels []int32     // of the samples, N; -1 without one. For metrics, supervised objectives and the oracle, never for another detector
	Index  []int32     // of the samples, N: their places in DataInfo.Keys
	Next   Cursor      // where the batches go on after this one
}

// Cursor is a place in the batches of a [Dataset]: the next item of an epoch's order. The zero value is the start.
type Cursor struct {
	Epoch int `json:"epoch"`
	Item  int `json:"item"`
}

// DataInfo says what batches will hold.
type DataInfo struct {
	Keys    []string // of the samples, in an order of their own that never changes
	Labels  []int32  // of the samples; -1 without one
	Classes []string // the names of the labels
	Views   int      // per sample
	Shape   [4]int   // of a view: T, H, W, 3
	Batch   int      // samples of a batch
}

// Dataset gives the batches of training. What they hold depends on the data set and the cursor alone, never on time or workers.
type Dataset interface {
	Info() DataInfo
	// Batches yields batches from a cursor on, epoch after epoch without end; what does not fill the last batch of an epoch is
	// left out. An error ends them; so does ctx, with its cause as the error. Leaving the loop ends all work behind it.
	Batches(ctx context.Context, from Cursor) iter.Seq2[*Batch, error]
}
