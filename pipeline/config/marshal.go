package config

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
)

// Marshal gives the canonical YAML of a value: fields in the order of their declaration, two spaces per level, lists of
// scalars on one line where they fit, texts in double quotes only where something could take them for anything else.
// What it writes, [Parse] and [Decode] read back as an equal value, except that an empty list comes back as nil and a
// field left out by omitempty keeps its default. Marshalling that again gives the same bytes. NaN, infinity and text that is not
// UTF-8 are errors, and so is what an [Encoder] returns as one.
func Marshal(v any) ([]byte, error) {
	n, err := encode(reflect.ValueOf(v), 0)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	var b strings.Builder
	if n.kind == KindMap && len(n.items) > 0 || n.kind == KindList && !n.short(0) {
		writeBlock(&b, n, 0, false)
	} else {
		writeFlow(&b, n)
		b.WriteByte('\n')
	}
	return []byte(b.String()), nil
}

// MarshalJSON is [Marshal] as JSON, on one line: the canonical YAML of a value, with its fields in the same order.
func MarshalJSON(v any) ([]byte, error) {
	text, err := Marshal(v)
	if err != nil {
		return nil, err
	}
	text, err = yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	return text, nil
}

// writeBlock writes a map or a list at an indentation. With inline, the first line is already indented.
func writeBlock(b *strings.Builder, n *Node, indent int, inline bool) {
	for _, item := range n.items {
		if !inline {
			b.WriteString(strings.Repeat(" ", indent))
		}
		inline = false
		head := "-"
		if n.kind == KindMap {
			head = textOf(item.key) + ":"
		}
		b.WriteString(head)
		switch {
		case item.kind != KindMap && item.kind != KindList, len(item.items) == 0, item.kind == KindList && item.short(indent+len(head)+1):
			b.WriteByte(' ')
			writeFlow(b, item)
			b.WriteByte('\n')
		case n.kind == KindList:
			b.WriteByte(' ')
			writeBlock(b, item, indent+2, true)
		default:
			b.WriteByte('\n')
			writeBlock(b, item, indent+2, false)
		}
	}
}

// short reports whether a list has scalars only and fits in a line of 80 columns.
func (n *Node) short(indent int) bool { return n.flat() && indent+len(flow(n)) <= 80 }

func writeFlow(b *strings.Builder, n *Node) {
	switch n.kind {
	case KindNull:
		b.WriteString("null")
	case KindScalar:
		if n.plain {
			b.WriteString(n.text)
		} else {
			b.WriteString(textOf(n.text))
		}
	case KindList, KindMap:
		open, end := "[", "]"
		if n.kind == KindMap {
			open, end = "{", "}"
		}
		b.WriteString(open)
		for i, item := range n.items {
			if i > 0 {
				b.WriteString(", ")
			}
			if n.kind == KindMap {
				b.WriteString(textOf(item.key) + ": ")
			}
			writeFlow(b, item)
		}
		b.WriteString(end)
	}
}

// textOf writes a text, in quotes if it needs them.
func textOf(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isPlain reports whether no reader of YAML takes s for anything but a text.
func isPlain(s string) bool {
	if looksOther(s) || strings.HasSuffix(s, " ") || strings.Contains(s, "  ") || strings.HasPrefix(s, "---") || isNumber(s) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(s)
	if !unicode.IsLetter(first) && first != '_' && first != '/' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-+./ ", r)
	}) < 0
}
