package train_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"vidcsl/model"
	"vidcsl/model/train"
)

// record is that of a step.
func record(step int) *train.Record {
	return &train.Record{Step: step, Steps: 100, Cursor: model.Cursor{Epoch: step / 4}, Samples: 8, Took: 2 * time.Second, Waited: 500 * time.Millisecond,
		Time: time.Unix(1700000000, 0), Metrics: []train.Metric{{Name: "loss", Value: 1 / float64(step)}, {Name: "margin", Value: math.NaN()}}}
}

func TestLiveProgress(t *testing.T) {
	var got []train.Progress
	o := train.Live(func(p train.Progress) { got = append(got, p) })
	for step := 1; step <= 4; step++ {
		if err := o.Observe(record(step)); err != nil {
			t.Fatal(err)
		}
	}
	want := train.Progress{Step: 4, Steps: 100, Epoch: 1, Loss: 0.25, ClipsPerSecond: 4, Waiting: 0.25, Left: 192 * time.Second}
	if len(got) != 4 || !reflect.DeepEqual(got[3], want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A file that is opened again goes on after the step that it is told, whatever a process that was killed has left.
func TestJSONLGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "metrics.jsonl")
	write := func(after int, steps ...int) {
		j, err := train.OpenJSONL(path, after)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if err := j.Observe(record(step)); err != nil {
				t.Fatal(err)
			}
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write(0, 1, 2, 3)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"step":4,"ep`...), 0o666); err != nil {
		t.Fatal(err)
	}
	write(2, 3, 4)
	if text, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	var steps []int
	for line := range strings.Lines(string(text)) {
		var l struct {
			Step, Epoch           int
			Loss, Seconds, Waited float64
			Margin                *float64
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Loss != 1/float64(l.Step) || l.Margin != nil || l.Seconds != 2 || l.Waited != 0.5 || l.Epoch != l.Step/4 {
			t.Errorf("got %s", line)
		}
		steps = append(steps, l.Step)
	}
	if !reflect.DeepEqual(steps, []int{1, 2, 3, 4}) {
		t.Errorf("steps are %v", steps)
	}
	if err := os.WriteFile(path, []byte("no JSON\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := train.OpenJSONL(path, 2); err == nil || !strings.Contains(err.Error(), "metrics.jsonl: byte 0: ") {
		t.Errorf("got %v", err)
	}
}

// events writes two event files, the second from after step 2 on, and returns their folder.
func events(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "board")
	for _, run := range [][]int{{0, 1, 2, 3}, {2, 3, 4}} {
		b, err := train.OpenTensorBoard(dir, run[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range run[1:] {
			if err := b.Observe(record(step)); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Event files are records with the checksums of TFRecord, of protocol buffers of type Event.
func TestTensorBoardFile(t *testing.T) {
	dir := events(t)
	list, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(list) != 2 {
		t.Fatalf("files %v, %v", list, err)
	}
	b, err := os.ReadFile(list[1])
	if err != nil {
		t.Fatal(err)
	}
	sum := func(b []byte) uint32 {
		c := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
		return (c>>15 | c<<17) + 0xa282ead8
	}
	var got []string
	for len(b) > 0 {
		n := binary.LittleEndian.Uint64(b)
		if sum(b[:8]) != binary.LittleEndian.Uint32(b[8:]) || sum(b[12:12+n]) != binary.LittleEndian.Uint32(b[12+n:]) {
			t.Fatal("a checksum is wrong")
		}
		got = append(got, fields(t, b[12:12+n]))
		b = b[16+n:]
	}
	want := "2:0 3:brain.Event:2|2:3 7:{1:1}|2:3 5:loss=0.33333334 margin=NaN clips_per_second=4 waiting=0.25|2:4 5:loss=0.25 margin=NaN clips_per_second=4 waiting=0.25"
	if strings.Join(got, "|") != want {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "|"), want)
	}
}

// fields writes an Event out, without its time.
func fields(t *testing.T, event []byte) string {
	var out []string
	each(t, event, func(field protowire.Number, n uint64, b []byte) {
		switch field {
		case 2:
			out = append(out, fmt.Sprint("2:", n))
		case 3:
			out = append(out, "3:"+string(b))
		case 5:
			each(t, b, func(_ protowire.Number, _ uint64, value []byte) {
				name := ""
				each(t, value, func(field protowire.Number, n uint64, b []byte) {
					if field == 1 {
						name = string(b)
						return
					}
					out = append(out, fmt.Sprintf("%s=%v", name, math.Float32frombits(uint32(n))))
				})
			})
			out[1] = "5:" + out[1]
		case 7:
			each(t, b, func(field protowire.Number, n uint64, _ []byte) {
				out = append(out, fmt.Sprintf("7:{%d:%d}", field, n))
			})
		}
	})
	return strings.Join(out, " ")
}

// each calls f with the fields of a message, as a number or as bytes.
func each(t *testing.T, b []byte, f func(field protowire.Number, n uint64, b []byte)) {
	t.Helper()
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		b = b[max(n, 0):]
		var v uint64
		var bytes []byte
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var x uint32
			x, n = protowire.ConsumeFixed32(b)
			v = uint64(x)
		case protowire.Fixed64Type:
			v, n = protowire.ConsumeFixed64(b)
		default:
			bytes, n = protowire.ConsumeBytes(b)
		}
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		f(field, v, bytes)
		b = b[n:]
	}
}

// TensorBoard itself reads the files, and forgets the steps that were made again.
func TestTensorBoardReads(t *testing.T) {
	python := os.Getenv("VIDCSL_PYTHON")
	if python == "" {
		t.Skip("set VIDCSL_PYTHON to a Python with tensorboard to run this test")
	}
	if err := exec.Command(python, "-c", "import tensorboard").Run(); err != nil {
		t.Skip("this Python has no tensorboard")
	}
	out, err := exec.Command(python, "-c", `
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1])
a.Reload()
print([(s.step, round(s.value, 3)) for s in a.Scalars("loss")])`, events(t)).CombinedOutput()
	if want := "[(1, 1.0), (2, 0.5), (3, 0.333), (4, 0.25)]\n"; err != nil || !strings.HasSuffix(string(out), want) {
		t.Errorf("got %s (%v), want %s", out, err, want)
	}
}
