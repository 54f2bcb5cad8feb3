package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

// maxHeader bounds the header, as the reference implementation does.
const maxHeader = 100_000_000

// metadataKey is the one key of the header that is no tensor.
const metadataKey = "__metadata__"

// Info describes a tensor of a file.
type Info struct {
	Name       string
	DType      DType
	Shape      []int
	begin, end int64 // in the part of the file after the header
}

// Len returns the number of elements.
func (i Info) Len() int {
	n := 1
	for _, d := range i.Shape {
		n *= d
	}
	return n
}

// parseHeader returns what a header says of a file with size bytes after it: the tensors, in the order of their numbers, and
// the metadata.
func parseHeader(header []byte, size int64) ([]Info, map[string]string, error) {
	if !utf8.Valid(header) {
		return nil, nil, errors.New("the header is not UTF-8")
	}
	if len(header) == 0 || header[0] != '{' {
		return nil, nil, errors.New("the header is not a JSON object")
	}
	var list []Info
	meta := map[string]string{}
	d := json.NewDecoder(bytes.NewReader(header))
	err := object(d, func(key string) error {
		if key == metadataKey {
			return object(d, func(key string) error { return value(d, key, func(s *string) error { meta[key] = *s; return nil }) })
		}
		info, err := parseInfo(d, key)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", key, err)
		}
		list = append(list, info)
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("header: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("header: something follows the JSON object")
	}
	slices.SortStableFunc(list, func(a, b Info) int {
		if a.begin != b.begin {
			return int(max(-1, min(1, a.begin-b.begin)))
		}
		return int(max(-1, min(1, a.end-b.end)))
	})
	return list, meta, cover(list, size)
}

// cover checks that the tensors lie one after the other and fill size bytes.
func cover(list []Info, size int64) error {
	var at int64
	for k, i := range list {
		switch {
		case i.begin < at:
			return fmt.Errorf("tensor %q: bytes %d to %d overlap tensor %q", i.Name, i.begin, i.end, list[k-1].Name)
		case i.begin > at:
			return fmt.Errorf("tensor %q: begins at byte %d, want %d: there is a hole before it", i.Name, i.begin, at)
		case i.end > size:
			return fmt.Errorf("tensor %q: bytes %d to %d of %d: the file is cut off", i.Name, i.begin, i.end, size)
		}
		at = i.end
	}
	if at != size {
		return fmt.Errorf("%d bytes of data, but the tensors take %d", size, at)
	}
	return nil
}

// parseInfo reads what stands in the header for one tensor.
func parseInfo(d *json.Decoder, name string) (Info, error) {
	info := Info{Name: name}
	var offsets []int64
	seen := 0
	err := object(d, func(key string) error {
		seen++
		switch key {
		case "dtype":
			return value(d, key, func(v *DType) error { info.DType = *v; return nil })
		case "shape":
			return value(d, key, func(v *[]int) error { info.Shape = *v; return nil })
		case "data_offsets":
			return value(d, key, func(v *[]int64) error { offsets = *v; return nil })
		}
		return fmt.Errorf("unknown key %q, want dtype, shape and data_offsets", key)
	})
	switch {
	case err != nil:
		return info, err
	case seen != 3 || info.Shape == nil:
		return info, errors.New("dtype, shape or data_offsets is missing")
	case info.DType.Size() == 0:
		return info, fmt.Errorf("element type %q, want F64, F32, F16, BF16, I64, I32 or U8", info.DType)
	case len(offsets) != 2 || offsets[0] < 0 || offsets[1] < offsets[0]:
		return info, fmt.Errorf("data_offsets %v, want where it begins and ends", offsets)
	}
	info.begin, info.end = offsets[0], offsets[1]
	want, err := bytesOf(info.Shape, info.DType.Size())
	if err != nil {
		return info, err
	}
	if got := info.end - info.begin; got != want {
		return info, fmt.Errorf("%d bytes, want %d for %s%v", got, want, info.DType, info.Shape)
	}
	return info, nil
}

// bytesOf returns the bytes of a tensor.
func bytesOf(shape []int, size int) (int64, error) {
	n, empty := int64(size), false
	for _, d := range shape {
		switch {
		case d < 0:
			return 0, fmt.Errorf("shape %v has a negative dimension", shape)
		case d == 0:
			empty = true
		case n > math.MaxInt64/int64(d):
			return 0, fmt.Errorf("shape %v is too large", shape)
		default:
			n *= int64(d)
		}
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// object reads a JSON object: member is called after each key and reads the value. A key that comes twice is an error, which
// encoding/json alone would not give.
func object(d *json.Decoder, member func(key string) error) error {
	if t, err := d.Token(); err != nil {
		return err
	} else if t != json.Delim('{') {
		return fmt.Errorf("%v, want an object", t)
	}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string) // the decoder lets nothing else pass
		if seen[key] {
			return fmt.Errorf("key %q comes twice", key)
		}
		seen[key] = true
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

// value reads a JSON value of type T, which is not null.
func value[T any](d *json.Decoder, key string, set func(*T) error) error {
	var v *T
	if err := d.Decode(&v); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if v == nil {
		return fmt.Errorf("%s: null", key)
	}
	return set(v)
}
