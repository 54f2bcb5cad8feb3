package config

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
)

// Kind is what a [Node] is.
type Kind uint8

// The kinds of nodes. A scalar is a number, a text, true or false.
const (
	KindNull Kind = iota
	KindScalar
	KindList
	KindMap
)

func (k Kind) String() string { return [...]string{"null", "scalar", "list", "map"}[k] }

// Node is one value of a document: a scalar, a list, a map, or null. It is immutable and safe for concurrent use.
type Node struct {
	kind    Kind
	file    string
	line    int
	keyLine int    // line of the key of a map's entry
	text    string // of a scalar
	plain   bool   // a scalar without quotes: it may be a number, true or false
	absent  bool   // a null that nobody wrote
	parent  *Node
	key     string // in a parent that is a map; the path of the root
	index   int    // in a parent that is a list
	items   []*Node
}

// Kind returns what n is.
func (n *Node) Kind() Kind { return n.kind }

// File returns the name that was given to [Parse].
func (n *Node) File() string { return n.file }

// Line returns the line on which the value begins, from 1; 0 for a value that comes from no file.
func (n *Node) Line() int { return n.line }

// Text returns the text of a scalar, without quotes, and "" for all else.
func (n *Node) Text() string { return n.text }

// IsText reports whether n is a scalar that is neither a number nor true nor false.
func (n *Node) IsText() bool {
	return n.kind == KindScalar && !(n.plain && (isNumber(n.text) || isBool(n.text)))
}

// IsNumber reports whether n is a scalar that is a number; it may still be out of every range.
func (n *Node) IsNumber() bool { return n.kind == KindScalar && n.plain && isNumber(n.text) }

// Items returns the elements of a list, and nil for all else. The slice belongs to n.
func (n *Node) Items() []*Node {
	if n.kind != KindList {
		return nil
	}
	return n.items
}

// Entries goes through a map in document order, and over nothing for all else.
func (n *Node) Entries() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) {
		if n.kind != KindMap {
			return
		}
		for _, v := range n.items {
			if !yield(v.key, v) {
				return
			}
		}
	}
}

// Only returns the entry of a map that has a single one.
func (n *Node) Only() (key string, value *Node, ok bool) {
	if n.kind != KindMap || len(n.items) != 1 {
		return "", nil, false
	}
	return n.items[0].key, n.items[0], true
}

// Get returns the value of a key, or nil.
func (n *Node) Get(key string) *Node {
	for k, v := range n.Entries() {
		if k == key {
			return v
		}
	}
	return nil
}

// Path says where n is: "augment[2].color_jitter.brightness". It is empty for the whole document.
func (n *Node) Path() string {
	switch {
	case n.parent == nil:
		return n.key
	case n.parent.kind == KindList:
		return n.parent.Path() + "[" + strconv.Itoa(n.index) + "]"
	case isName(n.key):
		return joinPath(n.parent.Path(), shorten(n.key))
	default:
		return n.parent.Path() + "[" + quote(n.key) + "]"
	}
}

// find returns the node within n that path names, or the one nearest to it.
func (n *Node) find(path string) *Node {
	for _, item := range n.items {
		if rest, within := strings.CutPrefix(path, item.Path()); within && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return item.find(path)
		}
	}
	return n
}

// Want returns the error "PATH is VALUE, want WANT" for n.
func (n *Node) Want(want string) *Error {
	return &Error{File: n.file, Line: n.line, Path: n.Path(), Value: n.shown(), Want: want}
}

// Unknown returns the error for a name that is not among known: the text of n if n is a scalar, its key in a map
// otherwise. The message lists known and says which of them is near.
func (n *Node) Unknown(known []string) *Error {
	if n.kind == KindScalar {
		return n.Want(oneOf(known) + DidYouMean(n.text, known))
	}
	return n.unknownKey(known)
}

func (n *Node) unknownKey(known []string) *Error {
	want := "no key here"
	if len(known) > 0 {
		want = oneOf(known) + DidYouMean(n.key, known)
	}
	return &Error{File: n.file, Line: n.keyLine, Path: n.Path(), Value: "not a known key", Want: want}
}

// shown is n in an error message.
func (n *Node) shown() string {
	switch {
	case n.kind == KindList:
		return fmt.Sprintf("a list of %d", len(n.items))
	case n.kind == KindMap:
		return "a map"
	case n.absent:
		return "empty"
	case n.kind == KindNull:
		return "null"
	case n.IsText():
		return quote(n.text)
	default:
		return shorten(n.text)
	}
}

// isName reports whether a key needs no quotes in a path.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) < 0
}
