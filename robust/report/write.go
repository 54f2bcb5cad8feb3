package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"vidcsl/pipeline/durable"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

//go:embed page.js
var pageScript string

var layout = template.Must(template.New("page").Parse(pageTemplate))

// Write writes the page as one HTML file that refers to nothing outside itself. Equal pages give equal bytes. It reads p and the pictures in it, and is
// safe for concurrent use. An error says what in the page contradicts itself, before anything is written, or is that of w.
func (p *Page) Write(w io.Writer) error {
	if err := p.check(); err != nil {
		return err
	}
	sections, err := p.sections()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	err = layout.Execute(&b, struct {
		*Page
		Policy   string
		Style    template.CSS
		Script   template.JS
		Sections []section
	}{p, policy(), template.CSS(pageStyle), template.JS(pageScript), sections})
	if err == nil {
		_, err = w.Write(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// WriteFile writes the page to the file at path. After an error the file is what it was before.
func (p *Page) WriteFile(path string) error {
	return durable.Write(path, func(w io.WriteSeeker) error { return p.Write(w) })
}

// policy is what the page lets a browser do: show pictures that are within it and run its one script.
func policy() string {
	sum := sha256.Sum256([]byte(pageScript))
	return "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}
