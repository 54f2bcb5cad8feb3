// Package shard writes the result of a large job as Arrow IPC files that any task of the job can make, in any order,
// twice without harm, and that are the same bytes in the end.
//
// A [Plan] fixes which item belongs to which shard before anything is done. A [Run] is an output directory being filled:
//
//	OUT/manifest.json                      what the run is, and one entry per finished shard
//	    part-00012-of-00096.arrow          the rows of one shard, Arrow IPC file format
//	    failures.arrow                     every item that was asked for and not delivered
//	    failures/part-00012-of-00096.arrow the same per shard, where there are any
//	    .lock                              empty
//
// # What holds
//
//   - A file with a final name is whole: it was written under a temporary name, synced and renamed. Then the
//     manifest is replaced in the same way, under a lock on the directory. After a kill at any moment, [Open] with
//     Options.Resume goes on with the shards that are not listed.
//   - Every planned item is exactly one row or exactly one [Failure]; [Writer.Commit] refuses anything else.
//   - The same plan and the same record batches give the same bytes in every file but .lock, whatever the order in
//     which shards end, the number of tasks, and the number of times the run was resumed. Compressed shards
//     also depend on the version of the compressor in the binary.
//   - [Verify] finds what happened to the files since.
//
// # A complete program
//
//	package main
//
//	import (
//		"fmt"
//		"log"
//
//		"github.com/apache/arrow/go/v15/arrow"
//		"github.com/apache/arrow/go/v15/arrow/array"
//		"github.com/apache/arrow/go/v15/arrow/memory"
//
//		"vidcsl/pipeline/shard"
//	)
//
//	func main() {
//		items := []shard.Item{{Key: "a"}, {Key: "b"}, {Key: "c"}}
//		plan, err := shard.NewPlan(items, 2, "seed=1")
//		if err != nil {
//			log.Fatal(err)
//		}
//		run, err := shard.Open("out", plan, shard.Options{Resume: true})
//		if err != nil {
//			log.Fatal(err)
//		}
//		defer run.Close()
//		for _, r := range run.Pending() {
//			if err := fill(run, plan, r); err != nil {
//				log.Fatal(err)
//			}
//		}
//		if err := run.Finish(); err != nil {
//			log.Fatal(err)
//		}
//		report, err := shard.Verify("out")
//		if err != nil {
//			log.Fatal(err)
//		}
//		fmt.Println(report.Rows, "rows,", report.Failures, "failures, ok:", report.OK)
//	}
//
//	var schema = arrow.NewSchema([]arrow.Field{{Name: shard.KeyColumn, Type: arrow.BinaryTypes.String}}, nil)
//
//	func fill(run *shard.Run, plan *shard.Plan, r shard.Range) error {
//		w, err := run.Begin(r, schema)
//		if err != nil {
//			return err
//		}
//		defer w.Abort() // does nothing after Commit
//		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
//		defer b.Release()
//		for _, item := range plan.ItemsOf(r) {
//			b.Field(0).(*array.StringBuilder).Append(item.Key)
//		}
//		rec := b.NewRecord()
//		defer rec.Release()
//		if err := w.Write(rec); err != nil {
//			return err
//		}
//		_, err = w.Commit()
//		return err
//	}
//
// # Several tasks
//
// Processes that share the directory through a file system with working flock each open it with their own Options.Task; the last
// to call [Run.Finish] sees the failures of all. The package needs a Unix system.
//
// # Cost
//
// A commit syncs the part, the manifest and the folder, and rewrites the manifest, some 500 bytes per finished shard: 20 to 40 ms
// in a run of a thousand shards on a virtual disk. A row costs a map lookup; its pixels are hashed (SHA-256) and
// written once, and copied only to be compressed: 64 MB of raw clips take 0.1 s in memory.
package shard
