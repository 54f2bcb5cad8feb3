package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode/internal/enc"
	"vidcsl/pipeline/shard"
)

// stored makes a record of one column of encoded rows with the key "k".
func stored(t testing.TB, mem memory.Allocator, s enc.Shape, c Codec, rows ...[][]byte) arrow.Record {
	t.Helper()
	typ := newClipType([]int{s.T, s.H, s.W, 3}, Options{Codec: c})
	a, err := column(mem, typ, rows)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Release()
	keys := array.NewStringBuilder(mem)
	defer keys.Release()
	for range rows {
		keys.Append("k")
	}
	key := keys.NewArray()
	defer key.Release()
	schema := arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.BinaryTypes.String}, {Name: "view_7", Type: typ}}, nil)
	return array.NewRecord(schema, []arrow.Array{key, a}, int64(len(rows)))
}

func filesOf(t testing.TB, p picture, o Options) [][]byte {
	t.Helper()
	files, err := encodeRow(context.Background(), p.shape, p.rgb, o.WithDefaults())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// What is not a clip of the column's shape is an error that names key and column.
func TestDamageIsAnError(t *testing.T) {
	shape := enc.Shape{T: 3, H: 32, W: 32}
	p, wide := smooth(shape, 5), smooth(enc.Shape{T: 3, H: 32, W: 34}, 5)
	short := smooth(enc.Shape{T: 2, H: 32, W: 32}, 5)
	jpegs, mp4 := filesOf(t, p, Options{Codec: JPEG}), filesOf(t, p, Options{Codec: H264})[0]
	cut := func(b []byte, n int) []byte { return slices.Clone(b[:n]) }
	one := func(b []byte) [][]byte { return [][]byte{jpegs[0], b, jpegs[2]} }
	middle := slices.Clone(jpegs[1])
	middle = append(middle[:len(middle)/2:len(middle)/2], 0xff, 0xd9)
	for name, c := range map[string]struct {
		codec Codec
		files [][]byte
		want  string
	}{
		"no frames":           {JPEG, nil, "number of frames"},
		"two of three frames": {JPEG, jpegs[:2], "number of frames"},
		"an empty frame":      {JPEG, one(nil), "frame 1: decode JPEG: damaged"},
		"a frame cut off":     {JPEG, one(cut(jpegs[1], len(jpegs[1])/2)), "frame 1: decode JPEG: damaged"},
		"its middle is gone":  {JPEG, one(middle), "frame 1"},
		"another size":        {JPEG, filesOf(t, wide, Options{Codec: JPEG}), "frame 0: decode JPEG: frames of another size"},
		"not a JPEG":          {JPEG, one(bytes.Repeat([]byte("x"), 500)), "frame 1"},
		"MP4 for JPEG":        {JPEG, [][]byte{mp4, mp4, mp4}, "frame 0"},
		"no file":             {H264, [][]byte{nil}, "decode H.264"},
		"a file cut off":      {H264, [][]byte{cut(mp4, len(mp4)/2)}, "decode H.264"},
		"without the index":   {H264, [][]byte{cut(mp4, bytes.Index(mp4, []byte("moov"))-4)}, "decode H.264"},
		"frames missing":      {H264, filesOf(t, short, Options{Codec: H264}), "number of frames"},
		"a wider film":        {H264, filesOf(t, wide, Options{Codec: H264}), "decode H.264: frames of another size"},
		"zeros for pictures":  {H264, [][]byte{zeroed(mp4)}, "decode H.264"},
		"a JPEG":              {H264, jpegs[:1], "decode H.264"},
		"not an MP4":          {H264, [][]byte{bytes.Repeat([]byte("x"), 500)}, "decode H.264"},
		"colours untagged":    {H264, [][]byte{bytes.ReplaceAll(mp4, []byte("colrnclx\x00\x06\x00\x06\x00\x06"), []byte("colrnclx\x00\x01\x00\x01\x00\x01"))}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			mem := checked(t)
			good := jpegs
			if c.codec == H264 {
				good = [][]byte{mp4}
			}
			rec := stored(t, mem, shape, c.codec, good, c.files, good)
			defer rec.Release()
			back, err := Decode(context.Background(), mem, rec, 2)
			if err == nil {
				defer back.Release()
			}
			if c.want == "" { // the stream's own tags are the ones that count
				if err != nil {
					t.Error(err)
				}
				return
			}
			var row *RowError
			if !errors.As(err, &row) || row.Key != "k" || row.Column != "view_7" || row.Op != "decode" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// zeroed returns the file with the coded pictures overwritten.
func zeroed(mp4 []byte) []byte {
	b := slices.Clone(mp4)
	at := bytes.Index(b, []byte("mdat"))
	n := int(binary.BigEndian.Uint32(b[at-4:]))
	clear(b[at+4+16 : at-4+n])
	return b
}

// Whatever the bytes, decoding returns in time, with pixels of the column's size or a *RowError, and gives all memory back.
func FuzzDecode(f *testing.F) {
	p := smooth(enc.Shape{T: 2, H: 18, W: 18}, 5)
	for _, o := range bothCodecs {
		f.Add(o.Codec == JPEG, bytes.Join(filesOf(f, p, o), nil), uint16(len(filesOf(f, p, o)[0])))
	}
	f.Fuzz(func(t *testing.T, jpeg bool, data []byte, at uint16) {
		mem := checked(t)
		codec, files := H264, [][]byte{data}
		if jpeg {
			n := min(int(at), len(data))
			codec, files = JPEG, [][]byte{data[:n], data[n:]}
		}
		rec := stored(t, mem, p.shape, codec, files)
		defer rec.Release()
		start := time.Now()
		back, err := Decode(context.Background(), mem, rec, 1)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("it took %v", took)
		}
		var row *RowError
		switch {
		case err == nil:
			if n := len(back.Column(1).(*shard.TensorArray).Row(0)); n != p.shape.Bytes() {
				t.Errorf("%d bytes", n)
			}
			back.Release()
		case !errors.As(err, &row):
			t.Errorf("not a *RowError: %v", err)
		}
	})
}

// Every bit position and every 32-bit number of a file changed, one at a time: the part of the fuzzing that always runs.
func TestChangedFiles(t *testing.T) {
	p := smooth(enc.Shape{T: 2, H: 18, W: 18}, 5)
	for _, o := range bothCodecs[:2] {
		files := filesOf(t, p, o)
		refused, all := 0, 0
		try := func(change func(b []byte)) {
			bad := slices.Clone(files)
			bad[0] = slices.Clone(bad[0])
			change(bad[0])
			mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
			defer mem.AssertSize(t, 0)
			rec := stored(t, mem, p.shape, o.Codec, bad)
			defer rec.Release()
			all++
			if back, err := Decode(context.Background(), mem, rec, 1); err != nil {
				refused++
			} else {
				back.Release()
			}
		}
		for i := range files[0] {
			try(func(b []byte) { b[i] ^= 1 << (i % 8) })
			for _, v := range []uint32{0, 1<<24 - 1, 1<<31 - 1, 1<<32 - 1} {
				try(func(b []byte) { binary.BigEndian.PutUint32(b[min(i, len(b)-4):], v) })
			}
		}
		t.Logf("%s: %d of %d changed files refused", o.Codec, refused, all)
		if refused < all/4 {
			t.Errorf("%s: only %d of %d changed files refused", o.Codec, refused, all)
		}
	}
}
