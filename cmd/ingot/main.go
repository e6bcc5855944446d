// Command ingot trains, evaluates and applies neural networks. `ingot help` lists what it does.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ingot-ml/ingot/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
