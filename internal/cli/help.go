package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/recipe"
)

var helpVerb = verb{
	name: "help", args: "[verb]", summary: "List the verbs, or tell about one",
	help: "Examples:\n  ingot help\n  ingot help train\n  ingot help --json\n",
	max:  1, run: runHelp,
}

// helped is a verb in `help --json`.
type helped struct {
	Verb    string `json:"verb"`
	Usage   string `json:"usage"`
	Summary string `json:"summary"`
	Help    string `json:"help"`
}

func runHelp(_ context.Context, c *call) error {
	if len(c.args) == 0 {
		if c.json {
			list := []helped{}
			for i := range verbs {
				list = append(list, verbs[i].helped())
			}
			return c.printJSON(map[string]any{"verbs": list, "recipes": recipe.Names()})
		}
		_, err := io.WriteString(c.out, overview())
		return err
	}
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == c.args[0] })
	if i < 0 {
		return usagef("unknown verb %q%s; `ingot help` lists them", c.args[0], recipe.DidYouMean(c.args[0], verbNames()))
	}
	return c.tell(&verbs[i])
}

func (v *verb) helped() helped { return helped{v.name, v.line(), v.summary, v.help} }

// tell prints a verb's help.
func (c *call) tell(v *verb) error {
	if c.json {
		return c.printJSON(v.helped())
	}
	_, err := io.WriteString(c.out, v.usage())
	return err
}

func overview() string {
	var b strings.Builder
	b.WriteString("ingot: neural networks in Go\n\nusage: ingot <verb> [recipe|config.yaml] [key=value …] [--json] [--help]\n\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "%s", wrap(fmt.Sprintf("  %-10s %s", v.name, v.summary), 13))
	}
	fmt.Fprintf(&b, "\n%s\nstart with: ingot train mnist\n", wrap("recipes: "+strings.Join(recipe.Names(), ", "), 2))
	return b.String()
}
