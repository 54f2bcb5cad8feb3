// Package pipeline runs typed stages as a concurrent graph: sources, stages with
// any number of workers, branches and sinks. It keeps the order of the items, the
// rules of ownership, the bounds on memory, and the books on who waits for whom;
// a stage is a function of one item. It knows nothing of video.
//
// A complete program:
//
//	package main
//
//	import (
//		"context"
//		"fmt"
//		"strings"
//
//		"vidcsl/pipeline"
//	)
//
//	func main() {
//		g := pipeline.NewGraph()
//		words := pipeline.From(g, "words", func(ctx context.Context, emit pipeline.Emit[string]) error {
//			for _, w := range strings.Fields("clip view anchor positive negative") {
//				if err := emit(w); err != nil {
//					return err
//				}
//			}
//			return nil
//		})
//		loud := pipeline.Via(words, "loud", pipeline.Map(func(_ context.Context, w string) (string, error) {
//			return strings.ToUpper(w), nil
//		}), pipeline.Workers(4))
//		pairs := pipeline.Via(loud, "pairs", pipeline.Batch[string](2))
//		pipeline.Into(pairs, "print", func(_ context.Context, p []string) error {
//			fmt.Println(p)
//			return nil
//		})
//		if err := g.Run(context.Background()); err != nil {
//			fmt.Println(err)
//		}
//	}
//
// # Order
//
// A stage delivers its outputs in the order of its inputs, at any number of
// workers, so the result of a graph does not depend on how many there are. The
// option Unordered and the function Merge give that up where they are used.
//
// # Ownership
//
// Values with the methods Retain and Release (an Arrow record, a clip) are counted
// references. Elements of a slice are treated like the slice's own.
//
//  1. The input of Process and of a sink is borrowed: the engine releases it after
//     the call on every path. To keep it, Retain.
//  2. What a stage builds is its own until emit. Emit takes it, also when it
//     returns an error; never Release after emit.
//  3. Tee retains once per further branch. What is left in the graph at the end,
//     however it ends, is released by Run.
//  4. Nobody changes an input: others may read it.
//
// # Failure
//
// The first failure ends the run. It is a *StageError that names stage, item and
// key; a panic is one too, with its stack. OnError makes a stage retry or skip
// instead. A cancelled run returns the cause. In every case Run returns when the
// last goroutine has, so a stage that ignores its context holds it up.
//
// # Memory
//
// A queue between two stages is bounded by a number of values (Window) and, if
// asked for, by bytes (Budget).
//
// # Going on after an end
//
// Graph.Position says at any time what has been delivered; a graph that is given
// it by Graph.Resume delivers exactly the rest.
//
// # Cost
//
// An ordered stage with 4 workers costs below a microsecond per item, its queues
// and counters included (BenchmarkOrdered).
package pipeline
