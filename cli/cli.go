// Package cli is the command line: a file for each command. It reads the
// configuration, builds the backends, the caches and the engine from it, and
// hands them to the interface or uses them itself. It is the one package that
// may import all others.
//
// Every command writes its results to standard output and its failures to
// standard error, one line each, and ends with a status that scripts can rely
// on: 0 done, 1 failed, 2 wrong usage, 3 nothing found.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"posthorn/account/discover"
	"posthorn/config"
	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/sync"
)

// The exit statuses.
const (
	done = iota
	failed
	wrongUsage
	nothingFound
)

// errNothing ends a command that found nothing with its own status. By itself it
// does so without a word; wrapped, it says what was not found.
var errNothing = errors.New("nothing found")

// A usageError is a command line that makes no sense.
type usageError struct{ error }

func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs a command line, without the program's name, and returns the exit
// status.
func Main(args []string, in io.Reader, out, errs io.Writer) int {
	return (&env{in: in, out: out, errs: errs}).main(args)
}

func (e *env) main(args []string) int {
	defer e.logPanic()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := e.root()
	root.SetArgs(args)
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.errs)
	began := time.Now()
	err := root.ExecuteContext(ctx)
	e.logEnd(began, err)
	return e.status(err)
}

// root returns the tree of commands. Without one, the interface opens.
func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:               "posthorn",
		Short:             "Read, search, write and send mail in the terminal",
		SilenceErrors:     true,
		SilenceUsage:      true,
		Args:              noArgs,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return e.prepare(c) },
		RunE:              func(c *cobra.Command, _ []string) error { return e.tui(c.Context()) },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&e.profile, "profile", os.Getenv("POSTHORN_PROFILE"), "put config, data, cache and state under `DIR`")
	root.PersistentFlags().StringVar(&e.logging().flag, "log-level", "", "log what is of `LEVEL` or graver: error, warn, info or debug")
	root.PersistentFlags().StringVar(&e.logging().traceFlag, "trace", "", "write what is said to servers to `FILE`, without passwords and messages")
	root.SetHelpCommand(helpCommand())
	root.AddCommand(
		e.demoCommand(), e.accountCommand(), e.foldersCommand(), e.syncCommand(), e.listCommand(),
		e.searchCommand(), e.showCommand(), e.renderCommand(), e.attachmentsCommand(), e.sendCommand(),
		e.flagCommand(), e.unflagCommand(), e.moveCommand(), e.copyCommand(), e.archiveCommand(), e.deleteCommand(),
		e.outboxCommand(), e.draftsCommand(), e.logCommand(), e.doctorCommand(), e.versionCommand(), e.completionCommand(),
		e.manCommand(), e.docsCommand(),
	)
	return root
}

// status reports an error on standard error and returns the exit status.
func (e *env) status(err error) int {
	var use usageError
	switch {
	case err == nil:
		return done
	case errors.Is(err, errNothing), errors.Is(err, mail.ErrGone):
		if err != errNothing {
			e.warn(err)
		}
		return nothingFound
	case errors.As(err, &use):
		fmt.Fprintln(e.errs, "posthorn: "+safe.Line(err.Error())+" (posthorn help tells more)")
		return wrongUsage
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(e.errs, "posthorn: interrupted")
		return failed
	}
	e.warn(err)
	return failed
}

// warn writes an error as one line: the sentence, and what can be done. Each of
// several failures has its own line.
func (e *env) warn(err error) {
	var several sync.Failures
	if errors.As(err, &several) {
		for _, err := range several {
			e.warn(err)
		}
		return
	}
	line := "posthorn: " + err.Error()
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		line += " — " + hinted.Hint()
	}
	fmt.Fprintln(e.errs, safe.Line(line))
}

// after returns the failure that a command ends with, of one before and one that
// came after it, either of which may be nil: the last, once the other was told.
func (e *env) after(before, err error) error {
	if err == nil {
		return before
	}
	if before != nil {
		e.warn(before)
	}
	return err
}

// env is what a command works with.
type env struct {
	in        io.Reader
	out, errs io.Writer

	profile string
	command string // as it was given, without its arguments
	logs    *logs
	json    bool
	paths   config.Paths
	secrets secretStores
	finder  *discover.Finder // of servers; nil: by the system's network
	poll    time.Duration    // between looks at what nobody watches; zero: the engine's own

	passphrase string // of the encrypted file, once it was asked for
	workFactor int    // how hard that is to guess at; zero is age's own, tests have no time for that
}

// prepare does what comes before every command.
func (e *env) prepare(c *cobra.Command) error {
	e.command = strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), c.Root().Name()))
	if err := e.locate(); err != nil {
		return err
	}
	if err := e.logLevel(nil); err != nil {
		return err
	}
	return e.traceOpen()
}

// locate finds the folders. It creates none.
func (e *env) locate() error {
	paths, err := config.Dirs(e.profile)
	if err != nil {
		return err
	}
	e.paths = paths
	return nil
}

// jsonFlag gives a command the flag --json.
func (e *env) jsonFlag(c *cobra.Command) {
	c.Flags().BoolVar(&e.json, "json", false, "print JSON")
}

// helpCommand is Cobra's, but does not pass over a command that there is not.
func helpCommand() *cobra.Command {
	return &cobra.Command{Use: "help [COMMAND]", Short: "Tell more about a command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			switch {
			case err != nil:
				return usageError{err}
			case len(rest) > 0:
				return noCommand(about, rest)
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		}}
}

func noCommand(parent *cobra.Command, args []string) error {
	path := strings.TrimPrefix(parent.CommandPath()+" "+args[0], parent.Root().Name()+" ")
	return usage("there is no command %q", path)
}

// exclusive lets a command take one of some flags. Cobra's own words for that
// are hard to read, and no usage error.
func exclusive(c *cobra.Command, names ...string) {
	c.MarkFlagsMutuallyExclusive(names...) // so that completion knows it
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		var given []string
		for _, n := range names {
			if c.Flags().Changed(n) {
				given = append(given, "--"+n)
			}
		}
		if len(given) > 1 {
			return usage("%s and %s do not go together", given[0], given[1])
		}
		if before != nil {
			return before(c, args)
		}
		return nil
	}
}

func noArgs(c *cobra.Command, args []string) error { return argCount(c, args, 0, 0) }

func exactly(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error { return argCount(c, args, n, n) }
}

func atLeast(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error { return argCount(c, args, n, -1) }
}

func atMost(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error { return argCount(c, args, 0, n) }
}

func argCount(c *cobra.Command, args []string, low, high int) error {
	switch {
	case len(args) > 0 && c.HasSubCommands():
		return noCommand(c, args)
	case len(args) < low:
		return usage("%s wants more: posthorn %s", c.Name(), c.Use)
	case high >= 0 && len(args) > high:
		return usage("%s does not take %q", c.CommandPath(), args[high])
	}
	return nil
}
