package feed

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

// Digest returns a text that tells the data and the views apart: it is made of the keys, labels and classes, the shape of the views and how they are
// taken, and of shards the manifest, which has their checksums, of videos the sizes of their files. It does not depend on where the data lie.
func (d *Dataset) Digest() (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %v %q %v %d %s", d.info.Keys, d.info.Labels, d.info.Classes, d.info.Shape, d.opt.Stride, d.opt.Sampler)
	switch data := d.data.(type) {
	case *shards:
		text, err := os.ReadFile(filepath.Join(filepath.Dir(data.files[0].path), manifest))
		if err != nil {
			return "", fmt.Errorf("feed: %w", err)
		}
		h.Write(text)
	case videos:
		for _, it := range data.items {
			st, err := os.Stat(it.Path)
			if err != nil {
				return "", fmt.Errorf("feed: %w", err)
			}
			if err := binary.Write(h, binary.LittleEndian, st.Size()); err != nil {
				return "", err
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
