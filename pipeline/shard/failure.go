package shard

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Failure says that an item was asked for and not delivered, and why.
type Failure struct {
	Key       string `json:"key"`           // key of the item
	Stage     string `json:"stage"`         // stage that gave up, such as "decode"
	Reason    string `json:"reason"`        // class of the reason, a short constant word, such as "truncated"
	Message   string `json:"message"`       // what happened, for a human
	PTS       int64  `json:"pts,omitempty"` // timestamp at which it happened, in the source's time base; only if HasPTS
	HasPTS    bool   `json:"has_pts"`
	BytesRead int64  `json:"bytes_read"` // how much of the source had been read
}

// failureSchema is that of failures.arrow.
var failureSchema = arrow.NewSchema([]arrow.Field{
	{Name: "key", Type: arrow.BinaryTypes.String},
	{Name: "stage", Type: arrow.BinaryTypes.String},
	{Name: "reason", Type: arrow.BinaryTypes.String},
	{Name: "message", Type: arrow.BinaryTypes.String},
	{Name: "pts", Type: arrow.PrimitiveTypes.Int64, Nullable: true},
	{Name: "bytes_read", Type: arrow.PrimitiveTypes.Int64},
}, nil)

// failuresPerBatch is how many failures a record batch holds at most, so that reading needs little memory.
const failuresPerBatch = 4096

// WriteFailures writes failures to path in the given order, under a temporary name that is synced and renamed: the file
// is there as a whole or not at all. No failures make a file with the schema and no rows.
func WriteFailures(path string, failures []Failure) error {
	return writeFailures(path, slices.Values(failures), memory.DefaultAllocator)
}

func writeFailures(path string, failures iter.Seq[Failure], mem memory.Allocator) error {
	t, err := createTemp(path)
	if err != nil {
		return err
	}
	defer t.abort()
	if err := encodeFailures(t, failures, mem); err != nil {
		return err
	}
	return t.commit()
}

// encodeFailures writes an Arrow file to t and leaves it to the caller to commit it.
func encodeFailures(t *tempFile, failures iter.Seq[Failure], mem memory.Allocator) error {
	w, err := newArrowWriter(t, failureSchema, Raw, mem)
	if err != nil {
		return err
	}
	batch := make([]Failure, 0, 64)
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		rec := failureRecord(batch, mem)
		defer rec.Release()
		batch = batch[:0]
		return w.write(rec)
	}
	for f := range failures {
		batch = append(batch, f)
		if len(batch) == failuresPerBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	return w.close()
}

func failureRecord(failures []Failure, mem memory.Allocator) arrow.Record {
	b := array.NewRecordBuilder(mem, failureSchema)
	defer b.Release()
	text := func(col int, s string) {
		b.Field(col).(*array.StringBuilder).Append(strings.ToValidUTF8(s, "\uFFFD"))
	}
	for _, f := range failures {
		text(0, f.Key)
		text(1, f.Stage)
		text(2, f.Reason)
		text(3, f.Message)
		if pts := b.Field(4).(*array.Int64Builder); f.HasPTS {
			pts.Append(f.PTS)
		} else {
			pts.AppendNull()
		}
		b.Field(5).(*array.Int64Builder).Append(f.BytesRead)
	}
	return b.NewRecord()
}

// ReadFailures reads a file written by [WriteFailures], [Writer.Commit] or [Run.Finish].
func ReadFailures(path string) ([]Failure, error) {
	r, err := OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	if !r.Schema().Equal(failureSchema) {
		return nil, fmt.Errorf("shard: %s: not a table of failures: %v", path, r.Schema())
	}
	var out []Failure
	for rec, err := range r.Records() {
		if err != nil {
			return nil, err
		}
		text := func(col, row int) string { return strings.Clone(rec.Column(col).(*array.String).Value(row)) }
		pts := rec.Column(4).(*array.Int64)
		read := rec.Column(5).(*array.Int64)
		for i := range int(rec.NumRows()) {
			f := Failure{Key: text(0, i), Stage: text(1, i), Reason: text(2, i), Message: text(3, i), BytesRead: read.Value(i)}
			if pts.IsValid(i) {
				f.PTS, f.HasPTS = pts.Value(i), true
			}
			out = append(out, f)
		}
	}
	return out, nil
}

// sortFailures orders the failures of a shard by the position of their item in the plan.
func sortFailures(failures []Failure, position map[string]int) {
	slices.SortStableFunc(failures, func(a, b Failure) int { return cmp.Compare(position[a.Key], position[b.Key]) })
}
