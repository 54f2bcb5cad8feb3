package store

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/decode"
	"vidcsl/decode/clip"
	"vidcsl/decode/internal/enc"
	"vidcsl/decode/synth"
	"vidcsl/pipeline/shard"
)

// picture is the pixels of one clip.
type picture struct {
	shape enc.Shape
	rgb   []byte
}

// checked returns an allocator that must have everything back at the end of the test.
func checked(t testing.TB) *memory.CheckedAllocator {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return mem
}

// batch makes a record with the columns key, view_0, note and view_1 of which the views are the pictures, which have one shape.
func batch(mem memory.Allocator, pictures ...picture) arrow.Record {
	s := pictures[0].shape
	typ := shard.FixedShapeTensor(arrow.PrimitiveTypes.Uint8, s.T, s.H, s.W, 3)
	meta := arrow.NewMetadata([]string{"made by"}, []string{"a test"})
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "key", Type: arrow.BinaryTypes.String}, {Name: "view_0", Type: typ},
		{Name: "note", Type: arrow.PrimitiveTypes.Int32, Nullable: true}, {Name: "view_1", Type: typ},
	}, &meta)
	keys, notes := array.NewStringBuilder(mem), array.NewInt32Builder(mem)
	defer keys.Release()
	defer notes.Release()
	pixels := memory.NewResizableBuffer(mem)
	defer pixels.Release()
	pixels.Resize(len(pictures) * s.Bytes())
	for i, p := range pictures {
		keys.Append(fmt.Sprintf("clip-%d", i))
		notes.Append(int32(i))
		copy(pixels.Bytes()[i*s.Bytes():], p.rgb)
	}
	view := shard.NewTensorArray(typ, len(pictures), pixels)
	columns := []arrow.Array{keys.NewArray(), view, notes.NewArray(), view}
	rec := array.NewRecord(schema, columns, int64(len(pictures)))
	for _, c := range columns[:3] {
		c.Release()
	}
	return rec
}

// roundtrip encodes and decodes one clip, and returns the pixels and the number of coded bytes.
func roundtrip(t *testing.T, p picture, o Options) ([]byte, int) {
	t.Helper()
	mem := checked(t)
	raw := batch(mem, p)
	defer raw.Release()
	coded, err := Encode(context.Background(), mem, raw, o)
	if err != nil {
		t.Fatal(err)
	}
	defer coded.Release()
	back, err := Decode(context.Background(), mem, coded, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer back.Release()
	size := 0
	for _, f := range coded.Column(1).(*ClipArray).Files(0) {
		size += len(f)
	}
	return append([]byte(nil), back.Column(1).(*shard.TensorArray).Row(0)...), size
}

// psnr compares two clips, in dB; 99 when they are the same.
func psnr(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	if sum == 0 {
		return 99
	}
	return 10 * math.Log10(255*255*float64(len(a))/sum)
}

// bias returns the mean difference b-a of each colour.
func bias(a, b []byte) (mean [3]float64) {
	for i := range a {
		mean[i%3] += (float64(b[i]) - float64(a[i])) / float64(len(a)/3)
	}
	return mean
}

// smooth is a clip of colours that move and change slowly, with some noise of the given strength, away from black and white.
func smooth(s enc.Shape, noise float64) picture {
	rng := rand.New(rand.NewPCG(1, uint64(s.T*s.H*s.W)))
	p := picture{s, make([]byte, 0, s.Bytes())}
	for t := range s.T {
		for y := range s.H {
			for x := range s.W {
				for c := range 3 {
					v := 128 + 40*math.Sin(float64(x+2*t)/9+float64(c)) + 40*math.Cos(float64(y-t)/11+2*float64(c))
					p.rgb = append(p.rgb, byte(v+noise*(2*rng.Float64()-1)))
				}
			}
		}
	}
	return p
}

// rendered is a clip of a rendered video, before it was coded.
func rendered(t *testing.T, size int) picture {
	t.Helper()
	o := synth.DefaultOptions()
	o.Size = size
	p := picture{shape: enc.Shape{T: 8, H: size, W: size}}
	for i := range p.shape.T {
		rgb, err := synth.Frame(o, 3, 1, 2*i)
		if err != nil {
			t.Fatal(err)
		}
		p.rgb = append(p.rgb, rgb...)
	}
	return p
}

// filmed returns a clip of 8 frames of a shared test video at the given size, or skips.
func filmed(t *testing.T, name string, h, w int) picture {
	t.Helper()
	path := filepath.Join("../../../shared/data/clips", name)
	if m, _ := filepath.Glob(path); len(m) == 0 {
		t.Skip("no shared test data beside the checkout (../shared/data/clips)")
	}
	ctx := context.Background()
	v, err := decode.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	view := clip.Native(v.Meta())
	view.Height, view.Width = h, w
	view.PTS = v.Meta().Frames.PTS[:8]
	clips, err := v.Execute(ctx, &clip.Plan{Views: []clip.View{view}}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer clips[0].Release()
	return picture{enc.Shape{T: 8, H: h, W: w}, append([]byte(nil), clips[0].Bytes()...)}
}
