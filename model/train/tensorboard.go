package train

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// TensorBoard is an observer that writes every metric of every step as a scalar to an event file, which TensorBoard shows as it grows.
// The file is a sequence of TFRecords, each a protocol buffer of type tensorflow.Event; numbers of fields are those of event.proto
// and summary.proto of TensorFlow.
type TensorBoard struct {
	f             *os.File
	event, record []byte
}

// OpenTensorBoard makes a new event file in a folder, for a run that goes on after a step: what older files there say of later steps
// is not shown any more. The caller closes it.
func OpenTensorBoard(dir string, after int) (*TensorBoard, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	now := time.Now()
	// TensorBoard reads the files of a folder in the order of their names
	f, err := os.OpenFile(filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%010d.%09d", now.Unix(), now.Nanosecond())),
		os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	b := &TensorBoard{f: f}
	b.begin(now, 0)
	b.event = protowire.AppendTag(b.event, 3, protowire.BytesType) // file_version
	b.event = protowire.AppendString(b.event, "brain.Event:2")
	if err = b.end(); err == nil {
		b.begin(now, after+1)
		status := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), 1) // SessionLog.status = START
		b.event = protowire.AppendTag(b.event, 7, protowire.BytesType)
		b.event = protowire.AppendBytes(b.event, status)
		err = b.end()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("train: %w", err), f.Close())
	}
	return b, nil
}

// Observe implements [Observer].
func (b *TensorBoard) Observe(r *Record) error {
	var summary []byte
	add := func(name string, v float64) {
		value := protowire.AppendString(protowire.AppendTag(nil, 1, protowire.BytesType), name) // Value.tag
		value = protowire.AppendTag(value, 2, protowire.Fixed32Type)                            // Value.simple_value
		value = protowire.AppendFixed32(value, math.Float32bits(float32(v)))
		summary = protowire.AppendBytes(protowire.AppendTag(summary, 1, protowire.BytesType), value)
	}
	for _, m := range r.Metrics {
		add(m.Name, m.Value)
	}
	if s := r.Took.Seconds(); s > 0 {
		add("clips_per_second", float64(r.Samples)/s)
		add("waiting", r.Waited.Seconds()/s)
	}
	b.begin(r.Time, r.Step)
	b.event = protowire.AppendTag(b.event, 5, protowire.BytesType)
	b.event = protowire.AppendBytes(b.event, summary)
	return b.end()
}

// begin starts an event with its time and step.
func (b *TensorBoard) begin(at time.Time, step int) {
	b.event = protowire.AppendTag(b.event[:0], 1, protowire.Fixed64Type)
	b.event = protowire.AppendFixed64(b.event, math.Float64bits(float64(at.UnixMicro())/1e6))
	b.event = protowire.AppendTag(b.event, 2, protowire.VarintType)
	b.event = protowire.AppendVarint(b.event, uint64(step))
}

// end writes the event as a TFRecord: its length and itself, each with a masked checksum.
func (b *TensorBoard) end() error {
	b.record = binary.LittleEndian.AppendUint64(b.record[:0], uint64(len(b.event)))
	b.record = binary.LittleEndian.AppendUint32(b.record, masked(b.record))
	b.record = append(b.record, b.event...)
	b.record = binary.LittleEndian.AppendUint32(b.record, masked(b.event))
	_, err := b.f.Write(b.record)
	return err
}

// masked is the checksum of TFRecords: CRC-32C, turned and shifted.
func masked(b []byte) uint32 {
	c := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (c>>15 | c<<17) + 0xa282ead8
}

// Close closes the file.
func (b *TensorBoard) Close() error { return b.f.Close() }

var _ Observer = (*TensorBoard)(nil)
