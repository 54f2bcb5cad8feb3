package pipeline

import (
	"fmt"
	"strings"
)

// label is what a drawing says about a node.
func (n *node) label() string {
	c := n.config
	var notes []string
	switch {
	case n.kind != KindStage:
	case c.workers == Auto:
		notes = append(notes, "auto workers")
	case c.workers > 1:
		notes = append(notes, fmt.Sprintf("%d workers", c.workers))
	}
	if c.unordered {
		notes = append(notes, "unordered")
	}
	if c.budget > 0 {
		notes = append(notes, byteText(c.budget))
	}
	if p := c.policy; p.retries > 0 {
		notes = append(notes, fmt.Sprintf("retry %d", p.retries))
	}
	if p := c.policy; p.skip && p.limited {
		notes = append(notes, fmt.Sprintf("skip up to %g %%", 100*p.max))
	} else if p.skip {
		notes = append(notes, "skip")
	}
	if len(notes) == 0 {
		return n.name
	}
	return n.name + "\n" + strings.Join(notes, ", ")
}

// edges calls f for each joint, in the order in which the graph was built.
func (g *Graph) edges(f func(from, to int)) {
	at := make(map[*node]int, len(g.nodes))
	for i, n := range g.nodes {
		at[n] = i
	}
	for i, n := range g.nodes {
		for _, from := range n.from {
			f(at[from], i)
		}
	}
}

// Mermaid returns the graph as a Mermaid flowchart, ready for a Markdown code
// block. It may be called before the run, and on a graph that is not complete.
func (g *Graph) Mermaid() string {
	shapes := map[Kind][2]string{
		KindSource: {"([", "])"}, KindStage: {"[", "]"}, KindTee: {"{{", "}}"}, KindMerge: {"{{", "}}"}, KindSink: {"[(", ")]"},
	}
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	escape := strings.NewReplacer("&", "#amp;", `"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", "<br>")
	for i, n := range g.nodes {
		s := shapes[n.kind]
		fmt.Fprintf(&b, "    n%d%s\"%s\"%s\n", i, s[0], escape.Replace(n.label()), s[1])
	}
	g.edges(func(from, to int) { fmt.Fprintf(&b, "    n%d --> n%d\n", from, to) })
	return b.String()
}

// DOT returns the graph in the language of Graphviz.
func (g *Graph) DOT() string {
	shapes := map[Kind]string{
		KindSource: "oval", KindStage: "box", KindTee: "triangle", KindMerge: "invtriangle", KindSink: "cylinder",
	}
	var b strings.Builder
	b.WriteString("digraph pipeline {\n    rankdir=LR;\n")
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	for i, n := range g.nodes {
		fmt.Fprintf(&b, "    n%d [shape=%s, label=\"%s\"];\n", i, shapes[n.kind], escape.Replace(n.label()))
	}
	g.edges(func(from, to int) { fmt.Fprintf(&b, "    n%d -> n%d;\n", from, to) })
	b.WriteString("}\n")
	return b.String()
}

// byteText writes a number of bytes in the largest unit that divides it.
func byteText(n int64) string {
	for i, unit := range []string{"GiB", "MiB", "KiB"} {
		if size := int64(1) << (30 - 10*i); n >= size && n%size == 0 {
			return fmt.Sprintf("%d %s", n/size, unit)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
