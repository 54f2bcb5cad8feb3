package report

import (
	"slices"

	"vidcsl/robust"
)

// wayRow is a way in the table of all.
type wayRow struct {
	key
	About string
	Cells []string
}

type overview struct {
	Head []string
	Rows []wayRow
}

func (p *Page) overview(keys []key) any {
	if len(p.Ways) == 0 {
		return nil
	}
	o := overview{}
	columns := []struct {
		name string
		of   func(w Way) robust.Value
	}{
		{"clean, %", func(w Way) robust.Value { return w.Clean }},
		{"mPC, %", func(w Way) robust.Value { return w.MPC }},
		{"rPC, %", func(w Way) robust.Value { return w.RPC }},
	}
	for i, w := range p.Ways {
		o.Rows = append(o.Rows, wayRow{key: keys[i], About: w.About})
	}
	for _, c := range columns {
		if !slices.ContainsFunc(p.Ways, func(w Way) bool { return c.of(w).Defined() && c.of(w) != robust.Value{} }) {
			continue
		}
		o.Head = append(o.Head, c.name)
		for i, w := range p.Ways {
			o.Rows[i].Cells = append(o.Rows[i].Cells, interval(c.of(w)))
		}
	}
	return o
}
