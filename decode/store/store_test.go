package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/internal/enc"
	"vidcsl/pipeline/shard"
)

func pictures(n int, s enc.Shape) []picture {
	all := make([]picture, n)
	for i := range all {
		all[i] = smooth(s, float64(8*i))
	}
	return all
}

// The schema said before is that of the records, and decoding gives back the first one.
func TestSchemas(t *testing.T) {
	mem := checked(t)
	raw := batch(mem, pictures(2, enc.Shape{T: 2, H: 8, W: 8})...)
	defer raw.Release()
	for _, c := range codecs {
		o := Options{Codec: c}
		schema, err := EncodedSchema(raw.Schema(), o)
		if err != nil {
			t.Fatal(err)
		}
		coded, err := Encode(context.Background(), mem, raw, o)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(context.Background(), mem, coded, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !coded.Schema().Equal(schema) || !DecodedSchema(schema).Equal(raw.Schema()) || !back.Schema().Equal(raw.Schema()) {
			t.Errorf("%s: schemas differ: %v, %v, %v", c, schema, coded.Schema(), back.Schema())
		}
		if got := coded.Schema().Metadata().Values(); !slices.Equal(got, []string{"a test"}) {
			t.Errorf("metadata %v", got)
		}
		for _, name := range []int{0, 2} {
			if !array.Equal(raw.Column(name), back.Column(name)) {
				t.Errorf("%s: column %d changed", c, name)
			}
		}
		if again, err := Encode(context.Background(), mem, coded, o); err == nil || !strings.Contains(err.Error(), `"view_0" is encoded_clip<`+string(c)) {
			t.Errorf("encoding twice: %v, %v", again, err)
		}
		coded.Release()
		back.Release()
	}
	same, err := Decode(context.Background(), mem, raw, 0)
	if err != nil || same != raw {
		t.Errorf("a raw record is decoded to %v, %v", same, err)
	}
	same.Release()
}

func TestRefusedSchemas(t *testing.T) {
	u8 := arrow.PrimitiveTypes.Uint8
	for want, f := range map[string]arrow.Field{
		"no column view_0":   {Name: "views", Type: shard.FixedShapeTensor(u8, 1, 8, 8, 3)},
		"shape [1 8 8],":     {Name: "view_0", Type: shard.FixedShapeTensor(u8, 1, 8, 8)},
		"shape [1 8 8 1],":   {Name: "view_0", Type: shard.FixedShapeTensor(u8, 1, 8, 8, 1)},
		"at most 16384":      {Name: "view_0", Type: shard.FixedShapeTensor(u8, 1, 8, 20000, 3)},
		"tensor<uint8>":      {Name: "view_12", Type: shard.FixedShapeTensor(arrow.PrimitiveTypes.Float32, 1, 8, 8, 3)},
		`"view_0" is binary`: {Name: "view_0", Type: arrow.BinaryTypes.Binary},
	} {
		if _, err := EncodedSchema(arrow.NewSchema([]arrow.Field{f}, nil), Options{Codec: JPEG}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	for want, o := range map[string]Options{
		`codec "", want one of jpeg, h264`: {},
		"quality is 101":                   {Codec: JPEG, Quality: 101},
		"crf is 52":                        {Codec: H264, CRF: 52},
		"gop is -1":                        {Codec: H264, GOP: -1},
		"workers is 2000":                  {Codec: JPEG, Workers: 2000},
	} {
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The same pixels give the same bytes, whatever the workers and what else they code.
func TestDeterministic(t *testing.T) {
	mem := checked(t)
	all := pictures(6, enc.Shape{T: 9, H: 34, W: 32})
	for _, o := range bothCodecs {
		var want [][]byte
		for _, workers := range []int{1, 2, 8, 8, 1} {
			o.Workers = workers
			raw := batch(mem, all...)
			coded, err := Encode(context.Background(), mem, raw, o)
			if err != nil {
				t.Fatal(err)
			}
			var got [][]byte
			for _, column := range []int{1, 3} {
				for i := range all {
					got = append(got, bytes.Join(coded.Column(column).(*ClipArray).Files(i), nil))
				}
			}
			if want == nil {
				want = got
			}
			if !slices.EqualFunc(got, want, bytes.Equal) || !slices.EqualFunc(got[:6], got[6:], bytes.Equal) {
				t.Errorf("%s: other bytes with %d workers", o.Codec, workers)
			}
			coded.Release()
			raw.Release()
		}
		for _, word := range []string{"x264", "Lavf", "Lavc", "options:"} {
			if bytes.Contains(want[0], []byte(word)) {
				t.Errorf("%s: the bytes contain %q", o.Codec, word)
			}
		}
		// alone it is the same as among others
		_, size := roundtrip(t, all[3], o)
		if size != len(want[3]) {
			t.Errorf("%s: %d bytes alone, %d among others", o.Codec, size, len(want[3]))
		}
	}
}

// A slice of a record is coded and decoded as what it shows.
func TestSlices(t *testing.T) {
	mem := checked(t)
	all := pictures(5, enc.Shape{T: 2, H: 16, W: 16})
	raw := batch(mem, all...)
	defer raw.Release()
	for _, o := range bothCodecs[:2] {
		part := raw.NewSlice(1, 4)
		coded, err := Encode(context.Background(), mem, part, o)
		if err != nil {
			t.Fatal(err)
		}
		tail := coded.NewSlice(1, 3)
		back, err := Decode(context.Background(), mem, tail, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if db := psnr(all[i+2].rgb, back.Column(3).(*shard.TensorArray).Row(i)); db < 20 {
				t.Errorf("%s: row %d: %.1f dB", o.Codec, i, db)
			}
		}
		for _, r := range []arrow.Record{part, coded, tail, back} {
			r.Release()
		}
	}
	none := raw.NewSlice(2, 2)
	defer none.Release()
	coded, err := Encode(context.Background(), mem, none, Options{Codec: JPEG})
	if err != nil {
		t.Fatal(err)
	}
	defer coded.Release()
	back, err := Decode(context.Background(), mem, coded, 0)
	if err != nil || back.NumRows() != 0 {
		t.Fatal(back, err)
	}
	back.Release()
}

// The end of the context ends the call with its cause, and leaves nothing.
func TestCancel(t *testing.T) {
	mem := checked(t)
	raw := batch(mem, pictures(4, enc.Shape{T: 16, H: 64, W: 64})...)
	defer raw.Release()
	cause := errors.New("enough")
	for _, o := range bothCodecs[:2] {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		if rec, err := Encode(ctx, mem, raw, o); !errors.Is(err, cause) {
			t.Errorf("%s: encode gave %v, %v", o.Codec, rec, err)
		}
		coded, err := Encode(context.Background(), mem, raw, o)
		if err != nil {
			t.Fatal(err)
		}
		if rec, err := Decode(ctx, mem, coded, 0); !errors.Is(err, cause) {
			t.Errorf("%s: decode gave %v, %v", o.Codec, rec, err)
		}
		coded.Release()
		// and in the middle: whichever comes first, no leak and no other error
		for k := range 5 {
			ctx, cancel := context.WithCancelCause(context.Background())
			alloc := &trip{Allocator: mem, left: k, fn: func() { cancel(cause) }}
			rec, err := Encode(ctx, alloc, raw, o)
			if err == nil {
				rec.Release()
			} else if !errors.Is(err, cause) {
				t.Errorf("%s: %v", o.Codec, err)
			}
			cancel(nil)
		}
	}
}

// trip calls fn at an allocation.
type trip struct {
	memory.Allocator
	left int
	fn   func()
}

func (a *trip) Allocate(n int) []byte {
	if a.left--; a.left == 0 {
		a.fn()
	}
	return a.Allocator.Allocate(n)
}

// A row without pixels is an error that names it.
func TestNullRows(t *testing.T) {
	mem := checked(t)
	typ := newClipType([]int{1, 8, 8, 3}, Options{Codec: H264})
	b := array.NewBinaryBuilder(mem, arrow.BinaryTypes.Binary)
	defer b.Release()
	b.AppendNull()
	storage := b.NewArray()
	defer storage.Release()
	column := array.NewExtensionArrayWithStorage(typ, storage)
	defer column.Release()
	rec := array.NewRecord(arrow.NewSchema([]arrow.Field{{Name: "view_0", Type: typ, Nullable: true}}, nil), []arrow.Array{column}, 1)
	defer rec.Release()
	_, err := Decode(context.Background(), mem, rec, 0)
	var row *RowError
	if !errors.As(err, &row) || !errors.Is(err, errNull) || row.Key != "row 0" || row.Column != "view_0" {
		t.Errorf("got %v", err)
	}
}

func TestTypeText(t *testing.T) {
	typ := newClipType([]int{2, 8, 10, 3}, Options{Codec: JPEG})
	if got := fmt.Sprint(typ); got != "encoded_clip<jpeg>[2,8,10,3]" {
		t.Error(got)
	}
	if got := typ.Serialize(); got != `{"codec":"jpeg","shape":[2,8,10,3],"chroma":"4:2:0","quality":90}` {
		t.Error(got)
	}
	for _, bad := range []string{`{`, `{"codec":"av1","shape":[1,8,8,3]}`, `{"codec":"jpeg","shape":[1,8,8]}`, `{"codec":"jpeg","shape":[100000,1000,1000,3]}`, `{"codec":"h264","shape":[1,8,8,3]}`} {
		if got, err := typ.Deserialize(typ.StorageType(), bad); err == nil {
			t.Errorf("%s gave %v", bad, got)
		}
	}
}
