package config

import (
	"fmt"
	"os"
)

// ReadFile overlays the YAML of a file on the struct that c points to, as [Decode] does. An empty file, or one of comments, changes
// nothing. An error names every wrong place in it.
func ReadFile(path string, c any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return Overlay(path, text, c)
}

// Overlay is [ReadFile] of a text; name is what errors call it.
func Overlay(name string, text []byte, c any) error {
	n, err := Parse(name, text)
	if err != nil {
		return err
	}
	if n.Kind() == KindNull {
		return nil
	}
	return Decode(n, c)
}
