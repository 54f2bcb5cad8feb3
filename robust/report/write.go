package report

import (
	"fmt"
	"html"
	"io"

	"vidcsl/pipeline/durable"
)

// WriteFile writes the page to a file, as a whole.
func (p *Page) WriteFile(path string) error {
	return durable.Write(path, func(w io.WriteSeeker) error {
		_, err := fmt.Fprintf(w, "<!doctype html>\n<title>%s</title>\n<p>%s</p>\n", html.EscapeString(p.Title), html.EscapeString(p.Answer))
		return err
	})
}
