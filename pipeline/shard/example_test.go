package shard_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/pipeline/shard"
)

// A whole run: plan, fill, finish, verify. One item cannot be delivered.
func Example() {
	dir, err := os.MkdirTemp("", "shard")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	items := []shard.Item{{Key: "a"}, {Key: "b"}, {Key: "broken"}, {Key: "d"}}
	plan, err := shard.NewPlan(items, 2, "seed=1")
	if err != nil {
		log.Fatal(err)
	}
	run, err := shard.Open(dir, plan, shard.Options{Tool: "example 1", Config: map[string]int{"seed": 1}})
	if err != nil {
		log.Fatal(err)
	}
	defer run.Close()
	for _, r := range run.Pending() {
		if err := fill(run, r); err != nil {
			log.Fatal(err)
		}
	}
	if err := run.Finish(); err != nil {
		log.Fatal(err)
	}

	report, err := shard.Verify(dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d rows, %d failures, complete: %v, ok: %v\n", report.Rows, report.Failures, report.Complete, report.OK)
	failures, err := shard.ReadFailures(filepath.Join(dir, "failures.arrow"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(failures[0].Key, failures[0].Reason)
	// Output:
	// 3 rows, 1 failures, complete: true, ok: true
	// broken unreadable
}

var (
	frame  = shard.FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 2, 2, 3)
	schema = arrow.NewSchema([]arrow.Field{
		{Name: shard.KeyColumn, Type: arrow.BinaryTypes.String},
		{Name: "view_0", Type: frame},
	}, nil)
)

func fill(run *shard.Run, r shard.Range) error {
	w, err := run.Begin(r, schema)
	if err != nil {
		return err
	}
	defer w.Abort() // does nothing after Commit
	for _, item := range run.Plan().ItemsOf(r) {
		if item.Key == "broken" {
			if err := w.Fail(shard.Failure{Key: item.Key, Stage: "decode", Reason: "unreadable"}); err != nil {
				return err
			}
			continue
		}
		rec := row(item.Key)
		err := w.Write(rec) // borrows rec
		rec.Release()
		if err != nil {
			return err
		}
	}
	_, err = w.Commit()
	return err
}

func row(key string) arrow.Record {
	keys := array.NewStringBuilder(memory.DefaultAllocator)
	defer keys.Release()
	keys.Append(key)
	column := keys.NewArray()
	defer column.Release()
	pixels := shard.NewTensorArray(frame, 1, memory.NewBufferBytes(make([]byte, frame.RowBytes())))
	defer pixels.Release()
	return array.NewRecord(schema, []arrow.Array{column, pixels}, 1)
}

func ExampleNewTensorArray() {
	typ := shard.FixedShapeTensor(arrow.PrimitiveTypes.Uint8, 1, 2, 3)
	arr := shard.NewTensorArray(typ, 2, memory.NewBufferBytes([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
	defer arr.Release()
	fmt.Println(arr)
	fmt.Println(arr.Row(1))
	// Output:
	// fixed_shape_tensor<uint8>[1,2,3] × 2
	// [7 8 9 10 11 12]
}

func ExampleOpenFile() {
	dir, err := os.MkdirTemp("", "shard")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "failures.arrow")
	if err := shard.WriteFailures(path, []shard.Failure{{Key: "a", Stage: "decode", Reason: "truncated"}}); err != nil {
		log.Fatal(err)
	}

	r, err := shard.OpenFile(path)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	fmt.Println(r.NumRows(), "row")
	for rec, err := range r.Records() {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(rec.Column(0)) // valid until the next turn; Retain to keep it
	}
	// Output:
	// 1 row
	// ["a"]
}

func ExampleNewPlan() {
	items := []shard.Item{{Key: "a", Group: "train"}, {Key: "b", Group: "test"}, {Key: "c", Group: "train"}}
	plan, err := shard.NewPlan(items, 2, "seed=1")
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range plan.Task(0, 1) {
		fmt.Println(shard.PartName(r.Index, len(plan.Shards)), r.Group, plan.ItemsOf(r))
	}
	// Output:
	// part-00000-of-00002.arrow train [{a train} {c train}]
	// part-00001-of-00002.arrow test [{b test}]
}

func ExampleParseTask() {
	task, tasks, err := shard.ParseTask("0/3")
	fmt.Println(task, tasks, err)
	_, _, err = shard.ParseTask("3/3")
	fmt.Println(err)
	// Output:
	// 0 3 <nil>
	// shard: task "3/3", want I/N with 0 <= I < N, such as 0/3
}
