package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vidcsl/augment"
	"vidcsl/robust/corrupt"
)

var (
	pageTable = regexp.MustCompile("(?s)<!-- table -->\n(.*)<!-- /table -->")
	arXiv     = regexp.MustCompile(`arXiv (\d+\.\d+)`)
)

// The table of docs/corruptions.md is that of the program (-update writes it), and the configurations of the page pass.
func TestCorruptionsPage(t *testing.T) {
	registerCorruptions()
	const file = "../docs/corruptions.md"
	page, table := string(readFile(t, file)), corruptionsTable(t)
	if *update {
		page = pageTable.ReplaceAllLiteralString(page, "<!-- table -->\n"+table+"<!-- /table -->")
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if m := pageTable.FindStringSubmatch(page); m == nil || m[1] != table {
		t.Errorf("the table is not that of the program; go test ./cmd -run TestCorruptionsPage -update writes it:\n%s", table)
	}
	checked := 0
	for _, block := range pageBlock.FindAllStringSubmatch(page, -1) {
		if block[1] == "yaml" {
			config := filepath.Join(t.TempDir(), "c.yaml")
			if err := os.WriteFile(config, []byte(block[2]), 0o644); err != nil {
				t.Fatal(err)
			}
			mustRun(t, "config", "check", config)
			checked++
		}
	}
	if checked == 0 {
		t.Error("the page has no configuration")
	}
}

func corruptionsTable(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| name | group | set | what it does | constants | grows with the severity | takes |\n|---|---|---|---|---|---|---|\n")
	for _, i := range corrupt.List() {
		info, err := augment.Default().Info(corrupt.Prefix + i.Name)
		if err != nil {
			t.Fatal(err)
		}
		grows, takes := "yes", "all"
		if i.Uneven != "" {
			grows = "not always: " + i.Uneven
		}
		switch {
		case i.Source:
			takes = "videos"
		case i.Frames > 1:
			takes = fmt.Sprintf("%d frames or more", i.Frames)
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %s | %s | %s |\n", i.Name, i.Group, i.Set, info.Summary, sourceOf(t, info), grows, takes)
	}
	return b.String()
}

// sourceOf links the papers from which a corruption has its constants; the rest of its source is in its Doc.
func sourceOf(t *testing.T, info augment.Info) string {
	t.Helper()
	_, source, found := strings.Cut(info.Doc, "Source: ")
	var from []string
	for _, m := range arXiv.FindAllStringSubmatch(source, -1) {
		from = append(from, fmt.Sprintf("[%s](https://arxiv.org/abs/%[1]s)", m[1]))
	}
	if strings.Contains(source, "our own") {
		from = append(from, "own")
	}
	if !found || len(from) == 0 {
		t.Errorf("the Doc of %s names neither an arXiv number nor constants of our own: %q", info.Name, source)
	}
	return strings.Join(from, ", ")
}
