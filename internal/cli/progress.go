package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/ingot-ml/ingot/train"
)

// progress shows a job on stderr: one line that is written over on a terminal, a line an epoch (and one a few seconds
// within it) elsewhere.
type progress struct {
	w     io.Writer
	width int // of the terminal; 0: not one
	quiet bool
	drawn bool
	last  time.Time

	loss, val []float64 // of the epochs so far
}

// plainEvery is the shortest time between two plain lines within an epoch.
const plainEvery = 10 * time.Second

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, last: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		p.width = 80
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			p.width = w
		}
	}
	return p
}

// draw puts a line that the next one replaces; elsewhere than on a terminal it is left out.
func (p *progress) draw(line string) {
	if p.width == 0 {
		return
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", shorten(line, p.width-1))
	p.drawn = true
}

// line puts a line that stays.
func (p *progress) line(format string, args ...any) {
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
	p.last = time.Now()
}

// clear takes the drawn line away.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

// step shows Fit's progress.
func (p *progress) step(s train.Progress) {
	switch {
	case p.quiet:
	case p.width > 0:
		p.draw(stepLine(s, p.width))
	case time.Since(p.last) >= plainEvery:
		p.line("%s", stepLine(s, 0))
	}
}

// stepLine is "epoch 3/10 ━━━━━━━━ 120/938  loss 0.231  98,000/s  4 s left", or "step ━━━━━━━━ 120/2000 …" where steps end the job.
func stepLine(s train.Progress, width int) string {
	head := "epoch " + ofTotal(s.Epoch, s.Epochs)
	if s.All > 0 {
		head, s.Step, s.Steps = "step", s.Done, s.All
	}
	tail := fmt.Sprintf("%*d/%d  loss %.4f  %s/s  %s left", len(fmt.Sprint(s.Steps)), s.Step, s.Steps, s.Loss, count(int(s.Rate)), duration(s.Left))
	const most = 24
	if n := min(width-len(head)-len(tail)-4, most); n >= 5 {
		full := n * s.Step / max(s.Steps, 1)
		head += " " + strings.Repeat("━", full) + strings.Repeat("─", n-full)
	}
	return head + " " + tail
}

func ofTotal(n, total int) string {
	if total == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%*d/%d", len(fmt.Sprint(total)), n, total)
}

// epoch shows what an epoch came to: on a terminal with the curves of the losses, elsewhere with the rate.
func (p *progress) epoch(e train.Epoch, of *train.Config, rate float64) {
	if p.quiet {
		return
	}
	p.loss = append(p.loss, e.Train["loss"])
	if e.Val != nil {
		p.val = append(p.val, e.Val["loss"])
	}
	if p.width > 0 {
		p.line("%s", p.curvesLine(e, of))
		return
	}
	s := epochHead(e, of) + fmt.Sprintf("  loss %.4f", e.Train["loss"])
	if e.Val != nil {
		s += fmt.Sprintf("  val loss %.4f", e.Val["loss"])
		if a, ok := e.Val["accuracy"]; ok {
			s += fmt.Sprintf("  accuracy %s", percent(a))
		}
		if e.Better {
			s += "  best"
		}
	}
	p.line("%s  %s/s", s, count(int(rate)))
}

// epochHead is "epoch 3/10" or "step 250/2000".
func epochHead(e train.Epoch, of *train.Config) string {
	if of.Steps > 0 {
		return "step " + ofTotal(e.Step, of.Steps)
	}
	return "epoch " + ofTotal(e.Epoch, of.Epochs)
}

// maxCurve is the most letters of a curve in the line of an epoch.
const maxCurve = 12

// curvesLine is "epoch  3/10  loss 0.0521 █▃▁  val 0.0830 █▂▁  97.52 %  best": the curves take what the width leaves.
func (p *progress) curvesLine(e train.Epoch, of *train.Config) string {
	head := fmt.Sprintf("%s  loss %.4f", epochHead(e, of), e.Train["loss"])
	if e.Val == nil {
		return head + "  " + sparkline(p.loss, min(p.width-len(head)-3, 2*maxCurve))
	}
	val, end := fmt.Sprintf("  val %.4f", e.Val["loss"]), ""
	if a, ok := e.Val["accuracy"]; ok {
		end += "  " + percent(a)
	}
	if e.Better {
		end += "  best"
	}
	n := min((p.width-len(head)-len(val)-len("  100.00 %  best")-3)/2, maxCurve)
	if n < 4 {
		return head + val + end
	}
	return fmt.Sprintf("%s %-*s%s %-*s%s", head, n, sparkline(p.loss, n), val, n, sparkline(p.val, n), end)
}

// saving shows what went wrong with a checkpoint, or with the log.
func (p *progress) saving(s train.Saving, of *train.Checkpoint) {
	switch {
	case s.Err == nil:
	case s.Skipped:
		p.line("checkpoint of step %s is %v", count(s.Step), s.Err)
	case s.Failures == 0:
		p.line("WARNING: after step %s the log can't be written; its lines are kept for later: %v", count(s.Step), s.Err)
	default:
		end := ""
		if of.MaxFailures > 0 {
			end = fmt.Sprintf(" (%d in a row; %d end the run)", s.Failures, of.MaxFailures)
		}
		p.line("WARNING: the checkpoint of step %s is not saved%s: %v", count(s.Step), end, s.Err)
	}
}

// percent is 98.12 %.
func percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// count is 60,000.
func count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// duration is 0.42 s, 12.3 s, 3 min 20 s or 2 h 5 min.
func duration(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s < 0:
		return "0 s"
	case s < 10:
		return fmt.Sprintf("%.2f s", s)
	case s < 60:
		return fmt.Sprintf("%.1f s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", int(s)/60, int(s)%60)
	}
	return fmt.Sprintf("%d h %d min", int(s)/3600, int(s)/60%60)
}

// bytesText is 1.6 MB.
func bytesText(n int) string {
	x, units := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	for len(units) > 1 && x >= 1000 {
		x, units = x/1000, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.3g %s", x, units[0])
}

// asDuration turns seconds into a Duration.
func asDuration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
