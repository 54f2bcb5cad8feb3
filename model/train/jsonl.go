package train

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
)

// JSONL is an observer that writes a line of JSON for every step: step, epoch, every metric, after a refresh what was found, and the
// seconds that the step took and of these waited for data. A number that JSON cannot hold, such as NaN, is null.
type JSONL struct {
	f    *os.File
	line []byte
}

// OpenJSONL opens or makes the file at path to go on after a step: lines of later steps, which an interrupted run may have left, and
// half a line at the end, are cut off. The caller closes it.
func OpenJSONL(path string, after int) (*JSONL, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	end, err := endOf(f, after)
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("train: %s: %w", path, err), f.Close())
	}
	return &JSONL{f: f}, nil
}

// endOf returns where the lines up to a step end.
func endOf(r io.Reader, after int) (int64, error) {
	b, end := bufio.NewReader(r), int64(0)
	for {
		line, err := b.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return end, nil
		}
		if err != nil {
			return 0, err
		}
		var at struct{ Step int }
		if err := json.Unmarshal(line, &at); err != nil {
			return 0, fmt.Errorf("byte %d: %w", end, err)
		}
		if at.Step > after {
			return end, nil
		}
		end += int64(len(line))
	}
}

// Observe implements [Observer].
func (j *JSONL) Observe(r *Record) error {
	add := func(name string, v float64) {
		j.line = append(strconv.AppendQuote(append(j.line, ','), name), ':')
		if math.IsNaN(v) || math.IsInf(v, 0) {
			j.line = append(j.line, "null"...)
			return
		}
		j.line = strconv.AppendFloat(j.line, v, 'g', -1, 64)
	}
	j.line = fmt.Appendf(j.line[:0], `{"step":%d,"epoch":%d`, r.Step, r.Cursor.Epoch)
	for _, m := range r.Metrics {
		add(m.Name, m.Value)
	}
	if f := r.Refresh; f != nil {
		add("found", f.Share)
		add("found_precision", f.Precision)
		add("found_base_rate", f.BaseRate)
		for i, v := range f.NMI {
			add(fmt.Sprint("nmi_", i), v)
		}
	}
	add("seconds", r.Took.Seconds())
	add("waited", r.Waited.Seconds())
	j.line = append(j.line, "}\n"...)
	_, err := j.f.Write(j.line)
	return err
}

// Close closes the file.
func (j *JSONL) Close() error { return j.f.Close() }

var _ Observer = (*JSONL)(nil)
