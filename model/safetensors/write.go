package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"vidcsl/pipeline/durable"
)

// Write writes a file. It writes and syncs a temporary file in the same folder and renames it, so that path never names half
// a file. The bytes depend on the tensors and the metadata alone, not on their order: tensors stand by the size of their
// elements, the largest first, so that all are aligned, and by name.
func Write(path string, tensors []Tensor, metadata map[string]string) error {
	if err := write(path, tensors, metadata); err != nil {
		return fmt.Errorf("safetensors: write %s: %w", path, err)
	}
	return nil
}

func write(path string, tensors []Tensor, metadata map[string]string) error {
	list, err := layout(tensors)
	if err != nil {
		return err
	}
	return durable.Write(path, func(w io.WriteSeeker) error { return encode(w, list, metadata) })
}

// placed is a tensor with what the header says of it.
type placed struct {
	Info
	data any
}

// layout checks the tensors and gives each its place.
func layout(tensors []Tensor) ([]placed, error) {
	list := make([]placed, len(tensors))
	for k, t := range tensors {
		d, n, err := typeOf(t.Data)
		if err == nil && (!utf8.ValidString(t.Name) || t.Name == metadataKey) {
			err = errors.New("this cannot be the name of a tensor")
		}
		var size int64
		if err == nil {
			size, err = bytesOf(t.Shape, d.Size())
		}
		if err == nil && int64(n)*int64(d.Size()) != size {
			err = fmt.Errorf("%d elements for shape %v", n, t.Shape)
		}
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		list[k] = placed{Info{Name: t.Name, DType: d, Shape: t.Shape, end: size}, t.Data}
	}
	slices.SortFunc(list, func(a, b placed) int {
		return cmp.Or(b.DType.Size()-a.DType.Size(), strings.Compare(a.Name, b.Name))
	})
	seen := map[string]bool{}
	var at int64
	for k := range list {
		if seen[list[k].Name] {
			return nil, fmt.Errorf("tensor %q: two of this name", list[k].Name)
		}
		seen[list[k].Name] = true
		list[k].begin, list[k].end = at, at+list[k].end
		at = list[k].end
	}
	return list, nil
}

// encode writes the file. Spaces at the end of the header align the numbers to 8 bytes.
func encode(w io.Writer, list []placed, metadata map[string]string) error {
	var members []string
	add := func(key string, v any) error {
		k, err := json.Marshal(key)
		if err != nil {
			return err
		}
		b, err := json.Marshal(v)
		members = append(members, string(k)+":"+string(b))
		return err
	}
	if len(metadata) > 0 {
		for k, v := range metadata {
			if !utf8.ValidString(k) || !utf8.ValidString(v) {
				return fmt.Errorf("metadata %q is not UTF-8", k)
			}
		}
		if err := add(metadataKey, metadata); err != nil {
			return err
		}
	}
	for _, p := range list {
		if err := add(p.Name, struct {
			DType   DType    `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets [2]int64 `json:"data_offsets"`
		}{p.DType, append([]int{}, p.Shape...), [2]int64{p.begin, p.end}}); err != nil {
			return err
		}
	}
	header := "{" + strings.Join(members, ",") + "}"
	header += strings.Repeat(" ", -len(header)&7)
	if len(header) > maxHeader {
		return fmt.Errorf("the header takes %d bytes, at most %d are allowed", len(header), maxHeader)
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))); err != nil {
		return err
	}
	if _, err := io.WriteString(w, header); err != nil {
		return err
	}
	for _, p := range list {
		if err := binary.Write(w, binary.LittleEndian, p.data); err != nil {
			return err
		}
	}
	return nil
}
