package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ingot-ml/ingot/recipe"
	"github.com/ingot-ml/ingot/train"
)

var completionVerb = verb{
	name: "completion", args: "bash|zsh|fish", summary: "Print the script by which a shell completes what is typed",
	help: `It completes verbs, recipes, keys and their values, runs and data sets.

  bash: source <(ingot completion bash)          in ~/.bashrc
  zsh:  source <(ingot completion zsh)           in ~/.zshrc, after compinit
  fish: ingot completion fish | source           in ~/.config/fish/config.fish

Examples:
  ingot completion bash > /etc/bash_completion.d/ingot
  ingot completion zsh
`,
	min: 1, max: 1, run: runCompletion,
}

// scripts ask `ingot completion words …` for what may stand in place of the last word given.
var scripts = map[string]string{
	// Bash breaks words at = and : and replaces what is behind the last of them.
	"bash": `_ingot() {
  local line=${COMP_LINE:0:COMP_POINT} cur word
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  cur=${words[${#words[@]}-1]}
  local kept=${cur%"${cur##*[=:]}"}
  COMPREPLY=()
  while IFS= read -r word; do
    COMPREPLY+=("${word#"$kept"}")
    [[ $word == *[=/] ]] && compopt -o nospace 2>/dev/null
  done < <("${words[0]}" completion words "${words[@]:1}" 2>/dev/null)
}
complete -o default -F _ingot ingot
`,
	"zsh": `_ingot() {
  local -a found open
  found=("${(@f)$(${words[1]} completion words "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  open=(${(M)found:#*[=/]})
  found=(${found:#*[=/]})
  (( $#open )) && compadd -S '' -- $open
  (( $#found )) && compadd -- $found
  (( $#open + $#found )) || _files
}
compdef _ingot ingot
`,
	"fish": `complete -c ingot -a '(set -l words (commandline -opc); $words[1] completion words $words[2..-1] (commandline -ct) 2>/dev/null)'
`,
}

func runCompletion(_ context.Context, c *call) error {
	script, ok := scripts[c.args[0]]
	if !ok {
		return usagef("no script for %q%s; there are bash, zsh and fish", c.args[0], recipe.DidYouMean(c.args[0], []string{"bash", "zsh", "fish"}))
	}
	if c.json {
		return c.printJSON(map[string]string{"shell": c.args[0], "script": script})
	}
	c.printf("%s", script)
	return nil
}

// completions are what may stand in place of the last of words, which follow the program's name. None: files may.
func completions(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	last := words[len(words)-1]
	var found []string
	i := slices.IndexFunc(verbs, func(v verb) bool { return v.name == words[0] })
	switch {
	case len(words) == 1:
		found = verbNames()
	case i < 0:
	case strings.HasPrefix(last, "-"):
		found = append([]string{"--json", "--help"}, verbs[i].flags...)
	default:
		found = verbs[i].completions(words[1:len(words)-1], last)
	}
	return slices.DeleteFunc(found, func(s string) bool { return !strings.HasPrefix(s, last) })
}

// completions reads the usage line: an alternative begins with its word, and capital letters say what is wanted in a place.
func (v *verb) completions(before []string, last string) []string {
	if key, value, ok := strings.Cut(last, "="); ok {
		return valueCompletions(key, value)
	}
	before = slices.DeleteFunc(slices.Clone(before), func(s string) bool { return strings.HasPrefix(s, "-") || strings.Contains(s, "=") })
	var found []string
	for _, usage := range strings.Split(v.args, " | ") {
		places := strings.Fields(usage)
		k := len(before)
		if k > 0 && len(places) > 0 && isWord(places[0]) && places[0] != before[0] {
			continue
		}
		if k < len(places) {
			found = append(found, placeCompletions(places[k])...)
		}
		if slices.Contains(places, "[key=value") && (k > 0 || !isWord(places[0])) {
			found = append(found, "data=")
			for _, x := range recipe.Default().Values() {
				found = append(found, x.Key+"=")
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// isWord reports whether a place of a usage line is typed as it is.
func isWord(place string) bool { return strings.Trim(place, "abcdefghijklmnopqrstuvwxyz") == "" }

// placeCompletions are what may stand in a place of a usage line.
func placeCompletions(place string) []string {
	switch place = strings.Trim(place, "[]"); {
	case place == "recipe|config.yaml":
		files, _ := filepath.Glob("*.yaml")
		return append(recipe.Names(), files...)
	case place == "RUN":
		return runCompletions()
	case place == "NAME", place == "DATA":
		return dataNames()
	case place == "verb":
		return verbNames()
	case place == "group|row":
		var names []string
		for _, g := range benchGroups {
			names = append(names, g.name)
		}
		return names
	case strings.Trim(place, "abcdefghijklmnopqrstuvwxyz|") == "" && place != "":
		return strings.Split(place, "|")
	}
	return nil
}

// runCompletions are the runs below runs/, and the last of them.
func runCompletions() []string {
	var found []string
	entries, _ := os.ReadDir("runs")
	for _, e := range entries {
		path := "runs/" + e.Name()
		if _, err := os.Stat(filepath.Join(path, train.MetricsFile)); err == nil || e.Name() == train.Last {
			found = append(found, path)
		}
	}
	return found
}

// valueCompletions are the values that a key takes, and those that data takes.
func valueCompletions(key, value string) []string {
	var found []string
	if key == "data" || key == "data.train" {
		found = dataNames()
		dir, _ := filepath.Split(value)
		entries, _ := os.ReadDir(filepath.Join(dir, "."))
		for _, e := range entries {
			name := dir + e.Name()
			if e.IsDir() {
				name += "/"
			}
			found = append(found, name)
		}
	} else {
		found = recipe.Choices(key)
	}
	for i, s := range found {
		found[i] = fmt.Sprintf("%s=%s", key, s)
	}
	return found
}
