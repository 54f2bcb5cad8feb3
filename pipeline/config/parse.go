package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a document may have at most. A configuration written by hand is far below.
const (
	maxBytes  = 1 << 20
	maxTokens = 1 << 16 // names, values and punctuation
	maxDepth  = 64      // lists and maps within each other
	maxKey    = 256     // bytes
	maxBlank  = 100     // blank lines in a row: the library takes the square of that
)

// Parse reads one YAML document. A document that is empty, or has only comments, gives a node of kind [KindNull]. file is
// for the messages only.
//
// It refuses what has no place in a configuration: more than one document, a key given twice, anchors, aliases, merge
// keys, tags, directives, keys that are not scalars, text that is not UTF-8, and documents beyond 1 MiB, 65536 tokens or
// 64 levels, and more than 100 blank lines in a row. A document at a limit takes one or two seconds at worst. The error is an [Errors].
func Parse(file string, text []byte) (*Node, error) {
	fail := func(line int, format string, args ...any) (*Node, error) {
		return nil, Errors{{File: file, Line: line, Value: fmt.Sprintf(format, args...)}}
	}
	if len(text) > maxBytes {
		return fail(0, "the document has %d bytes, want at most %d", len(text), maxBytes)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	if i, what := badByte(text); i >= 0 {
		return fail(1+bytes.Count(text[:i], []byte("\n")), "the document has %s", what)
	}
	tokens, err := tokenize(string(text))
	if err != nil {
		return fail(0, "%v", err)
	}
	if errs := guard(file, tokens); errs != nil {
		return nil, errs.result()
	}
	doc, err := parse(tokens)
	if err != nil {
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil {
			message := at.GetMessage()
			if strings.HasPrefix(message, "found character '\t'") {
				message = "a tab where only spaces can indent"
			}
			return fail(at.GetToken().Position.Line, "%s", shorten(message))
		}
		return fail(0, "%s", shorten(err.Error()))
	}
	return build(file, doc, tokens)
}

// badByte finds what no text file should have.
func badByte(text []byte) (int, string) {
	blank := 0
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return i, "a byte that is not UTF-8"
		case r < ' ' && r != '\n' && r != '\t', r == 0x7f, r >= 0x80 && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff:
			return i, fmt.Sprintf("the control character %U; write it as an escape in double quotes", r)
		}
		if r == '\n' {
			if blank++; blank > maxBlank+1 {
				return i, fmt.Sprintf("more than %d blank lines in a row", maxBlank)
			}
		} else if r != ' ' && r != '\t' {
			blank = 0
		}
		i += n
	}
	return -1, ""
}

// tokenize and parse guard against panics of the library on input that nobody tried before.
func tokenize(text string) (tokens token.Tokens, err error) {
	defer recovered(&err)
	return lexer.Tokenize(text), nil
}

func parse(tokens token.Tokens) (doc ast.Node, err error) {
	defer recovered(&err)
	f, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // duplicates are found faster by build
	if err != nil {
		return nil, err
	}
	for _, d := range f.Docs { // guard has seen that there is one at most
		if d.Body != nil {
			doc = d.Body
		}
	}
	return doc, nil
}

func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("the document cannot be read: %v", r)
	}
}

// guard refuses, before they cost anything, the features that have no place here.
func guard(file string, tokens token.Tokens) Errors {
	var es Errors
	bad := func(tk *token.Token, what string) { es.add(&Error{File: file, Line: tk.Position.Line, Value: what}) }
	if len(tokens) > maxTokens {
		bad(tokens[maxTokens], fmt.Sprintf("the document has more than %d names, values and punctuation marks", maxTokens))
		return es
	}
	var columns []int // where the enclosing blocks begin
	flow := 0
	started, ended := false, false // the document, by a value or a "---"
	for i, tk := range tokens {
		switch tk.Type {
		case token.CommentType:
			continue
		case token.AnchorType:
			bad(tk, "anchors (&) are not supported")
		case token.AliasType:
			bad(tk, "aliases (*) are not supported; a text that begins with * needs quotes")
		case token.MergeKeyType:
			bad(tk, "merge keys (<<) are not supported")
		case token.TagType:
			bad(tk, "tags (!) are not supported; a text that begins with ! needs quotes")
		case token.DirectiveType:
			bad(tk, "directives (%) are not supported")
		case token.MappingKeyType:
			bad(tk, "keys marked with ? are not supported")
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.DocumentEndType:
			ended = true
			continue
		}
		if ended || started && tk.Type == token.DocumentHeaderType {
			bad(tk, "more than one document")
			return es
		}
		started = true
		if flow <= 0 && (i == 0 || tokens[i-1].Position.Line != tk.Position.Line || tokens[i-1].Type == token.SequenceEntryType) {
			for len(columns) > 0 && columns[len(columns)-1] >= tk.Position.Column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, tk.Position.Column)
		}
		if len(columns)+flow > maxDepth+1 {
			bad(tk, tooDeep)
			return es
		}
	}
	return es
}

var tooDeep = fmt.Sprintf("lists and maps are nested more than %d levels deep", maxDepth)
