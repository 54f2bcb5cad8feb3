package feed

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vidcsl/cmd/internal/preprocess"
	"vidcsl/model"
	"vidcsl/model/op"
)

// sets are data sets of all kinds.
func sets(t *testing.T) map[string]string {
	s := map[string]string{"videos": clean(t), "videos with failures": hurt(t)}
	for _, how := range []string{"raw", "lz4", "zstd", "jpeg", "h264"} {
		s[how] = shardsOf(t, how)
	}
	return s
}

// The batches do not depend on the number of workers, and go on from any cursor as if there had been no end.
func TestSameBatches(t *testing.T) {
	for name, path := range sets(t) {
		t.Run(name, func(t *testing.T) {
			noGoroutineLeft(t)
			const n = 9 // more than three epochs
			o := options()
			o.Augment = recipe(t, "mocov2")
			var first []seen
			for _, workers := range []int{1, 8} {
				o.Workers = workers
				d := open(t, path, o)
				got := take(t, d.Batches(t.Context(), model.Cursor{}), n)
				if first == nil {
					first = got
				}
				if !reflect.DeepEqual(got, first) {
					t.Fatalf("%d workers: %v\nwant %v", workers, got, first)
				}
				for i, at := range got[:4] {
					if rest := take(t, d.Batches(t.Context(), at.Next), 3); !reflect.DeepEqual(rest, first[i+1:i+4]) {
						t.Errorf("from %+v on: %v\nwant %v", at.Next, rest, first[i+1:i+4])
					}
				}
			}
			o.Seed++
			if other := take(t, open(t, path, o).Batches(t.Context(), model.Cursor{}), 1); other[0].Digest == first[0].Digest {
				t.Error("another seed gives the same batch")
			}
		})
	}
}

// An epoch has each sample once, in another order than the one before, drawn anew.
func TestEpochs(t *testing.T) {
	for name, path := range map[string]string{"videos": clean(t), "shards": shardsOf(t, "raw")} {
		t.Run(name, func(t *testing.T) {
			o := options()
			o.Batch = 11
			d := open(t, path, o)
			info := d.Info()
			if len(info.Keys) != 11 || len(info.Labels) != 11 || len(info.Classes) != 4 || info.Shape != [4]int{6, 16, 16, 3} || info.Batch != 11 || info.Views != 2 {
				t.Fatalf("%+v", info)
			}
			counts := map[int32]int{}
			views := map[string]bool{}
			orders := map[string]bool{}
			batches := 0
			for b, err := range d.Batches(t.Context(), model.Cursor{}) {
				if err != nil {
					t.Fatal(err)
				}
				for k, i := range b.Index {
					counts[i]++
					class := info.Classes[b.Labels[k]]
					if b.Labels[k] != info.Labels[i] || !strings.HasPrefix(info.Keys[i], class+"/") {
						t.Fatalf("sample %d (%s) is labelled %s", i, info.Keys[i], class)
					}
					for _, v := range b.Views {
						row := v.Len() / v.Shape[0]
						views[string(op.Data[uint8](v)[k*row:(k+1)*row])] = true
					}
				}
				orders[fmt.Sprint(b.Index)] = true
				if batches++; batches == 6 {
					break
				}
			}
			for i := range info.Keys {
				if counts[int32(i)] != 6 {
					t.Errorf("%s %d times in six epochs", info.Keys[i], counts[int32(i)])
				}
			}
			if len(orders) != 6 {
				t.Errorf("%d orders in 6 batches", len(orders))
			}
			if len(views) < 20 { // of 132 draws
				t.Errorf("only %d different views", len(views))
			}
		})
	}
}

// Where a run holds several views and nothing is to be done to them, they are the views, to the byte.
func TestStoredViews(t *testing.T) {
	for _, how := range []string{"raw", "h264"} {
		path := run(t, "views-"+how, func(j *preprocess.Job) { j.Config.Views, j.Config.Store = 2, how })
		o := options()
		o.Frames, o.Stride, o.Size = 0, 0, 0
		d := open(t, path, o)
		s := d.data.(*shards)
		for b, err := range d.Batches(t.Context(), model.Cursor{}) {
			if err != nil {
				t.Fatal(err)
			}
			for k, i := range b.Index {
				src, err := s.files[s.list[i].file].read(t.Context(), s.item(int(i)), int(s.list[i].at), 2, d.alloc)
				if err != nil {
					t.Fatal(err)
				}
				for v, want := range src.Video.(stored) {
					row := len(want.Bytes())
					if !slices.Equal(op.Data[uint8](b.Views[v])[k*row:(k+1)*row], want.Bytes()) {
						t.Errorf("%s: view %d of sample %d is not the stored one", how, v, i)
					}
				}
				src.Release()
			}
			break
		}
	}
}

