package robustness

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"slices"

	"vidcsl/robust"
	"vidcsl/robust/report"
)

// shownClipsOfWay is how many clips that broke are shown of a way.
const shownClipsOfWay = 4

// place names a test clip: several may be of one video.
type place struct {
	key  string
	turn int // which of the clips of the video it is, in the order of the data
}

// turns counts the clips of each video.
type turns map[string]int

func (t turns) next(key string) place {
	p := place{key, t[key]}
	t[key]++
	return p
}

// breakage is a clip that was right as it was, and is wrong in a cell.
type breakage struct {
	place
	cell   *work
	number int // of the cell
	order  int // of the clip in the data
	clip   robust.Clip
	before robust.Clip // clean
}

// size is by what one breakage of a kind comes before another.
func (b breakage) size() float64 {
	c := b.cell.condition
	switch {
	case c.Kind == robust.Corruption:
		return float64(c.Severity)
	case c.Epsilon > 0:
		return c.Epsilon
	}
	return b.clip.Norm
}

// breakages returns the clips that broke in a kind of cell, of each and each corruption or attack the least that broke it; the least first.
func (t *tested) breakages(kind robust.Kind) []breakage {
	type right struct {
		clip  robust.Clip
		order int
	}
	clean, count := map[place]right{}, turns{}
	for i, c := range t.work[0].done.Clips {
		if p := count.next(c.Key); c.Right() {
			clean[p] = right{c, i}
		}
	}
	type spoiled struct {
		place
		name string
	}
	least := map[spoiled]breakage{}
	for n, w := range t.work {
		if w.condition.Kind != kind {
			continue
		}
		lost, count := map[string]bool{}, turns{} // which of a video's clips are lost is not known
		for _, c := range w.done.Clips {
			lost[c.Key] = lost[c.Key] || c.Predicted == robust.Undecodable
		}
		for _, c := range w.done.Clips {
			p := count.next(c.Key)
			before, ok := clean[p]
			if !ok || c.Right() || lost[c.Key] {
				continue
			}
			b := breakage{place: p, cell: w, number: n, order: before.order, clip: c, before: before.clip}
			at := spoiled{p, w.condition.Name}
			if old, ok := least[at]; !ok || b.size() < old.size() {
				least[at] = b
			}
		}
	}
	var list []breakage
	for _, b := range least {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b breakage) int {
		return cmp.Or(cmp.Compare(a.size(), b.size()), cmp.Compare(a.number, b.number), cmp.Compare(a.order, b.order))
	})
	return list
}

// firstBroken chooses clips to show: by turns of corruptions and of attacks, the least that broke any first, of other groups and names than before as far as
// there are.
func (t *tested) firstBroken() []breakage {
	c := &choice{used: map[string]bool{}, taken: map[place]bool{}}
	group := func(b breakage) string { return "group " + groupOf(b.cell.condition.Name) }
	name := func(b breakage) string { return "name " + b.cell.condition.Name }
	corrupted, attacked := t.breakages(robust.Corruption), t.breakages(robust.Attack)
	for len(c.list) < shownClipsOfWay {
		before := len(c.list)
		c.add(corrupted, group, name)
		if len(c.list) < shownClipsOfWay {
			c.add(attacked, name)
		}
		if len(c.list) == before {
			break
		}
	}
	return c.list
}

// choice is clips that are chosen, and what was used by that: clips, and groups, names and classes.
type choice struct {
	list  []breakage
	taken map[place]bool
	used  map[string]bool
}

// add chooses the first of a list of which nothing that names tell is used; with fewer and fewer demands where there is none. Of those that are as
// good, one of a class that was not used yet comes first.
func (c *choice) add(list []breakage, names ...func(b breakage) string) {
	class := func(b breakage) string { return fmt.Sprint("class ", b.clip.Label) }
	for skip := range len(names) + 1 {
		is := func(b breakage) bool {
			return !c.taken[b.place] && !slices.ContainsFunc(names[skip:], func(of func(b breakage) string) bool { return c.used[of(b)] })
		}
		at := slices.IndexFunc(list, is)
		if at < 0 {
			continue
		}
		b := list[at]
		for _, other := range list[at:] {
			if c.used[class(b)] && other.cell == b.cell && other.size() == b.size() && is(other) && !c.used[class(other)] {
				b = other
			}
		}
		for _, of := range append(names, class) {
			c.used[of(b)] = true
		}
		c.list, c.taken[b.place] = append(c.list, b), true
		return
	}
}

// broken makes clips that broke anew, as they were and as they were perturbed. One that is not taken for the same class as in its cell is left out: it
// would not be the one that was measured.
func (t *tested) broken(ctx context.Context, way string) ([]report.Broken, error) {
	list := t.firstBroken()
	if len(list) == 0 {
		return nil, nil
	}
	if err := t.load(ctx); err != nil {
		return nil, err
	}
	wanted, by := map[place]bool{}, map[*work]map[place]bool{}
	for _, b := range list {
		if by[b.cell] == nil {
			by[b.cell] = map[place]bool{}
		}
		wanted[b.place], by[b.cell][b.place] = true, true
	}
	clean, err := t.cleanFrames(ctx, wanted)
	if err != nil {
		return nil, err
	}
	perturbed := map[*work]map[place]remade{}
	for _, b := range list {
		if perturbed[b.cell] == nil {
			if perturbed[b.cell], err = t.remake(ctx, b.cell, by[b.cell]); err != nil {
				return nil, err
			}
		}
	}
	classes := t.Test.Info().Classes
	var out []report.Broken
	for _, b := range list {
		before, after := clean[b.place], perturbed[b.cell][b.place]
		if before == nil || after.frames == nil || after.predicted != b.clip.Predicted {
			t.job.Log.Warn("a clip that broke is not shown: made anew, it is taken for another class", "run", t.Run, "clip", b.key, "condition", b.cell.condition.String())
			continue
		}
		out = append(out, report.Broken{
			Way: way, Run: t.Run, Key: b.key, Condition: b.cell.condition, Norm: b.clip.Norm,
			Label: classes[b.clip.Label], Before: classes[b.before.Predicted], After: classes[b.clip.Predicted],
			Clean: before, Perturbed: after.frames,
		})
	}
	return out, nil
}

// remade is a perturbed clip that was made anew.
type remade struct {
	frames    []image.Image
	predicted int32
}
