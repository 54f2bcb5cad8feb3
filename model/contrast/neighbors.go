package contrast

import (
	"context"
	"io"

	"vidcsl/model"
	"vidcsl/model/cluster"
	"vidcsl/model/op"
)

// neighbors finds the pairs of samples that share neighbours among the features in the memory, see [cluster.Neighbors].
type neighbors struct {
	o         *Objective
	partners  *model.Slot        // i32[Samples, Partners]; -1: none
	attracted *model.Slot        // i32[Samples, Partners], those of them that are attracted; nil: all
	finder    *cluster.Neighbors // of the last refresh: its memory is much, and costs time to get; nil: none
	engine    model.Engine       // of the finder
}

func newNeighbors(o *Objective) *neighbors {
	n, m := o.dims.Samples, o.config.Removal.Partners
	list := func(name string) *model.Slot { return o.slot(name, op.From(op.Data[int32](filled(-1, n*m)), n, m)) }
	d := &neighbors{o: o, partners: list("detector.partners")}
	if o.config.Removal.Attracted > 0 {
		d.attracted = list("detector.attracted")
	}
	return d
}

func (d *neighbors) find(p *pairs) (found, attracted *op.Node) {
	match := func(s *model.Slot) *op.Node {
		return op.Apply(op.Match{}, op.Apply(op.Gather{}, s.In, p.ids), p.entryIDs)
	}
	if d.attracted != nil {
		attracted = match(d.attracted)
	}
	return match(d.partners), attracted
}

func (d *neighbors) finish(_, _ *op.Node) {}

// ready implements refresher: every sample had its turn, but for those that did not fill a batch.
func (d *neighbors) ready() int { return d.o.dims.EpochSteps }

func (d *neighbors) refresh(ctx context.Context, e model.Engine, p model.Program, _ int) (Report, error) {
	s, r := state{p: p}, d.o.config.Removal
	h := d.o.memory.read(&s, d.o.dims)
	if s.err != nil {
		return Report{}, s.err
	}
	if err := d.open(e, h); err != nil {
		return Report{}, err
	}
	partners, attracted, found, err := d.finder.Find(ctx, h.mean, h.residual, h.seen, r.Share, r.Attracted)
	if err != nil {
		return Report{}, err
	}
	s.set(d.partners, partners)
	if d.attracted != nil {
		s.set(d.attracted, attracted)
	}
	report := Report{Cut: found.Cut}
	report.judgeLists(op.Data[int32](partners), h.ids, h.labels)
	return report, s.commit()
}

// open makes a finder, if there is none of the engine.
func (d *neighbors) open(e model.Engine, h history) error {
	if d.finder != nil && d.engine == e {
		return nil
	}
	if err := d.Close(); err != nil {
		return err
	}
	finder, err := h.finder(e, d.o.config.Removal)
	if err == nil {
		d.finder, d.engine = finder, e
	}
	return err
}

// Close implements [io.Closer].
func (d *neighbors) Close() error {
	if d.finder == nil {
		return nil
	}
	finder := d.finder
	d.finder, d.engine = nil, nil
	return finder.Close()
}

// finder returns what looks at the features in the memory. The caller closes it.
func (h history) finder(e model.Engine, r Removal) (*cluster.Neighbors, error) {
	n, f := h.mean.Shape[0], h.mean.Shape[1]
	return cluster.NewNeighbors(e, cluster.NeighborsOptions{Samples: n, Features: f, Neighbors: r.Neighbors, Partners: r.Partners})
}

var (
	_ refresher = (*neighbors)(nil)
	_ io.Closer = (*neighbors)(nil)
)
