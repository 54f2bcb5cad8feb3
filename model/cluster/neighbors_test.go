package cluster_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vidcsl/model/cluster"
	"vidcsl/model/cpu"
	"vidcsl/model/op"
)

// detect runs a detector over features in groups of n / 40.
func detect(t *testing.T, o cpu.Options, n, partners int, share, attract float64, unseen ...int) (list, attracted op.Tensor, r cluster.FindReport) {
	t.Helper()
	const h = 24
	f, err := cluster.NewNeighbors(cpu.New(o), cluster.NeighborsOptions{Samples: n, Features: h, Partners: partners, Dims: 10, Neighbors: 15, Pseudo: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mean, residual, groups := normal(5, n, h, false), normal(6, n, h, false), normal(7, n/40, h, false)
	for i := range op.Data[float32](mean) {
		op.Data[float32](mean)[i] += op.Data[float32](groups)[i/h%(n/40)*h+i%h]
	}
	seen := slices.Repeat([]bool{true}, n)
	for _, i := range unseen {
		seen[i] = false
		op.Data[float32](mean)[i*h] = float32(math.NaN()) // and nobody looks
	}
	list, attracted, r, err = f.Find(context.Background(), mean, residual, seen, share, attract)
	if err != nil {
		t.Fatal(err)
	}
	again, alsoAttracted, _, err := f.Find(context.Background(), mean, residual, seen, share, attract)
	if err != nil || !reflect.DeepEqual(again, list) || !reflect.DeepEqual(alsoAttracted, attracted) {
		t.Errorf("a second time: something else, error %v", err)
	}
	return list, attracted, r
}

// TestFindSameOnAnyThreads: the bits do not depend on the number of threads, C's or Go's. More than one block of rows.
func TestFindSameOnAnyThreads(t *testing.T) {
	const n = 4200
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one, _, report := detect(t, cpu.Options{Threads: 1}, n, 60, 0.005, 0.001, 3, n-1)
	for threads := 2; threads <= 3; threads++ {
		runtime.GOMAXPROCS(threads)
		if got, _, r := detect(t, cpu.Options{Threads: threads}, n, 60, 0.005, 0.001, 3, n-1); !reflect.DeepEqual(got, one) || r != report {
			t.Errorf("%d threads find something else: %+v, %+v", threads, r, report)
		}
	}
	if len(pairs(t, one)) != report.Pairs || report.Pairs < n {
		t.Errorf("%d pairs, said %+v", len(pairs(t, one)), report)
	}
}

// TestShortLists: with too little room the lists stay mutual, are the best of those of long ones, and the report says that pairs were cut.
func TestShortLists(t *testing.T) {
	const n = 400
	long, _, all := detect(t, cpu.Options{}, n, n, 0.05, 0)
	short, none, r := detect(t, cpu.Options{}, n, 6, 0.05, 0)
	whole, cut := pairs(t, long), pairs(t, short)
	if all.Cut != 0 || r.Cut == 0 || len(cut) != r.Pairs || len(cut) == 0 || r.Pairs >= all.Pairs {
		t.Errorf("with room %+v, without %+v", all, r)
	}
	if len(pairs(t, none)) != 0 || r.Attracted != 0 {
		t.Errorf("a share of none: %d pairs", r.Attracted)
	}
	if math.Abs(float64(all.Pairs)-0.05*n*(n-1)/2) > 0.01*float64(all.Pairs) {
		t.Errorf("%d pairs of %d, want 5 %%", all.Pairs, n*(n-1)/2)
	}
	outside := 0
	for p := range cut {
		if !whole[p] {
			outside++
		}
	}
	if outside > len(cut)/4 { // the pseudo pairs were cut, too, so that the second pass sees something else
		t.Errorf("%d of %d pairs of short lists are not in long ones", outside, len(cut))
	}
}

// TestUnseen: samples that were not seen are in no list and change nothing, whatever their numbers.
func TestUnseen(t *testing.T) {
	const n = 200
	list, attracted, r := detect(t, cpu.Options{}, n, 30, 0.05, 0.01, 0, 17, 150)
	if r.Seen != n-3 || r.Attracted == 0 || r.Attracted >= r.Pairs || r.Score <= 0 {
		t.Errorf("report %+v", r)
	}
	for p := range pairs(t, list) {
		for _, i := range []int32{0, 17, 150} {
			if slices.Contains(p[:], i) {
				t.Errorf("%v are partners", p)
			}
		}
	}
	within := pairs(t, list)
	for p := range pairs(t, attracted) {
		if !within[p] {
			t.Errorf("%v are attracted and not partners", p)
		}
	}
	var all []int
	for i := range n {
		all = append(all, i)
	}
	for _, left := range []int{0, 1, 2} {
		if list, _, r := detect(t, cpu.Options{}, n, 30, 1, 0, all[left:]...); r.Seen != left || len(pairs(t, list)) != r.Pairs || r.Pairs > left/2 {
			t.Errorf("of %d samples: %+v", left, r)
		}
	}
}

// TestFlatFeatures: features without any variance, or with as many dimensions as say something, give numbers.
func TestFlatFeatures(t *testing.T) {
	const n, h = 50, 8
	f, err := cluster.NewNeighbors(cpu.New(cpu.Options{}), cluster.NeighborsOptions{Samples: n, Features: h, Partners: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	flat, line, rng := op.NewTensor(op.Of(op.F32, n, h)), op.NewTensor(op.Of(op.F32, n, h)), rand.New(rand.NewPCG(1, 1))
	for i := range n {
		v := float32(rng.NormFloat64())
		for j := range h {
			op.Data[float32](flat)[i*h+j], op.Data[float32](line)[i*h+j] = 3, v
		}
	}
	seen := slices.Repeat([]bool{true}, n)
	for _, c := range [][2]op.Tensor{{flat, flat}, {line, flat}, {flat, line}, {line, line}} {
		w, err := f.Whiten(context.Background(), c[0], c[1], seen)
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range op.Data[float32](w) {
			if v-v != 0 {
				t.Fatalf("whitened number %d is %v", i, v)
			}
		}
		if _, _, _, err := f.Find(context.Background(), c[0], c[1], seen, 0.1, 0.1); err != nil {
			t.Error(err)
		}
	}
}

func TestNeighborsErrors(t *testing.T) {
	e := cpu.New(cpu.Options{})
	for _, c := range []struct {
		o    cluster.NeighborsOptions
		want string
	}{
		{cluster.NeighborsOptions{Features: 4, Partners: 2}, "cluster: 0 samples, want at least 1"},
		{cluster.NeighborsOptions{Samples: 4, Features: 4}, "cluster: 0 partners, want at least 1"},
		{cluster.NeighborsOptions{Samples: 4, Features: 4, Partners: 2, Dims: -1}, "cluster: -1 dims, want at least 1"},
		{cluster.NeighborsOptions{Samples: 4, Features: 4, Partners: 2, Pseudo: 2}, "cluster: ridge 0.05 and a share of 2 pseudo pairs, want more than 0, and the share at most 1"},
	} {
		if _, err := cluster.NewNeighbors(e, c.o); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	f, err := cluster.NewNeighbors(e, cluster.NeighborsOptions{Samples: 3, Features: 2, Partners: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	x, bad, seen := normal(1, 3, 2, false), normal(1, 3, 2, false), []bool{true, true, true}
	op.Data[float32](bad)[4] = float32(math.NaN())
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	for _, c := range []struct {
		ctx            context.Context
		mean, residual op.Tensor
		share          float64
		want           string
	}{
		{context.Background(), x, normal(1, 2, 2, false), 0.1, "cluster: means f32[3 2], residuals f32[2 2] and 3 samples that may be seen, want f32[3 2] twice and 3"},
		{context.Background(), bad, x, 0.1, "cluster: mean of sample 2 holds NaN, want finite numbers"},
		{context.Background(), x, bad, 0.1, "cluster: residual of sample 2 holds NaN, want finite numbers"},
		{context.Background(), x, x, 1.5, "cluster: a share of 1.5 of all pairs, want 0 to 1"},
		{ctx, x, x, 0.5, "enough"},
	} {
		if _, _, _, err := f.Find(c.ctx, c.mean, c.residual, seen, c.share, 0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
