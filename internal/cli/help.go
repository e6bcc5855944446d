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
	help: "Examples:\n  ingot help\n  ingot help train\n",
	max:  1, run: runHelp,
}

func runHelp(_ context.Context, c *call) error {
	if len(c.args) == 0 {
		_, err := io.WriteString(c.out, overview())
		return err
	}
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == c.args[0] })
	if i < 0 {
		return usagef("unknown verb %q%s; `ingot help` lists them", c.args[0], recipe.DidYouMean(c.args[0], verbNames()))
	}
	_, err := io.WriteString(c.out, verbs[i].usage())
	return err
}

func overview() string {
	var b strings.Builder
	b.WriteString("ingot: neural networks in Go\n\nusage: ingot <verb> [recipe|config.yaml] [key=value …] [--json] [--help]\n\n")
	for _, v := range verbs {
		fmt.Fprintf(&b, "  %-9s %s\n", v.name, v.summary)
	}
	fmt.Fprintf(&b, "\nrecipes: %s\n\nstart with: ingot train mnist\n", strings.Join(recipe.Names(), ", "))
	return b.String()
}
