package nn

import (
	"fmt"
	"slices"
	"strings"

	"vidcsl/model/op"
	"vidcsl/model/safetensors"
)

// MismatchError says that a file holds the weights of something else.
type MismatchError struct {
	Path       string
	Missing    []string // parameters that the file lacks, with the type that is wanted
	Unexpected []string // tensors that are no parameter
	Differing  []string // those of another type, with both
}

// Error names the first tensors of each kind.
func (e *MismatchError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "nn: %s holds the weights of another model", e.Path)
	for _, part := range []struct {
		what string
		list []string
	}{{"missing", e.Missing}, {"not in the model", e.Unexpected}, {"of another shape", e.Differing}} {
		if n := len(part.list); n > 0 {
			const most = 3
			fmt.Fprintf(&b, "; %s: %s", part.what, strings.Join(part.list[:min(n, most)], ", "))
			if n > most {
				fmt.Fprintf(&b, " and %d more", n-most)
			}
		}
	}
	return b.String()
}

// Load takes the first values from a safetensors file: names are those below the prefix of p. The file must hold exactly the
// parameters and buffers of p, otherwise the error is a *[MismatchError] and nothing is taken; but what stands below the names in
// except, such as "fc" for a classifier, is left out of account in both. Halves become F32; num_batches_tracked of PyTorch's
// normalization is not needed.
func (p *Params) Load(path string, except ...string) error {
	values, err := p.Read(path, except...)
	if err != nil {
		return err
	}
	for _, n := range p.List() {
		if v, ok := values[n.Name]; ok {
			n.first = v
		}
	}
	return nil
}

// Read returns the values that [Params.Load] would take, by the full names of the parameters, for a program that already runs.
func (p *Params) Read(path string, except ...string) (map[string]op.Tensor, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	wanted, err := p.match(f, path, except)
	if err != nil {
		return nil, err
	}
	values := map[string]op.Tensor{}
	for _, n := range wanted {
		t, err := f.Read(strings.TrimPrefix(n.Name, p.prefix))
		if err != nil {
			return nil, err
		}
		if values[n.Name], err = n.value(t); err != nil {
			return nil, fmt.Errorf("nn: %s: %w", path, err)
		}
	}
	return values, nil
}

// match returns the parameters that a file holds, if it is a file of them.
func (p *Params) match(f *safetensors.File, path string, except []string) ([]*Param, error) {
	excepted := func(name string) bool {
		return slices.ContainsFunc(except, func(e string) bool { return name == e || strings.HasPrefix(name, e+".") })
	}
	e := &MismatchError{Path: path}
	var wanted []*Param
	for _, n := range p.List() {
		name := strings.TrimPrefix(n.Name, p.prefix)
		info, ok := f.Lookup(name)
		switch want := op.TypeOf(n.In); {
		case excepted(name):
		case !ok:
			e.Missing = append(e.Missing, fmt.Sprintf("%s %v", name, n.stored))
		case !slices.Equal(info.Shape, n.stored) && !slices.Equal(info.Shape, want.Shape):
			e.Differing = append(e.Differing, fmt.Sprintf("%s %v, want %v", name, info.Shape, n.stored))
		default:
			wanted = append(wanted, n)
		}
	}
	for _, info := range f.Tensors() {
		layer, counter := strings.CutSuffix(info.Name, ".num_batches_tracked")
		if counter {
			_, counter = p.Lookup(layer + ".running_var")
		}
		if _, ok := p.Lookup(info.Name); !ok && !counter && !excepted(info.Name) {
			e.Unexpected = append(e.Unexpected, fmt.Sprintf("%s %v", info.Name, info.Shape))
		}
	}
	if len(e.Missing)+len(e.Unexpected)+len(e.Differing) > 0 {
		return nil, e
	}
	return wanted, nil
}

// value is a tensor of a file as a value of the parameter.
func (p *Param) value(t safetensors.Tensor) (op.Tensor, error) {
	out := op.NewTensor(op.TypeOf(p.In))
	switch data := t.Data.(type) {
	case []float32:
		if out.DType == op.F32 {
			out.Data = data
			return out, nil
		}
		for i, v := range data {
			op.Data[float64](out)[i] = float64(v)
		}
		return out, nil
	case []float64:
		if out.DType == op.F64 {
			out.Data = data
			return out, nil
		}
		for i, v := range data {
			op.Data[float32](out)[i] = float32(v)
		}
		return out, nil
	}
	return op.Tensor{}, fmt.Errorf("tensor %s holds %T, want floating-point numbers", t.Name, t.Data)
}

// Save writes the parameters and buffers to a safetensors file, under their names below the prefix of p. get returns the value of
// a parameter by its full name, as [vidcsl/model.Program.Get] does; nil writes the first values. num_batches_tracked of PyTorch's
// normalization is not written: loading there does not ask for it.
func (p *Params) Save(path string, get func(name string) (op.Tensor, error), metadata map[string]string) error {
	var tensors []safetensors.Tensor
	for _, n := range p.List() {
		var v op.Tensor
		if get == nil {
			v = n.First()
		} else {
			var err error
			if v, err = get(n.Name); err != nil {
				return fmt.Errorf("nn: save %s: %w", n.Name, err)
			}
		}
		if want := op.TypeOf(n.In); !v.Equal(want) {
			return fmt.Errorf("nn: save %s: it is %v, want %v", n.Name, v.Type, want)
		}
		tensors = append(tensors, safetensors.Tensor{Name: strings.TrimPrefix(n.Name, p.prefix), Shape: n.stored, Data: v.Data})
	}
	return safetensors.Write(path, tensors, metadata)
}
