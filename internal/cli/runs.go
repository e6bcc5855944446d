package cli

import (
	"context"
	"slices"
)

var runsVerb = verb{
	name: "runs", args: "ls [FOLDER] | show RUN | verify RUN | rm RUN… | gc [FOLDER]", summary: "List, show, check and remove runs",
	help: `A run is a folder: config.yaml, env.json, data.json, metrics.jsonl, events for
TensorBoard, checkpoints, model.safetensors. runs/last is the newest one.

ls lists runs from the oldest to the newest; keys choose and sort them:
  state=done        done | interrupted | failed | unfinished | unreadable
  tag=wide          those that have the tag
  recipe=mnist      those of a recipe or file
  val.accuracy=0.9..     those whose metric is in a range, one end may be left
                    out; train., val. and test. metrics
  sort=val.accuracy the best first; also run, begun, state, epochs, steps and
                    seconds; sort=-seconds: the other way round

show tells of one. With --csv it prints the metrics of each epoch, for pandas
or a spreadsheet.

verify reads all files of a run, or of the runs of a folder, and says of each
PASS, or FAIL and why; exit code 3 where one is damaged. rm removes runs, and
none that is being trained. gc removes what is left over: temporary files of
processes that died, checkpoints that are damaged (where another is whole) or
beyond checkpoint.keep; with --dry-run it only says what.

Examples:
  ingot runs ls
  ingot runs ls sort=test.accuracy tag=wide val.loss=..0.1
  ingot runs show runs/last
  ingot runs show runs/mnist-1 --csv > mnist-1.csv
  ingot runs verify runs
  ingot runs rm runs/mnist-1 runs/mnist-2
  ingot runs gc --dry-run
`,
	min: 1, max: -1, settings: true, flags: []string{csvFlag, dryFlag}, run: runRuns,
}

// csvFlag prints a run's history as CSV.
const csvFlag = "--csv"

func runRuns(_ context.Context, c *call) error {
	verb, args := c.args[0], c.args[1:]
	path := "runs"
	if len(args) > 0 {
		path = args[0]
	}
	csv, dry := slices.Contains(c.flags, csvFlag), slices.Contains(c.flags, dryFlag)
	switch {
	case csv && verb != "show", dry && verb != "gc", len(c.settings) > 0 && verb != "ls", len(args) > 1 && verb != "rm":
	case verb == "ls":
		return listRuns(c, path)
	case verb == "gc":
		return collectGarbage(c, path, dry)
	case len(args) == 0:
	case verb == "show":
		return showRun(c, path)
	case verb == "verify":
		return verifyRuns(c, path)
	case verb == "rm":
		return removeRuns(c, args)
	}
	return c.usage()
}
