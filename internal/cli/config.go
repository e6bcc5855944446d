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

// loadRecipe loads the recipe that the first argument names with the command line's settings. Where none is named, data that
// are a table have the recipe of tables.
func loadRecipe(c *call, args []string) (*recipe.Recipe, error) {
	if len(args) > 0 {
		return recipe.Load(args[0], c.settings)
	}
	for _, s := range c.settings {
		key, value, _ := strings.Cut(s, "=")
		isData := key == "data" || key == "data.train"
		isModel := key == "model.name" || key == "task"
		if isModel && (value == "gpt" || value == "lm") {
			return recipe.Load("", c.settings)
		}
		if key == "target" || key == "data.target" || isData && isTable(value) && !arePictures(value) {
			return recipe.Load(recipe.TableRecipe, c.settings)
		}
	}
	return recipe.Load("", c.settings)
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
