package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/sourcegraph/conc/pool"

	"vidcsl/pipeline/shard"
)

// errNull says that a row has no pixels.
var errNull = errors.New("the row is null")

// RowError says which row could not be coded or decoded.
type RowError struct {
	Op     string // "encode" or "decode"
	Key    string // of the row, or its number in the batch where there is no column "key"
	Column string
	Err    error
}

// Error implements error.
func (e *RowError) Error() string {
	return fmt.Sprintf("store: %s %s of %s: %v", e.Op, e.Column, e.Key, e.Err)
}

// Unwrap returns the cause.
func (e *RowError) Unwrap() error { return e.Err }

// eachRow calls fn for every row of the columns with these indices, n at a time, and returns the first error as a *RowError. When ctx
// ends it returns its cause.
func eachRow(ctx context.Context, op string, rec arrow.Record, columns []int, n int, fn func(ctx context.Context, column, row int) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if n < 0 {
		return fmt.Errorf("store: %d workers, want 1 or more, or 0 for one per CPU", n)
	}
	p := pool.New().WithMaxGoroutines(workers(n)).WithContext(ctx).WithCancelOnError().WithFirstError()
	for row := range int(rec.NumRows()) {
		for _, column := range columns {
			p.Go(func(inner context.Context) error {
				if inner.Err() != nil {
					return context.Cause(inner)
				}
				err := errNull
				if rec.Column(column).IsValid(row) {
					err = fn(inner, column, row)
				}
				if err == nil || inner.Err() != nil && errors.Is(err, context.Cause(inner)) {
					return err
				}
				return &RowError{Op: op, Key: keyOf(rec, row), Column: rec.ColumnName(column), Err: err}
			})
		}
	}
	err := p.Wait()
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func keyOf(rec arrow.Record, row int) string {
	if at := rec.Schema().FieldIndices(shard.KeyColumn); len(at) == 1 {
		if keys, ok := rec.Column(at[0]).(*array.String); ok && keys.IsValid(row) {
			return keys.Value(row)
		}
	}
	return fmt.Sprintf("row %d", row)
}

// replace returns rec with other columns and schema; it takes the columns in with, and retains the others.
func replace(rec arrow.Record, schema *arrow.Schema, with map[int]arrow.Array) arrow.Record {
	columns := make([]arrow.Array, rec.NumCols())
	for i := range columns {
		columns[i] = rec.Column(i)
		if c, ok := with[i]; ok {
			columns[i] = c
			defer c.Release()
		}
	}
	return array.NewRecord(schema, columns, rec.NumRows())
}
