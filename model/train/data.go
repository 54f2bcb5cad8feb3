package train

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"

	"vidcsl/model"
	"vidcsl/model/op"
)

// classes returns the number of classes of a data set.
func classes(info model.DataInfo) int {
	n := len(info.Classes)
	for _, l := range info.Labels {
		n = max(n, int(l)+1)
	}
	return n
}

// CheckData returns an error if a data set cannot be trained on with this configuration, as [New] does.
func (c Config) CheckData(info model.DataInfo) error {
	n, without := len(info.Keys), 0
	for _, l := range info.Labels {
		if l < 0 {
			without++
		}
	}
	switch s := info.Shape; {
	case n == 0:
		return fmt.Errorf("train: the data set is empty")
	case info.Batch != c.Batch:
		return fmt.Errorf("train: batches hold %d samples, want %d, as the configuration says", info.Batch, c.Batch)
	case info.Batch > n:
		return fmt.Errorf("train: a batch of %d is more than the data set, which has %d samples", info.Batch, n)
	case s[0] < 1 || s[1] < 1 || s[2] < 1 || s[3] != 3:
		return fmt.Errorf("train: views are %v, want frames, height, width and 3 channels", s)
	case info.Views < c.Views():
		return fmt.Errorf("train: samples have %d views, want %d for objective %s", info.Views, c.Views(), c.Objective)
	case len(info.Labels) != n:
		return fmt.Errorf("train: %d labels for %d samples", len(info.Labels), n)
	case without == n && (c.Objective == "supcon" || c.Removal.Detector == "oracle"):
		return fmt.Errorf("train: no sample has a label, want labels for objective %s and detector %s", c.Objective, c.Removal.Detector)
	case !c.supervised():
	case without > 0:
		return fmt.Errorf("train: %d of %d samples have no label, want labels for objective supervised", without, n)
	case classes(info) < 2:
		return fmt.Errorf("train: the data set has %d class, want at least 2 for objective supervised", classes(info))
	}
	const some = 1 // of the network, which is not built, no more is known than that it says something
	return c.dims(info, c.Schedule.total(n/info.Batch), some, some).Check(c.Config)
}

// Views returns how many views of a sample the objective uses; others that a data set has are not looked at.
func (c Config) Views() int {
	if c.supervised() {
		return 1
	}
	return 2
}

// checkBatch returns an error if a batch is not what its data set said.
func checkBatch(b *model.Batch, info model.DataInfo) error {
	s := info.Shape
	want := op.Of(op.U8, info.Batch, s[0], s[1], s[2], s[3])
	if len(b.Views) != info.Views {
		return fmt.Errorf("train: a batch with %d views, want %d", len(b.Views), info.Views)
	}
	for i, v := range b.Views {
		if !v.Equal(want) {
			return fmt.Errorf("train: view %d of a batch is %v, want %v", i, v.Type, want)
		}
	}
	if len(b.Labels) != info.Batch || len(b.Index) != info.Batch {
		return fmt.Errorf("train: a batch with %d labels and %d places, want %d", len(b.Labels), len(b.Index), info.Batch)
	}
	places := slices.Sorted(slices.Values(b.Index))
	for i, k := range places {
		if k < 0 || int(k) >= len(info.Keys) {
			return fmt.Errorf("train: a batch with sample %d, want one of %d", k, len(info.Keys))
		}
		if i > 0 && k == places[i-1] {
			return fmt.Errorf("train: sample %d (%s) is twice in a batch", k, info.Keys[k])
		}
	}
	return nil
}

// dataState tells data sets apart in checkpoints.
type dataState struct {
	Samples int    `json:"samples"`
	Keys    string `json:"keys"`   // SHA-256 of all keys
	Labels  string `json:"labels"` // SHA-256 of all labels
	Views   int    `json:"views"`
	Shape   [4]int `json:"shape"`
	Batch   int    `json:"batch"`
}

// stateOf describes a data set.
func stateOf(info model.DataInfo) dataState {
	keys, labels := sha256.New(), sha256.New()
	for _, k := range info.Keys {
		fmt.Fprintf(keys, "%d:%s", len(k), k)
	}
	for _, l := range info.Labels {
		fmt.Fprintln(labels, l)
	}
	sum := func(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
	return dataState{len(info.Keys), sum(keys), sum(labels), info.Views, info.Shape, info.Batch}
}

// differs says what of another data set is not as here; "" if it is the same.
func (d dataState) differs(o dataState) string {
	switch {
	case d.Samples != o.Samples:
		return fmt.Sprintf("%d samples, here are %d", o.Samples, d.Samples)
	case d.Keys != o.Keys:
		return "samples of other keys"
	case d.Labels != o.Labels:
		return "other labels"
	case d.Views != o.Views || !slices.Equal(d.Shape[:], o.Shape[:]) || d.Batch != o.Batch:
		return fmt.Sprintf("batches of %d x %d views %v, here they are %d x %d views %v", o.Batch, o.Views, o.Shape, d.Batch, d.Views, d.Shape)
	}
	return ""
}
