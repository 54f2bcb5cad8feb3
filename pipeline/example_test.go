package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"vidcsl/pipeline"
)

func words(g *pipeline.Graph, text string) *pipeline.Port[string] {
	return pipeline.From(g, "words", func(_ context.Context, emit pipeline.Emit[string]) error {
		for _, w := range strings.Fields(text) {
			if err := emit(w); err != nil {
				return err
			}
		}
		return nil
	})
}

func printer[T any](_ context.Context, v T) error {
	fmt.Println(v)
	return nil
}

func Example() {
	g := pipeline.NewGraph()
	loud := pipeline.Via(words(g, "clip view anchor positive negative"), "loud", pipeline.Map(func(_ context.Context, w string) (string, error) {
		return strings.ToUpper(w), nil
	}), pipeline.Workers(4))
	pairs := pipeline.Via(loud, "pairs", pipeline.Batch[string](2))
	pipeline.Into(pairs, "print", printer[[]string])
	if err := g.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [CLIP VIEW]
	// [ANCHOR POSITIVE]
	// [NEGATIVE]
}

// longest keeps the longest word and hands it on at the end.
type longest struct{ word string }

func (l *longest) Process(_ context.Context, in string, _ pipeline.Emit[string]) error {
	if len(in) > len(l.word) {
		l.word = in
	}
	return nil
}

func (l *longest) Flush(_ context.Context, emit pipeline.Emit[string]) error { return emit(l.word) }

// A stage with a state is a type; the factory makes one per worker.
func ExampleStage() {
	g := pipeline.NewGraph()
	l := pipeline.Via(words(g, "clip view anchor positive"), "longest", func() (pipeline.Stage[string, string], error) {
		return &longest{}, nil
	})
	pipeline.Into(l, "print", printer[string])
	if err := g.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output: positive
}

func ExampleOnError() {
	g := pipeline.NewGraph()
	g.OnSkip(func(s pipeline.Skipped) { fmt.Printf("skipped item %d: %v\n", s.Seq, s.Err) })
	short := pipeline.Via(words(g, "clip view anchor bank"), "short", pipeline.Map(func(_ context.Context, w string) (string, error) {
		if len(w) > 4 {
			return "", errors.New("too long")
		}
		return w, nil
	}), pipeline.OnError(pipeline.Skip.Max(0.5)))
	pipeline.Into(pipeline.Via(short, "all", pipeline.Batch[string](9)), "print", printer[[]string])
	if err := g.Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// skipped item 2: too long
	// [clip view bank]
}

func ExampleGraph_Mermaid() {
	g := pipeline.NewGraph()
	loud := pipeline.Via(words(g, ""), "loud", pipeline.Map(func(_ context.Context, w string) (string, error) {
		return strings.ToUpper(w), nil
	}), pipeline.Workers(4))
	for i, p := range pipeline.Tee(loud, "tee", 2) {
		pipeline.Into(p, fmt.Sprintf("sink %d", i), printer[string])
	}
	fmt.Print(g.Mermaid())
	// Output:
	// flowchart LR
	//     n0(["words"])
	//     n1["loud<br>4 workers"]
	//     n2{{"tee"}}
	//     n3[("sink 0")]
	//     n4[("sink 1")]
	//     n0 --> n1
	//     n1 --> n2
	//     n2 --> n3
	//     n2 --> n4
}

// A run that ends early goes on later with what is missing.
func ExampleGraph_Resume() {
	build := func(stop func()) *pipeline.Graph {
		g := pipeline.NewGraph()
		n := pipeline.FromState(g, "numbers", func(_ context.Context, from int, emit func(v, next int) error) error {
			for i := from; i < 7; i++ {
				if err := emit(i, i+1); err != nil {
					return err
				}
			}
			return nil
		})
		pairs := pipeline.Via(n, "pairs", pipeline.Batch[int](2))
		pipeline.Into(pairs, "print", func(_ context.Context, p []int) error {
			fmt.Println(p)
			if p[0] == 2 {
				stop()
			}
			return nil
		})
		return g
	}
	ctx, cancel := context.WithCancel(context.Background())
	g := build(cancel)
	fmt.Println(g.Run(ctx))
	position, err := g.Position()
	if err != nil {
		fmt.Println(err)
	}
	saved, _ := json.Marshal(position)

	var loaded pipeline.Position
	if err := json.Unmarshal(saved, &loaded); err != nil {
		fmt.Println(err)
	}
	g = build(func() {})
	g.Resume(loaded)
	fmt.Println(g.Run(context.Background()))
	// Unordered output:
	// [0 1]
	// [2 3]
	// context canceled
	// [4 5]
	// [6]
	// <nil>
}

func ExampleRand() {
	fmt.Println(pipeline.Rand(1, "crop", "a.mp4#0").IntN(100))
	fmt.Println(pipeline.Rand(1, "crop", "a.mp4#1").IntN(100))
	fmt.Println(pipeline.Rand(1, "crop", "a.mp4#0").IntN(100))
	// Output:
	// 90
	// 67
	// 90
}
