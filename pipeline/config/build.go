package config

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder makes Nodes of the library's tree.
type builder struct {
	file string
	seen map[*token.Token]bool // scalars that are in the tree
	errs Errors
}

func build(file string, doc ast.Node, tokens token.Tokens) (*Node, error) {
	b := builder{file: file, seen: make(map[*token.Token]bool)}
	root := &Node{file: file, line: 1, absent: true}
	if doc != nil {
		root = &Node{file: file}
		b.fill(root, doc, 0)
	}
	// The library passes over some text that it cannot place; here that is an error.
	for _, tk := range tokens {
		if len(b.errs) == 0 && isScalarToken(tk) && !b.seen[tk] {
			b.bad(tk, quote(tk.Value)+" is out of place")
		}
	}
	if err := b.errs.result(); err != nil {
		return nil, err
	}
	return root, nil
}

func (b *builder) bad(tk *token.Token, what string) {
	line := 0
	if tk != nil && tk.Position != nil {
		line = tk.Position.Line
	}
	b.errs.add(&Error{File: b.file, Line: line, Value: what})
}

// fill makes n, which knows its place already, the value of from.
func (b *builder) fill(n *Node, from ast.Node, depth int) {
	tk := from.GetToken()
	if tk != nil && tk.Position != nil {
		n.line = tk.Position.Line
	}
	if depth > maxDepth {
		b.bad(tk, tooDeep)
		return
	}
	b.seen[tk] = true
	switch from := from.(type) {
	case *ast.MappingNode:
		n.kind = KindMap
		b.entries(n, from.Values, depth)
	case *ast.MappingValueNode:
		n.kind = KindMap
		b.entries(n, []*ast.MappingValueNode{from}, depth)
	case *ast.SequenceNode:
		n.kind = KindList
		for i, v := range from.Values {
			item := &Node{file: b.file, parent: n, index: i}
			n.items = append(n.items, item)
			b.fill(item, v, depth+1)
		}
	case *ast.LiteralNode:
		n.kind, n.text = KindScalar, from.Value.Value
		b.seen[from.Value.GetToken()] = true
	case *ast.StringNode:
		n.kind, n.text = KindScalar, from.Value
		n.plain = tk.Type != token.SingleQuoteType && tk.Type != token.DoubleQuoteType
		if n.plain && isNull(n.text) {
			n.kind = KindNull
		}
	case *ast.NullNode:
		n.absent = tk.Type == token.ImplicitNullType
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode, *ast.BoolNode:
		n.kind, n.text, n.plain = KindScalar, tk.Value, true
	default:
		b.bad(tk, fmt.Sprintf("%s is not supported", from.Type()))
	}
}

func (b *builder) entries(n *Node, values []*ast.MappingValueNode, depth int) {
	lines := make(map[string]int, len(values))
	for i, v := range values {
		tk := v.Key.GetToken()
		if i == 0 {
			n.line = tk.Position.Line
		}
		b.seen[tk] = true
		if !isScalarToken(tk) {
			b.bad(tk, "a key that is not a scalar")
			continue
		}
		key := tk.Value
		if first, twice := lines[key]; twice {
			at := Node{parent: n, key: key}
			b.errs.add(&Error{File: b.file, Line: tk.Position.Line, Path: at.Path(), Value: fmt.Sprintf("given twice, first on line %d", first)})
			continue
		}
		lines[key] = tk.Position.Line
		if len(key) > maxKey {
			b.bad(tk, fmt.Sprintf("the key %s has %d bytes, want at most %d", quote(key), len(key), maxKey))
			continue
		}
		value := &Node{file: b.file, parent: n, key: key, keyLine: tk.Position.Line}
		n.items = append(n.items, value)
		b.fill(value, v.Value, depth+1)
	}
}

func isScalarToken(tk *token.Token) bool {
	switch tk.Type {
	case token.StringType, token.SingleQuoteType, token.DoubleQuoteType, token.NullType, token.BoolType, token.InfinityType, token.NanType,
		token.IntegerType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType, token.FloatType:
		return true
	}
	return false
}
