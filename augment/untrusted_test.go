package augment_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/memory"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// TestRunInPlace: dst may be src where the size stays; the result is that of one op after the other, each into new memory, and
// src is not changed otherwise.
func TestRunInPlace(t *testing.T) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	defer mem.AssertSize(t, 0)
	in := still(mem, 3, 36, 48)
	defer in.Release()
	var s augment.Scratch
	for range 2 { // the second time with memory that is there already
		for _, text := range chains {
			ops := opsFrom(t, text)
			p, err := augment.Default().Compile(ops, augment.ShapeOf(in))
			if err != nil {
				t.Fatal(err)
			}
			before, apart, inPlace := bytes.Clone(in.Bytes()), make([]byte, p.Out().Bytes()), bytes.Clone(in.Bytes())
			if err := p.Run(apart, in.Bytes(), &s); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, in.Bytes()) {
				t.Errorf("the source is changed by %s", text)
			}
			if err := p.Run(inPlace, inPlace, &s); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(apart, inPlace) {
				t.Errorf("in place the result is another: %s", text)
			}
			v := clip.Native(metaOf(in))
			v.PTS, v.Ops = in.PTS, ops
			out, err := augment.Execute(augment.Options{Alloc: mem}, in, v, &s)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(apart, out.Bytes()) {
				t.Errorf("Execute gives another result: %s", text)
			}
			out.Release()
		}
	}
}

// TestOpsOfAPlanAreNotTrusted: parameters that no draw makes are an error that names them.
func TestOpsOfAPlanAreNotTrusted(t *testing.T) {
	const huge = "9223372036854775807"
	for _, tc := range []struct{ op, says string }{
		{`{"name":"blur","params":{}}`, `no transform "blur"`},
		{`{"name":"horizontal_flip","params":{}}`, "horizontal_flip"},
		{`{"name":"solarize","params":{"treshold":1}}`, "treshold"},
		{`{"name":"solarize"}`, "solarize"},
		{`{"name":"gaussian_blur","params":{"sigma":0,"kernel_size":3}}`, "sigma"},
		{`{"name":"gaussian_blur","params":{"sigma":1,"kernel_size":4}}`, "kernel_size"},
		{`{"name":"rand_augment","params":{"ops":[{"name":"melt","value":1}],"fill":[0,0,0]}}`, "melt"},
		{`{"name":"rand_augment","params":{"ops":[{"name":"posterize","value":9}],"fill":[0,0,0]}}`, "posterize"},
		{`{"name":"rand_augment","params":{"ops":[],"fill":[0,0,256]}}`, "256"},
		{`{"name":"rand_augment","params":{"ops":[{"name":"contrast","value":1e308}],"fill":[0,0,0]}}`, "contrast"},
		{`{"name":"color_jitter","params":{"order":[0,1,2,4],"brightness":1,"contrast":1,"saturation":1,"hue":0}}`, "order"},
		{`{"name":"color_jitter","params":{"order":[0,1,1,2],"brightness":1,"contrast":1,"saturation":1,"hue":0}}`, "order"},
		{`{"name":"color_jitter","params":{"order":[0,1,2,3],"brightness":1e308,"contrast":1e308,"saturation":1e308,"hue":0.1}}`, "brightness"},
		{`{"name":"rotate","params":{"degrees":5,"fill":[-1,0,0]}}`, "-1"},
		{`{"name":"cutout","params":{"region":{"x":0,"y":0,"w":3,"h":3},"value":[0,999,0]}}`, "999"},
		{`{"name":"random_erasing","params":{"region":{"x":0,"y":0,"w":-3,"h":3},"value":[0,0,0]}}`, "-3"},
		{`{"name":"resample","params":{"crop":{"x":0,"y":0,"w":49,"h":36},"width":8,"height":8}}`, "does not fit"},
		{`{"name":"resample","params":{"crop":{"x":` + huge + `,"y":0,"w":1,"h":1},"width":8,"height":8}}`, "does not fit"},
		{`{"name":"resample","params":{"crop":{"x":0,"y":0,"w":8,"h":8},"width":16385,"height":8}}`, "does not fit"},
		{`{"name":"resample","params":null}`, "does not fit"},
	} {
		p, err := augment.Default().Compile(opsFrom(t, "["+tc.op+"]"), augment.Shape{T: 2, H: 36, W: 48})
		if err == nil {
			err = p.Run(make([]byte, p.Out().Bytes()), make([]byte, 2*36*48*3), &augment.Scratch{})
		}
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "panic") {
			t.Errorf("%s: %.200v, want an error that names %q", tc.op, err, tc.says)
		}
	}
}

// TestPanicInColorIsAnError: a custom transform cannot take the worker down, whichever half it has.
func TestPanicInColorIsAnError(t *testing.T) {
	r := augment.Default().Clone()
	augment.Add(r, augment.Spec[struct{}, struct{}]{
		Name: "broken", Summary: "panic",
		Draw:  func(struct{}, *rand.Rand, *augment.Draft) (p struct{}, err error) { return p, nil },
		Color: func(struct{}, func() [3]float64) augment.ColorMatrix { panic("oh") },
	})
	p, err := r.Compile(opsFrom(t, `[{"name":"broken","params":{}}]`), augment.Shape{T: 1, H: 1, W: 1})
	if err != nil {
		t.Fatal(err)
	}
	var e *augment.Error
	if err := p.Run(make([]byte, 3), make([]byte, 3), &augment.Scratch{}); !errors.As(err, &e) || e.Transform != "broken" {
		t.Errorf("a panic in Color gives %v", err)
	}
}
