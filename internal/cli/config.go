package cli

import (
	"context"
	"strings"

	"github.com/ingot-ml/ingot/recipe"
)

var configVerb = verb{
	name: "config", args: "show [recipe|config.yaml] [key=value …]", summary: "Print every setting with its value and where it comes from",
	help: `The order of precedence is: defaults, then the recipe or file, then the command
line. What is printed is a file that ` + "`ingot train`" + ` reads. Without a recipe or
settings it is the defaults.

Examples:
  ingot config show mnist
  ingot config show mnist train.lr=3e-4 'train={epochs: 3, batch: 128}'
  ingot config show my.yaml --json
`,
	min: 1, max: 2, settings: true, run: runConfig,
}

func runConfig(_ context.Context, c *call) error {
	if c.args[0] != "show" {
		return c.usage()
	}
	r, err := recipe.Default(), error(nil)
	if len(c.args) > 1 || len(c.settings) > 0 {
		r, err = loadRecipe(c, c.args[1:])
	}
	if err != nil {
		return err
	}
	if !c.json {
		_, err := c.out.Write(r.YAML(true))
		return err
	}
	type value struct {
		Key    string `json:"key"`
		Value  string `json:"value"`
		Origin string `json:"origin"`
		Doc    string `json:"doc"`
	}
	values := []value{}
	for _, v := range r.Values() {
		values = append(values, value{v.Key, v.Text, v.Origin.String(), v.Doc})
	}
	return c.printJSON(map[string]any{"values": values})
}

// loadRecipe loads the recipe that the first argument names, if any, with the command line's settings.
func loadRecipe(c *call, args []string) (*recipe.Recipe, error) {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	return recipe.Load(name, c.settings)
}

// settingsHelp lists the keys with their defaults.
func settingsHelp() string {
	var b strings.Builder
	for _, v := range recipe.Default().Values() {
		text := v.Text
		if len(text) > 12 {
			text = text[:12]
		}
		b.WriteString(wrap("  "+pad(v.Key, 24)+pad(text, 13)+v.Doc, 39))
	}
	return b.String()
}
