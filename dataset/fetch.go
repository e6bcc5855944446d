package dataset

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"time"
)

// Times after which a host counts as unreachable, and a download as stalled.
const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 10 * time.Second
	stallTimeout  = 20 * time.Second
)

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		TLSHandshakeTimeout:   dialTimeout,
		ResponseHeaderTimeout: headerTimeout,
		ForceAttemptHTTP2:     true,
	}
}

// refuseDowngrade follows up to 5 redirects, none from HTTPS to something else.
func refuseDowngrade(r *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return errors.New("more than 5 redirects")
	}
	if via[0].URL.Scheme == "https" && r.URL.Scheme != "https" {
		return fmt.Errorf("redirected from HTTPS to %s", r.URL.Scheme)
	}
	return nil
}

// fetch gets the missing files from the first mirror that works, then from the Go module. A mirror that fails is left for
// the next one at once; what failed is noted.
func (f *finder) fetch(ctx context.Context) {
	for _, base := range f.Mirrors {
		for _, i := range f.missing() {
			if err := f.get(ctx, i, base); err != nil {
				f.note(err.Error())
				break
			}
		}
		if ctx.Err() != nil {
			return
		}
	}
	if f.module == "" || len(f.missing()) == 0 {
		return
	}
	f.tell(Event{Source: f.module, Notice: "no public URL could be reached; trying go mod download " + f.module})
	dir, err := f.goModule(ctx, f.module)
	if err != nil {
		f.note(fmt.Sprintf("go mod download %s: %v", f.module, err))
		return
	}
	for _, i := range f.missing() {
		b, err := f.Files[i].readFile(filepath.Join(dir, f.Files[i].Name+".gz"))
		if err != nil {
			f.note(err.Error())
			continue
		}
		f.accept(i, b, f.module)
		f.tell(Event{File: f.Files[i].Name, Source: f.module, Done: int64(len(b)), Total: int64(len(b))})
		f.keep(f.Files[i].Name, b)
	}
}

// get fetches file i, gzipped, from base.
func (f *finder) get(ctx context.Context, i int, base string) error {
	url := base + "/" + f.Files[i].Name + ".gz"
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := f.Client.Do(req)
	if err != nil {
		return err // names the URL
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	body := &watched{r: resp.Body, f: f, event: Event{File: f.Files[i].Name, Source: url, Total: max(resp.ContentLength, 0)}}
	body.timer = time.AfterFunc(f.stall, func() { cancel(fmt.Errorf("nothing came for %v", f.stall)) })
	defer body.timer.Stop()
	b, err := f.Files[i].read(body, url)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return fmt.Errorf("%s: %w", url, cause)
	}
	var damaged *DamagedError
	if errors.As(err, &damaged) { // what Error says of a file on this machine doesn't fit here
		return fmt.Errorf("%s: %s", url, damaged.Msg)
	}
	if err != nil {
		return err
	}
	f.accept(i, b, base)
	f.keep(f.Files[i].Name, b)
	return nil
}

// watched tells how a download gets on, and puts off its time-out while bytes come.
type watched struct {
	r     io.Reader
	f     *finder
	event Event
	timer *time.Timer
	last  int64 // Done when it was last told
}

// step is how many bytes are worth telling.
const step = 1 << 18

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	if n > 0 {
		w.timer.Reset(w.f.stall)
	}
	w.event.Done += int64(n)
	if w.event.Done-w.last >= step || err != nil && w.event.Done > w.last {
		w.last = w.event.Done
		w.f.tell(w.event)
	}
	return n, err
}