// The stored clips of one video are one sample. In training they take turns.
func TestClipsOfOneVideo(t *testing.T) {
	path := run(t, "clips", func(j *preprocess.Job) { j.Config.ClipsPerVideo = 3 })
	o := options()
	o.Batch = 11
	d := open(t, path, o)
	s := d.data.(*shards)
	if n := len(d.Info().Keys); n != 11 || len(s.list) != 33 {
		t.Fatalf("%d samples, %d rows", n, len(s.list))
	}
	rows := map[int]int{}
	for e := range 6 {
		at := order{data: s}.epoch(e)
		for i := range 11 {
			row, _ := at(i)
			rows[row]++
		}
	}
	counts := map[int32]int{}
	for b, err := range d.Clips(t.Context(), 1) {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range b.Index {
			counts[i]++
		}
	}
	for i := range s.list {
		if rows[i] != 2 {
			t.Errorf("row %d %d times in 6 epochs of one of three", i, rows[i])
		}
		if n := counts[s.list[i].sample]; n != 3 {
			t.Errorf("sample %d has %d clips", s.list[i].sample, n)
		}
	}
	for k, b := range take(t, d.Batches(t.Context(), model.Cursor{}), 4) {
		if b.Next.Epoch != k+1 {
			t.Errorf("batch %d ends at %+v", k, b.Next)
		}
	}
}

// The memory of a batch is used again.
func TestFewBuffers(t *testing.T) {
	d := open(t, shardsOf(t, "raw"), options())
	where := map[*uint8]bool{}
	n := 0
	for b, err := range d.Batches(t.Context(), model.Cursor{}) {
		if err != nil {
			t.Fatal(err)
		}
		where[&op.Data[uint8](b.Views[0])[0]] = true
		if n++; n == 30 {
			break
		}
	}
	if len(where) > 4 {
		t.Errorf("%d buffers for 30 batches", len(where))
	}
}

func TestBatchesEnd(t *testing.T) {
	noGoroutineLeft(t)
	d := open(t, clean(t), options())
	if d.Bottleneck() != "" || d.Stats() != nil {
		t.Error("counters before a loop")
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	n := 0
	var last error
	for _, err := range d.Batches(ctx, model.Cursor{}) {
		if last = err; err != nil {
			break
		}
		if n++; n == 2 {
			cancel(why)
		}
	}
	if !errors.Is(last, why) {
		t.Errorf("ended with %v", last)
	}
	var names []string
	for _, s := range d.Stats() {
		names = append(names, s.Name)
	}
	if got := strings.Join(names, " "); got != "list probe plan decode collate train" {
		t.Errorf("stages %s", got)
	}
	if b := d.Bottleneck(); !slices.Contains(names, b) {
		t.Errorf("bottleneck %q", b)
	}
}

// Every sample comes once, in order, from its middle, whatever is done to the views of training.
func TestClips(t *testing.T) {
	for name, path := range sets(t) {
		t.Run(name, func(t *testing.T) {
			noGoroutineLeft(t)
			o := options()
			o.Augment = recipe(t, "mocov2")
			d := open(t, path, o)
			info := d.Info()
			all := take(t, d.Clips(t.Context(), 1), 0)
			var index []string
			for i, key := range info.Keys {
				if !strings.Contains(key, "bad.mp4") {
					index = append(index, fmt.Sprint(i))
				}
			}
			got := ""
			for _, b := range all {
				got += strings.Trim(b.Index, "[]") + " "
			}
			if got = strings.TrimSpace(got); len(all) != 3 || got != strings.Join(index, " ") {
				t.Errorf("samples %s in %d batches, want %s in 3", got, len(all), strings.Join(index, " "))
			}
			o.Seed, o.Workers, o.Augment = 99, 5, Default().Augment
			if again := take(t, open(t, path, o).Clips(t.Context(), 1), 0); !reflect.DeepEqual(again, all) {
				t.Error("not the same with another seed")
			}
			three := take(t, d.Clips(t.Context(), 3), 0)
			if want := 3 * len(index); len(three) != (want+3)/4 {
				t.Errorf("%d batches of three clips each, want %d", len(three), (want+3)/4)
			}
		})
	}
}
