// Package cmd is the vidcsl command line, one file per verb. [Main] runs it, so that a program with stages of its own can
// be the same command line in a few lines:
//
//	package main
//
//	import (
//		"os"
//
//		"vidcsl/cmd"
//	)
//
//	func main() { os.Exit(cmd.Main()) }
//
// Results go to stdout, logs and the progress bar to stderr.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"vidcsl/cmd/internal/preprocess"
	"vidcsl/decode"
	"vidcsl/model/cpu"
)

// The exit codes of every verb.
const (
	Done        = 0 // all asked for is done
	Failed      = 1 // the work could not be done, or was interrupted
	Usage       = 2 // the command, its flags, its configuration or its input are not usable; nothing was written
	TooManyLost = 3 // done, with more failures than allowed
)

// exit is an error with an exit code of its own.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string { return e.err.Error() }
func (e *exit) Unwrap() error { return e.err }

func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exit{Usage, err}
}

// Main runs the command line with the process's arguments and returns its exit code. The first interrupt, SIGTERM or SIGHUP ends
// the work in order, leaving what can be resumed; a second one ends the process at once.
func Main() int {
	restart(os.Args)
	decode.LimitArenas(2)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, stop) // from here on a second signal has its usual effect
	return Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// restart begins the process anew where the engine of a verb that computes wants another environment, see [cpu.Environ]. If that cannot
// be done, the process goes on as it is.
func restart(args []string) {
	computes := func(arg string) bool { return arg == "train" || arg == "eval" || arg == "robust" || arg == "study" }
	if !slices.ContainsFunc(args, computes) {
		return
	}
	if env := cpu.Environ(); env != nil {
		if exe, err := os.Executable(); err == nil {
			_ = syscall.Exec(exe, args, env)
		}
	}
}

// Run runs the command line with the given arguments and streams and returns its exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	registerCorruptions()
	root := newRoot()
	root.SetArgs(args)
	out := &checked{w: stdout}
	root.SetOut(out)
	root.SetErr(&aboveBar{w: stderr})
	ran, err := root.ExecuteContextC(context.WithValue(ctx, argsKey{}, args))
	if err == nil && out.err != nil {
		err = fmt.Errorf("write the result: %w", out.err)
	}
	code := codeOf(err)
	if err != nil && !errors.Is(err, errSaid) {
		fmt.Fprintf(stderr, "vidcsl: %v\n", err)
		if code == Usage {
			fmt.Fprintf(stderr, "vidcsl: see %s --help\n", ran.CommandPath())
		}
	}
	return code
}

// checked remembers the first failed write, so that a result that did not arrive is no success.
type checked struct {
	w   io.Writer
	err error
}

func (c *checked) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// errSaid is returned by a verb that has said on stdout what is wrong.
var errSaid = errors.New("failed")

func codeOf(err error) int {
	var e *exit
	var in *preprocess.InputError
	switch {
	case err == nil:
		return Done
	case errors.As(err, &e):
		return e.code
	case errors.As(err, &in):
		return Usage
	}
	return Failed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "vidcsl",
		Short:         "Video pipelines for contrastive self-supervised learning",
		Version:       version,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	format := root.PersistentFlags().String("log-format", "text", "format of the log on stderr: text or json")
	level := root.PersistentFlags().String("log-level", "info", "lowest level to log: debug, info, warn or error")
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		log, err := newLogger(*format, *level, c.ErrOrStderr())
		if err != nil {
			return usage(err)
		}
		c.SetContext(context.WithValue(c.Context(), loggerKey{}, log))
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	root.AddCommand(synthCommand(), preprocessCommand(), trainCommand(), evalCommand(), robustCommand(), studyCommand(), inspectCommand(), verifyCommand(), verifyAugmentCommand(), replayCommand(), graphCommand(), stagesCommand(), configCommand(), versionCommand())
	for _, c := range root.Commands() {
		if args := c.Args; args != nil {
			c.Args = func(c *cobra.Command, a []string) error { return usage(args(c, a)) }
		}
	}
	root.Args = func(c *cobra.Command, a []string) error { return usage(cobra.NoArgs(c, a)) }
	return root
}

// The keys of what a verb finds in its context: the logger, and the arguments as they were given.
type (
	loggerKey struct{}
	argsKey   struct{}
)

func logger(c *cobra.Command) *slog.Logger { return c.Context().Value(loggerKey{}).(*slog.Logger) }

func newLogger(format, level string, w io.Writer) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("--log-level is %q, want debug, info, warn or error", level)
	}
	opt := &slog.HandlerOptions{Level: l}
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, opt)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, opt)), nil
	}
	return nil, fmt.Errorf("--log-format is %q, want text or json", format)
}
