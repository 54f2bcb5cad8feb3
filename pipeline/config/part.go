package config

// Part is a map within a document that is not decoded with it: it is kept to be laid over a value which is only known later, such as one that
// another part of the document describes. The zero Part is an empty map.
type Part struct{ node *Node }

// DecodeConfig implements [Decoder].
func (p *Part) DecodeConfig(n *Node) error {
	if n.kind != KindMap {
		return n.Want("a map")
	}
	p.node = n
	return nil
}

// EncodeConfig implements [Encoder].
func (p Part) EncodeConfig() (any, error) {
	if p.node == nil {
		return Map{}, nil
	}
	return p.node, nil
}

// ConfigSchema implements [Schemer].
func (Part) ConfigSchema() map[string]any { return map[string]any{"title": "map", "type": "object"} }

// Over overlays the part on what v points to, as [Decode] does. Errors have the lines and the paths of the document that the part is of.
func (p Part) Over(v any) error {
	if p.node == nil {
		return nil
	}
	return Decode(p.node, v)
}
