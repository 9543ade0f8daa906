package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"

	"github.com/spf13/cobra"

	"posthorn/cli/logfile"
	"posthorn/config"
)

func (e *env) logCommand() *cobra.Command {
	var follow bool
	var n int
	var least string
	c := &cobra.Command{Use: "log [-f] [-n N] [--level LEVEL]", Short: "Show the end of the log", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			level, err := logfile.ParseLevel(least)
			switch {
			case err != nil:
				return usage("--level: %w", err)
			case n < 0:
				return usage("-n takes a number from 0; 0 is all")
			case n == 0:
				n = math.MaxInt
			}
			if follow {
				return e.followLog(c.Context(), n, level)
			}
			return e.showLog(n, level)
		}}
	f := c.Flags()
	f.BoolVarP(&follow, "follow", "f", false, "go on with what is logged, until interrupted")
	f.IntVarP(&n, "lines", "n", 50, "the last `N` lines; 0: all")
	f.StringVar(&least, "level", "debug", "only what is of `LEVEL` or graver: error, warn, info or debug")
	e.jsonFlag(c)
	return c
}

// showLog prints the last lines of the log.
func (e *env) showLog(n int, level slog.Level) error {
	lines, err := logfile.Last(logfile.Path(e.paths.State), n, level)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	for _, l := range lines {
		if err := e.printLine(l); err != nil {
			return err
		}
	}
	if len(lines) == 0 {
		return errNothing
	}
	return nil
}

// followLog prints the last lines of the log, and those that are written from
// then on. To be interrupted is its end, no failure.
func (e *env) followLog(ctx context.Context, n int, level slog.Level) error {
	last := func() error {
		if err := e.showLog(n, level); !errors.Is(err, errNothing) {
			return err
		}
		return nil
	}
	return logfile.Follow(ctx, logfile.Path(e.paths.State), level, last, e.printLine)
}

func (e *env) printLine(l logfile.Line) error {
	text := l.String()
	if e.json {
		if text = l.JSON(); text == "" {
			return nil
		}
	}
	_, err := fmt.Fprintln(e.out, text)
	return err
}

// doctorLines is how many lines of the log the doctor shows.
const doctorLines = 10

// doctorLog shows what went wrong last. That is past, and no finding.
func (e *env) doctorLog(_ context.Context, _ *config.Config, tell func(finding) error) error {
	lines, err := logfile.Last(logfile.Path(e.paths.State), doctorLines, slog.LevelWarn)
	if err != nil {
		return tell(found("", "log", "", err))
	}
	for _, l := range lines {
		if err := tell(found("", "log", l.String(), nil)); err != nil {
			return err
		}
	}
	return nil
}
