package cli

import (
	"context"
)

var runsVerb = verb{
	name: "runs", args: "ls [FOLDER] [key=value …] | show RUN [--csv]", summary: "List the runs of a folder, or tell about one",
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

Examples:
  ingot runs ls
  ingot runs ls sort=test.accuracy tag=wide val.loss=..0.1
  ingot runs show runs/last
  ingot runs show runs/mnist-1 --csv > mnist-1.csv
`,
	min: 1, max: 2, settings: true, flags: []string{csvFlag}, run: runRuns,
}

// csvFlag prints a run's history as CSV.
const csvFlag = "--csv"

func runRuns(_ context.Context, c *call) error {
	switch verb, args := c.args[0], c.args[1:]; {
	case verb == "ls" && len(c.flags) == 0:
		out := "runs"
		if len(args) > 0 {
			out = args[0]
		}
		return listRuns(c, out)
	case verb == "show" && len(args) == 1 && len(c.settings) == 0:
		return showRun(c, args[0])
	}
	return c.usage()
}
