package robustness

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"vidcsl/decode"
	"vidcsl/robust"
	"vidcsl/robust/report"
)

// notes returns what one must know to read a page right.
func (j *Job) notes(all []*tested, m *measured, p *report.Page) []string {
	list := append([]string{j.tested(all[0])}, leftOut(all)...)
	list = append(list, lost(m)...)
	list = append(list, j.attackNotes(all, m)...)
	list = append(list, noShares(p.Gaps)...)
	most := 0
	for _, w := range m.ways {
		most = max(most, len(w.role))
	}
	switch {
	case most == 1:
		list = append(list, "Each way is one run: intervals hold what the choice of test clips makes, and not what the seed of a training makes.")
	case most < 5:
		list = append(list, fmt.Sprintf("No way has more than %d runs: of so few seeds, intervals are too narrow.", most))
	}
	return list
}

// noShares says by which measures no share of the gap is given.
func noShares(gaps []report.Gap) (list []string) {
	var names []string
	for _, g := range gaps {
		switch {
		case !g.Size.Defined():
			list = append(list, fmt.Sprintf("The gap by %s is not known: %s.", g.Measure, g.Size.Undefined))
		case g.Verdict != report.Open:
			names = append(names, g.Measure)
		}
	}
	if len(names) > 0 {
		list = append(list, fmt.Sprintf("No share of the gap is given by %s, where its interval is not above 0.", joined(names)))
	}
	return list
}

// leftOut says which corruptions were left out, a sentence for each reason.
func leftOut(all []*tested) (list []string) {
	var reasons []string
	names := map[string][]string{}
	for _, t := range all {
		for _, s := range t.skipped {
			if names[s.Why] == nil {
				reasons = append(reasons, s.Why)
			}
			if !slices.Contains(names[s.Why], s.Name) {
				names[s.Why] = append(names[s.Why], s.Name)
			}
		}
	}
	for _, why := range reasons {
		list = append(list, fmt.Sprintf("Left out: %s (%s).", strings.Join(names[why], ", "), why))
	}
	return list
}

// lost says of which corruptions some clips could not be decoded, and of how many where it is most.
func lost(m *measured) (list []string) {
	var names []string
	most := map[string]robust.Cell{}
	for i := range m.runs {
		for _, c := range m.runs[i].Cells {
			if c.Undecodable().Hits == 0 {
				continue
			}
			old, ok := most[c.Name]
			if !ok {
				names = append(names, c.Name)
			}
			if !ok || c.Undecodable().Value > old.Undecodable().Value {
				most[c.Name] = c
			}
		}
	}
	for _, n := range names {
		c := most[n]
		list = append(list, fmt.Sprintf("Of %v, %.1f %% of the clips could not be decoded; such clips are neither right nor wrong.", c.Condition, 100*c.Undecodable().Value))
	}
	return list
}

// attackNotes says what accuracy under attack does not say.
func (j *Job) attackNotes(all []*tested, m *measured) (list []string) {
	if j.Suite == "corruptions" {
		return nil
	}
	if attacked, n := len(all[0].victims()), labelledClips(all[0]); attacked < n {
		list = append(list, fmt.Sprintf("Of the %d labelled test videos, %d were attacked, drawn by the seed.", n, attacked))
	}
	switch {
	case j.Head == "knn":
		list = append(list, "Neighbours have no gradient and are attacked by way of a network that has one: their accuracy under attack is an upper bound, more so than that of other heads.")
	case !slices.Contains(j.Attacks, "autoattack"):
		list = append(list, fmt.Sprintf("Accuracy under attack is an upper bound: a stronger attack than %s may find more.", strings.Join(j.Attacks, ", ")))
	}
	return list
}

// tested says on how many clips of how many classes, by which head, and what is no better than to look at none of them.
func (j *Job) tested(t *tested) string {
	videos := map[int32]int{} // of each class
	most := 0
	for _, l := range t.Test.Info().Labels {
		if l >= 0 {
			videos[l]++
			most = max(most, videos[l])
		}
	}
	n := labelledClips(t)
	return fmt.Sprintf("Tested on %d videos of %d classes with the head %s. To name the commonest class each time is right on %.1f %%.", n, len(videos), j.Head, 100*float64(most)/float64(n))
}

func labelledClips(t *tested) (n int) {
	for _, l := range t.Test.Info().Labels {
		if l >= 0 {
			n++
		}
	}
	return n
}

// describeRuns adds what was tested, how to make all of it again, and by what it was computed.
func (j *Job) describeRuns(all []*tested, m *measured, p *report.Page) {
	for _, w := range m.ways {
		for _, i := range w.role {
			p.Runs = append(p.Runs, all[i].describeRun(w.name))
			p.Reproduce = append(p.Reproduce, report.Command{Does: "trains " + all[i].Run, Line: all[i].trainLine()})
		}
	}
	p.Reproduce = append(p.Reproduce, report.Command{Does: "tests the encoders and writes this page", Line: line(j.Command)})
	p.Libraries = []string{"libavcodec " + decode.FFmpegVersion(), strings.Replace(runtime.Version(), "go", "Go ", 1)}
}

func (t *tested) describeRun(way string) report.Run {
	r := report.Run{Way: way, Path: t.Run, Seed: t.Config.Seed, Digest: filepath.Base(t.dir)}
	if text, err := t.Config.YAML(); err == nil {
		r.Config = string(text)
	}
	return r
}

// trainLine is the command that trains a run anew, from what it recorded.
func (t *tested) trainLine() string {
	words := []string{"vidcsl", "train", "--config", filepath.Join(t.Folder, "config.yaml"), "--data", t.Record.Data}
	if t.Record.Val != "" {
		words = append(words, "--val", t.Record.Val)
	}
	return line(append(words, "--threads", fmt.Sprint(t.Record.Threads), "--output", t.Folder+"-again"))
}

// line writes words as a shell reads them.
func line(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		if quoted[i] = w; w == "" || strings.ContainsFunc(w, needsQuotes) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

func needsQuotes(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_=./,:@%+", r))
}
