package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vidcsl/pipeline"
)

// watched is a graph of four nodes whose middle works long on each item.
func watched(n int) *pipeline.Graph {
	g := pipeline.NewGraph()
	src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[sized]) error {
		for range n {
			if err := emit(7); err != nil {
				return err
			}
		}
		return nil
	})
	slow := pipeline.Via(src, "slow", pipeline.Map(func(_ context.Context, s sized) (sized, error) {
		time.Sleep(2 * time.Millisecond)
		return 2 * s, nil
	}), pipeline.Workers(2))
	pair := pipeline.Via(slow, "pair", pipeline.Batch[sized](2))
	collect(pair, "sink")
	return g
}

func TestStats(t *testing.T) {
	g := watched(40)
	if b := g.Bottleneck(); b != "" {
		t.Errorf("bottleneck %q before the run", b)
	}
	run(t, g)
	s := g.Stats()
	type row struct {
		Name              string
		Kind              pipeline.Kind
		In, Out           uint64
		BytesIn, BytesOut int64
	}
	var got []row
	for _, s := range s {
		got = append(got, row{s.Name, s.Kind, s.In, s.Out, s.BytesIn, s.BytesOut})
	}
	wantSame(t, "stats", got, []row{
		{"src", pipeline.KindSource, 0, 40, 0, 280},
		{"slow", pipeline.KindStage, 40, 40, 280, 560},
		{"pair", pipeline.KindStage, 40, 20, 560, 560},
		{"sink", pipeline.KindSink, 20, 0, 560, 0},
	})
	if b := g.Bottleneck(); b != "slow" {
		t.Errorf("bottleneck %q, want slow: %+v", b, s)
	}
	// 40 items of at least 2 ms each, whatever else the machine does meanwhile.
	if s[1].Busy < 80*time.Millisecond {
		t.Errorf("slow was busy for %v", s[1].Busy)
	}
	if s[0].Blocked == 0 || s[3].Waiting == 0 {
		t.Errorf("nobody waited: %+v", s)
	}
	for _, s := range s {
		if s.Workers != 0 || s.Queue != 0 || s.QueueBytes != 0 {
			t.Errorf("left over: %+v", s)
		}
		if l := s.Load(); l < 0 || l > 1 {
			t.Errorf("load %g", l)
		}
	}
	// The clocks have stopped.
	if again := g.Stats(); again[1].Busy != s[1].Busy || again[3].Waiting != s[3].Waiting {
		t.Errorf("time goes on after the end: %+v, %+v", s, again)
	}
}

func TestStatsWhileRunning(t *testing.T) {
	g := pipeline.NewGraph()
	began, end := make(chan struct{}), make(chan struct{})
	src := pipeline.From(g, "src", func(_ context.Context, emit pipeline.Emit[int]) error {
		time.Sleep(20 * time.Millisecond) // so that the others wait first
		return errors.Join(emit(0), emit(1))
	})
	collect(pipeline.Via(src, "stuck", pipeline.Map(func(_ context.Context, i int) (int, error) {
		if i == 0 {
			close(began)
			<-end
		}
		return i, nil
	})), "sink")
	done := make(chan error)
	go func() { done <- g.Run(t.Context()) }()
	<-began
	var before time.Duration
	for range 50 { // a call that goes on is counted
		time.Sleep(time.Millisecond)
		s := g.Stats()
		if s[1].Busy <= before {
			t.Errorf("busy time stands still at %v", before)
		}
		before = s[1].Busy
	}
	if b := g.Bottleneck(); b != "stuck" {
		t.Errorf("bottleneck %q", b)
	}
	close(end)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCollector(t *testing.T) {
	g := watched(10)
	run(t, g)
	c := g.Collector(prometheus.Labels{"run": "1"})
	reg := prometheus.NewPedanticRegistry()
	if err := reg.Register(c); err != nil {
		t.Fatal(err)
	}
	if problems, err := testutil.GatherAndLint(reg); err != nil || len(problems) > 0 {
		t.Errorf("lint: %v %v", problems, err)
	}
	want := `
# HELP pipeline_items_total Values taken and handed on.
# TYPE pipeline_items_total counter
pipeline_items_total{direction="in",run="1",stage="pair"} 10
pipeline_items_total{direction="in",run="1",stage="sink"} 5
pipeline_items_total{direction="in",run="1",stage="slow"} 10
pipeline_items_total{direction="in",run="1",stage="src"} 0
pipeline_items_total{direction="out",run="1",stage="pair"} 5
pipeline_items_total{direction="out",run="1",stage="sink"} 0
pipeline_items_total{direction="out",run="1",stage="slow"} 10
pipeline_items_total{direction="out",run="1",stage="src"} 10
# HELP pipeline_skipped_total Inputs given up.
# TYPE pipeline_skipped_total counter
pipeline_skipped_total{run="1",stage="pair"} 0
pipeline_skipped_total{run="1",stage="sink"} 0
pipeline_skipped_total{run="1",stage="slow"} 0
pipeline_skipped_total{run="1",stage="src"} 0
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "pipeline_items_total", "pipeline_skipped_total"); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(c, "pipeline_seconds_total"); n != 12 {
		t.Errorf("%d series of seconds", n)
	}
	// Two graphs share a registry if their labels differ.
	if err := reg.Register(watched(1).Collector(prometheus.Labels{"run": "2"})); err != nil {
		t.Error(err)
	}
}

func drawn() *pipeline.Graph {
	g := pipeline.NewGraph()
	id := pipeline.Map(func(_ context.Context, i int) (int, error) { return i, nil })
	a := pipeline.Via(count(g, 1), `de"code`, id, pipeline.Workers(4), pipeline.OnError(pipeline.Retry(2).ThenSkip().Max(0.01)))
	ports := pipeline.Tee(a, "tee", 2)
	b := pipeline.Via(ports[0], "auto", id, pipeline.Workers(pipeline.Auto), pipeline.Unordered(), pipeline.OnError(pipeline.Skip),
		pipeline.Budget(1<<20), pipeline.SizeBy(func(int) int64 { return 1 }))
	collect(pipeline.Merge("merge", b, ports[1]), "sink")
	return g
}

func TestMermaid(t *testing.T) {
	const want = `flowchart LR
    n0(["count"])
    n1["de#quot;code<br>4 workers, retry 2, skip up to 1 %"]
    n2{{"tee"}}
    n3["auto<br>auto workers, unordered, 1 MiB, skip"]
    n4{{"merge"}}
    n5[("sink")]
    n0 --> n1
    n1 --> n2
    n2 --> n3
    n3 --> n4
    n2 --> n4
    n4 --> n5
`
	if got := drawn().Mermaid(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDOT(t *testing.T) {
	want := fmt.Sprintf(`digraph pipeline {
    rankdir=LR;
    n0 [shape=oval, label="count"];
    n1 [shape=box, label="de\"code\n4 workers, retry 2, skip up to 1 %s"];
    n2 [shape=triangle, label="tee"];
    n3 [shape=box, label="auto\nauto workers, unordered, 1 MiB, skip"];
    n4 [shape=invtriangle, label="merge"];
    n5 [shape=cylinder, label="sink"];
    n0 -> n1;
    n1 -> n2;
    n2 -> n3;
    n3 -> n4;
    n2 -> n4;
    n4 -> n5;
}
`, "%")
	if got := drawn().DOT(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
