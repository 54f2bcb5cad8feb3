package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"

	"vidcsl/model"
	"vidcsl/model/op"
)

// tape is a data set that plays batches from a file of grey pictures.
type tape struct {
	info   model.DataInfo
	file   *os.File
	labels [][]int32
	index  [][]int32
}

// record writes so many batches of a data set to batches.u8 [steps, views, N, T, H, W] and batches.i32 [steps, N], and returns them.
func record(ctx context.Context, d model.Dataset, steps int, folder string) (*tape, error) {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	f, err := os.Create(filepath.Join(folder, "batches.u8"))
	if err != nil {
		return nil, err
	}
	t := &tape{info: d.Info(), file: f}
	w := bufio.NewWriter(f)
	for b, err := range d.Batches(ctx, model.Cursor{}) {
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		for _, v := range b.Views {
			grey(w, op.Data[uint8](v))
		}
		t.labels, t.index = append(t.labels, append([]int32{}, b.Labels...)), append(t.index, append([]int32{}, b.Index...))
		if len(t.labels) == steps {
			break
		}
	}
	if err := errors.Join(w.Flush(), integers(filepath.Join(folder, "batches.i32"), t.labels)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return t, nil
}

func (t *tape) close() { _ = t.file.Close() }

// Info implements model.Dataset.
func (t *tape) Info() model.DataInfo { return t.info }

// Batches implements model.Dataset: a batch is an item of the only epoch.
func (t *tape) Batches(ctx context.Context, from model.Cursor) iter.Seq2[*model.Batch, error] {
	return func(yield func(*model.Batch, error) bool) {
		s := t.info.Shape
		b := &model.Batch{}
		for range t.info.Views {
			b.Views = append(b.Views, op.NewTensor(op.Of(op.U8, t.info.Batch, s[0], s[1], s[2], s[3])))
		}
		picture := make([]byte, b.Views[0].Len()/3)
		for i := from.Item; i < len(t.labels) && ctx.Err() == nil; i++ {
			for v, view := range b.Views {
				if _, err := t.file.ReadAt(picture, int64((i*len(b.Views)+v)*len(picture))); err != nil {
					yield(nil, err)
					return
				}
				to := op.Data[uint8](view)
				for p, y := range picture {
					to[3*p], to[3*p+1], to[3*p+2] = y, y, y
				}
			}
			b.Labels, b.Index, b.Next = t.labels[i], t.index[i], model.Cursor{Item: i + 1}
			if !yield(b, nil) {
				return
			}
		}
		yield(nil, errors.Join(io.EOF, context.Cause(ctx)))
	}
}

// store writes clips to name.u8 [n, T, H, W] and their labels to name.i32.
func store(clips iter.Seq2[*model.Batch, error], name string) error {
	f, err := os.Create(name + ".u8")
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	var labels [][]int32
	for b, err := range clips {
		if err != nil {
			return err
		}
		grey(w, op.Data[uint8](b.Views[0])[:len(b.Labels)*b.Views[0].Len()/b.Views[0].Shape[0]])
		labels = append(labels, append([]int32{}, b.Labels...))
	}
	return errors.Join(w.Flush(), integers(name+".i32", labels))
}

// grey writes the red of RGB pictures in which all channels are the same.
func grey(w *bufio.Writer, rgb []uint8) {
	for p := 0; p < len(rgb); p += 3 {
		_ = w.WriteByte(rgb[p]) // Flush tells
	}
}

func integers(path string, rows [][]int32) error {
	var text []byte
	for _, row := range rows {
		for _, v := range row {
			text = binary.LittleEndian.AppendUint32(text, uint32(v))
		}
	}
	return os.WriteFile(path, text, 0o666)
}
