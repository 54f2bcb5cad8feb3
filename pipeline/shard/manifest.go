package shard

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

const (
	manifestName  = "manifest.json"
	failuresName  = "failures.arrow"
	failuresDir   = "failures"
	lockName      = ".lock"
	formatVersion = 1
)

var (
	// ErrOtherRun: the directory holds a run with another plan, configuration, compression or tool.
	ErrOtherRun = errors.New("the directory holds another run")
	// ErrExists: the directory holds finished shards of the same run, and resuming was not asked for.
	ErrExists = errors.New("the directory already holds shards of this run")
	// ErrForeignFiles: the directory has no manifest, but part files that nothing is known about.
	ErrForeignFiles = errors.New("the directory holds part files but no manifest")
	// ErrManifest: the manifest cannot be understood.
	ErrManifest = errors.New("damaged manifest")
)

// Manifest is the content of manifest.json: what the run is, and one entry per finished shard. It holds nothing that
// differs between two runs of the same plan (no time, host or path).
type Manifest struct {
	Format      int             `json:"format"`           // version of the layout, 1
	Tool        string          `json:"tool"`             // Options.Tool
	Fingerprint string          `json:"fingerprint"`      // Plan.Fingerprint
	Compression string          `json:"compression"`      // raw, lz4 or zstd
	Items       int             `json:"items"`            // number of items planned
	Shards      int             `json:"shards"`           // number of shards planned
	Config      json.RawMessage `json:"config,omitempty"` // Options.Config as canonical JSON
	Entries     []Entry         `json:"entries"`          // finished shards, by index
}

// Entry describes a finished shard.
type Entry struct {
	Index    int    `json:"index"`
	Group    string `json:"group"`
	Items    int    `json:"items"`       // items planned; Rows + Failures
	Keys     string `json:"keys_sha256"` // over the sorted keys of its items
	File     string `json:"file"`        // name of the part file; empty when no item was delivered
	Rows     int64  `json:"rows"`
	Bytes    int64  `json:"bytes"`
	SHA256   string `json:"sha256"`
	Failures int64  `json:"failures"` // items not delivered

	FailuresFile   string `json:"failures_file,omitempty"` // slash-separated, below the directory; empty without failures
	FailuresBytes  int64  `json:"failures_bytes,omitempty"`
	FailuresSHA256 string `json:"failures_sha256,omitempty"`
}

// Complete reports whether every shard is finished.
func (m *Manifest) Complete() bool { return len(m.Entries) == m.Shards }

// Entry returns the entry of shard index, if it is finished.
func (m *Manifest) Entry(index int) (Entry, bool) {
	i, ok := m.find(index)
	if !ok {
		return Entry{}, false
	}
	return m.Entries[i], true
}

func (m *Manifest) find(index int) (int, bool) {
	return slices.BinarySearchFunc(m.Entries, index, func(e Entry, i int) int { return e.Index - i })
}

// put adds or replaces an entry.
func (m *Manifest) put(e Entry) {
	i, ok := m.find(e.Index)
	if ok {
		m.Entries[i] = e
		return
	}
	m.Entries = slices.Insert(m.Entries, i, e)
}

func (m *Manifest) clone() Manifest {
	c := *m
	c.Entries = slices.Clone(m.Entries)
	c.Config = bytes.Clone(m.Config)
	return c
}

// PartName returns the file name of shard index of a run of n shards, such as part-00012-of-00096.arrow.
func PartName(index, n int) string { return fmt.Sprintf("part-%05d-of-%05d.arrow", index, n) }

// sidecarName returns the slash-separated path of the failures of one shard.
func sidecarName(index, n int) string { return failuresDir + "/" + PartName(index, n) }

// ReadManifest reads the manifest of a run's directory. The error is [os.ErrNotExist] when there is none and [ErrManifest]
// when it cannot be understood.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("shard: %w", err)
	}
	bad := func(err error) error { return fmt.Errorf("shard: %s: %w: %w", path, ErrManifest, err) }
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(b, &version); err != nil {
		return nil, bad(err)
	}
	if version.Format != formatVersion {
		return nil, bad(fmt.Errorf("format %d, this program reads %d", version.Format, formatVersion))
	}
	var m Manifest
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return nil, bad(err)
	}
	if err := m.check(); err != nil {
		return nil, bad(err)
	}
	if m.Config != nil {
		if m.Config, err = canonicalJSON(m.Config); err != nil {
			return nil, bad(err)
		}
	}
	return &m, nil
}

// check refuses what this package would not write, above all names that lead out of the directory.
func (m *Manifest) check() error {
	if m.Items < 0 || m.Shards < 0 || m.Shards > m.Items {
		return fmt.Errorf("%d items in %d shards", m.Items, m.Shards)
	}
	for i, e := range m.Entries {
		switch {
		case e.Index < 0 || e.Index >= m.Shards:
			return fmt.Errorf("entry of shard %d of %d", e.Index, m.Shards)
		case i > 0 && e.Index <= m.Entries[i-1].Index:
			return fmt.Errorf("entries out of order at shard %d", e.Index)
		case e.File != "" && e.File != PartName(e.Index, m.Shards):
			return fmt.Errorf("shard %d: file %q, want %q", e.Index, e.File, PartName(e.Index, m.Shards))
		case e.FailuresFile != "" && e.FailuresFile != sidecarName(e.Index, m.Shards):
			return fmt.Errorf("shard %d: failures file %q, want %q", e.Index, e.FailuresFile, sidecarName(e.Index, m.Shards))
		case e.Rows < 0 || e.Failures < 0 || (e.Rows > 0) != (e.File != "") || (e.Failures > 0) != (e.FailuresFile != ""):
			return fmt.Errorf("shard %d: %d rows in %q, %d failures in %q", e.Index, e.Rows, e.File, e.Failures, e.FailuresFile)
		case e.Rows+e.Failures != int64(e.Items):
			return fmt.Errorf("shard %d: %d rows and %d failures of %d items", e.Index, e.Rows, e.Failures, e.Items)
		}
	}
	return nil
}

// stage writes the manifest to a temporary file; renaming it is left to the caller, who holds the lock.
func (m *Manifest) stage(dir string) (*tempFile, error) {
	if m.Entries == nil {
		m.Entries = []Entry{}
	}
	t, err := createTemp(filepath.Join(dir, manifestName))
	if err != nil {
		return nil, err
	}
	enc := json.NewEncoder(t)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		return nil, t.fail(err)
	}
	return t, t.finish()
}

// canonicalJSON returns v as JSON with sorted keys and numbers as they are written.
func canonicalJSON(v any) (json.RawMessage, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}
