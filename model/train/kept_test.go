package train_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"vidcsl/model/safetensors"
	"vidcsl/model/train"
)

// snapshots returns the bytes of a run's snapshots by their names.
func snapshots(t *testing.T, dir string) map[string]string {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(dir, "snapshots"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range list {
		text, err := os.ReadFile(filepath.Join(dir, "snapshots", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = string(text)
	}
	return files
}

// A snapshot is the encoder that a run of so many steps has, of the same schedule. A run that goes on writes those after its checkpoint again.
func TestSnapshots(t *testing.T) {
	d, c := newBars(72, 16, 2), tiny()
	c.Schedule.Steps, c.Schedule.Decay = 8, "constant"
	c.Checkpoint = train.Checkpoint{Every: 2, Keep: 10, Snapshots: []int{3, 8, 5, 9}}
	whole := t.TempDir()
	until(t, d, c, whole, false, 8)
	want := snapshots(t, whole)
	if len(want) != 3 {
		t.Fatalf("%d snapshots", len(want))
	}
	for step := range 9 {
		_, err := os.Stat(train.EncoderAt(whole, step))
		if is := step == 3 || step == 5 || step == 8; is != (err == nil) {
			t.Errorf("step %d: %v", step, err)
		}
	}
	// the last one is the encoder of the end
	if end, err := os.ReadFile(filepath.Join(whole, "encoder.safetensors")); err != nil || string(end) != want["step-000008.safetensors"] {
		t.Errorf("the encoder of the end is not that after the last step: %v", err)
	}
	// and that of the middle is what a shorter run ends with
	short := t.TempDir()
	less := c
	less.Schedule.Steps = 3
	until(t, d, less, short, false, 3)
	sameTensors(t, filepath.Join(short, "encoder.safetensors"), train.EncoderAt(whole, 3))

	t.Run("resumed", func(t *testing.T) {
		dir := t.TempDir()
		until(t, d, c, dir, false, 4)
		if got := snapshots(t, dir); len(got) != 1 || got["step-000003.safetensors"] != want["step-000003.safetensors"] {
			t.Errorf("%d snapshots after 4 steps", len(got))
		}
		// what a process left that was killed after step 5, before a checkpoint of it, while it wrote
		for name, text := range map[string]string{"step-000005.safetensors": "old", ".step-000005.safetensors.tmp-X": "half"} {
			if err := os.WriteFile(filepath.Join(dir, "snapshots", name), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		until(t, d, c, dir, true, 8)
		if got := snapshots(t, dir); len(got) != 3 || got["step-000005.safetensors"] != want["step-000005.safetensors"] || got["step-000008.safetensors"] != want["step-000008.safetensors"] {
			t.Errorf("%d snapshots, or other bytes", len(got))
		}
	})
	t.Run("made up for", func(t *testing.T) { // where the checkpoint could be written after the snapshot could not
		dir := t.TempDir()
		until(t, d, c, dir, false, 3)
		if err := os.Remove(train.EncoderAt(dir, 3)); err != nil {
			t.Fatal(err)
		}
		until(t, d, c, dir, true, 8)
		if got := snapshots(t, dir); got["step-000003.safetensors"] != want["step-000003.safetensors"] {
			t.Error("the snapshot of the checkpoint's step has other bytes, or none")
		}
	})
	t.Run("chosen later", func(t *testing.T) { // which steps are kept may change
		dir := t.TempDir()
		none := c
		none.Checkpoint.Snapshots = nil
		until(t, d, none, dir, false, 4)
		until(t, d, c, dir, true, 8)
		if got := snapshots(t, dir); len(got) != 2 {
			t.Errorf("%d snapshots, want those of steps 5 and 8", len(got))
		}
	})
}

// sameTensors compares two files but for what they say of themselves.
func sameTensors(t *testing.T, a, b string) {
	t.Helper()
	read := func(path string) map[string]any {
		f, err := safetensors.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all := map[string]any{}
		for _, info := range f.Tensors() {
			v, err := f.Read(info.Name)
			if err != nil {
				t.Fatal(err)
			}
			all[info.Name] = v.Data
		}
		return all
	}
	if x, y := read(a), read(b); len(x) == 0 || !reflect.DeepEqual(x, y) {
		t.Errorf("%s and %s differ", a, b)
	}
}
