package stages

import (
	"fmt"
	"strings"
)

// kinds says who does the work of a transform.
var kinds = map[string]string{
	"plan":   "plan: drawn into the plan, done by the decoder",
	"color":  "color: a 3x4 matrix on every pixel; neighbours become one",
	"pixels": "pixels: done on the decoded pixels",
	"group":  "group: holds transforms",
	"recipe": "recipe: a pipeline that a method was published with",
}

// Text is the list for people.
func (c *Catalog) Text() string {
	var b strings.Builder
	section := func(title string, lines []Line, kind bool) {
		fmt.Fprintf(&b, "%s\n", title)
		for _, l := range lines {
			if kind {
				fmt.Fprintf(&b, "  %-20s %-7s %s\n", l.Name, l.Kind, l.Summary)
			} else {
				fmt.Fprintf(&b, "  %-20s %s\n", l.Name, l.Summary)
			}
		}
	}
	section("transforms", c.Transforms, true)
	section("groups", c.Groups, false)
	section("recipes", c.Recipes, false)
	b.WriteString("plan is done by the decoder, color by one matrix for all in a row, pixels on the decoded pixels.\n")
	b.WriteString("vidcsl stages NAME says more; with --png FILE it draws what it does.\n")
	return b.String()
}

// Text is the description for people.
func (e *Entry) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n%s\n", e.Name, e.Summary, kinds[e.Kind])
	if e.Sizes {
		b.WriteString("sets the size of the view: without such a transform, short side scaled and centre crop\n")
	}
	if e.Doc != "" {
		fmt.Fprintf(&b, "\n%s\n", e.Doc)
	}
	if len(e.Settings) > 0 {
		b.WriteString("\nsettings\n")
	}
	for _, s := range e.Settings {
		fmt.Fprintf(&b, "  %-12s %s", s.Name, s.Type)
		if s.Legal != "" {
			fmt.Fprintf(&b, ", %s", s.Legal)
		}
		if s.Default != nil {
			fmt.Fprintf(&b, "; default %s\n", s.Default)
		} else {
			b.WriteString("; must be given\n")
		}
		fmt.Fprintf(&b, "  %-12s %s\n", "", s.Doc)
	}
	if len(e.Drawn) > 0 {
		who := "each view"
		if e.Joint {
			who = "all views of a sample together"
		}
		fmt.Fprintf(&b, "\ndrawn for %s\n  %s\n", who, strings.Join(e.Drawn, ", "))
	}
	fmt.Fprintf(&b, "\nexample\n")
	for line := range strings.Lines(e.Example) {
		b.WriteString("  " + line)
	}
	return b.String()
}
