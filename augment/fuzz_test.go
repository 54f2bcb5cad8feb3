package augment_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"vidcsl/augment"
	"vidcsl/decode/clip"
)

// FuzzOps: the ops of a stored plan may be any text. They are refused, or run without a panic, in a shape known before, and
// give the same twice.
func FuzzOps(f *testing.F) {
	for _, text := range chains {
		f.Add(text, byte(2), byte(36), byte(48))
	}
	for _, name := range []string{"geometry", "color_jitter", "simple", "gaussian_blur", "rotate", "rand_augment"} {
		var file struct {
			Cases []struct{ Op json.RawMessage }
		}
		readJSON(f, name+".json", &file)
		for i := 0; i < len(file.Cases); i += 3 {
			if op := file.Cases[i].Op; op != nil {
				f.Add("["+string(op)+"]", byte(1), byte(5), byte(7))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string, frames, h, w byte) {
		var ops []clip.Op
		if json.Unmarshal([]byte(text), &ops) != nil || len(ops) > 8 {
			return
		}
		in := augment.Shape{T: int(frames % 4), H: int(h%64) + 1, W: int(w%64) + 1}
		for i := range ops { // refuse what would take too much memory, not what is wrong
			if p, err := augment.Default().Compile(ops[:i], in); err == nil && p.Out().Bytes() > 1<<18 {
				return
			}
		}
		p, err := augment.Default().Compile(ops, in)
		if err != nil || p.Out().Bytes() > 1<<18 {
			return
		}
		src := make([]byte, in.Bytes())
		for i := range src {
			src[i] = byte(i * i)
		}
		before, a, b := bytes.Clone(src), make([]byte, p.Out().Bytes()), make([]byte, p.Out().Bytes())
		var s augment.Scratch
		errA, errB := p.Run(a, src, &s), p.Run(b, src, &s)
		if (errA == nil) != (errB == nil) || errA == nil && !bytes.Equal(a, b) {
			t.Errorf("twice, two results: %v, %v", errA, errB)
		}
		if errors.As(errA, new(*augment.PanicError)) {
			t.Error(errA)
		}
		if !bytes.Equal(before, src) {
			t.Error("the source is changed")
		}
	})
}
