package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"posthorn/cli/logfile"
	"posthorn/config"
	"posthorn/store"
	"posthorn/sync"
	"posthorn/ui"
)

// tui opens the interface on all accounts.
func (e *env) tui(ctx context.Context) error {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	if len(cfg.Accounts) == 0 {
		return errNoAccount
	}
	if err := e.unlock(ctx, cfg.Accounts); err != nil {
		return err
	}
	return e.interact(ctx, cfg)
}

// interact runs the engine beside the interface, and waits for it after the last
// frame.
func (e *env) interact(ctx context.Context, cfg *config.Config) error {
	s, err := e.build(ctx, cfg, sync.Options{}, func(*store.Account) bool { return true })
	if err != nil {
		return err
	}
	defer e.logQuietly()()
	s.start(ctx)
	err = ui.Run(ctx, s.Engine, e.uiOptions(cfg))
	return errors.Join(err, e.ended(s))
}

// slowEnd is how long the engine may take to end without a word.
const slowEnd = 500 * time.Millisecond

// ended closes a session whose screen is gone, and says what is waited for.
func (e *env) ended(s *session) error {
	t := time.AfterFunc(slowEnd, func() {
		fmt.Fprintln(e.errs, "posthorn: a message is being sent; waiting for its end, 10 seconds at most")
	})
	defer t.Stop()
	return s.close()
}

func (e *env) uiOptions(cfg *config.Config) ui.Options {
	signatures := map[string]string{}
	for _, a := range cfg.Accounts {
		signatures[a.Name] = a.Signature
	}
	binds := map[string]ui.Bind{}
	for name, b := range cfg.Binds {
		binds[name] = ui.Bind(b)
	}
	seen, _ := cfg.UI.SeenAfter() // the configuration was checked
	return ui.Options{Theme: cfg.UI.Theme, Width: cfg.UI.Width, After: cfg.UI.After, MarkSeen: seen, Keep: cfg.UI.KeepSelection,
		Keys: cfg.Keys, Binds: binds, Signatures: signatures, Log: e.lastLines, Input: e.in, Output: e.out}
}

// shownLines is how many lines of the log the interface shows.
const shownLines = 500

// lastLines returns the end of the log, for the interface.
func (e *env) lastLines() ([]string, error) {
	lines, err := logfile.Last(logfile.Path(e.paths.State), shownLines, slog.LevelDebug)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	text := make([]string, len(lines))
	for i, l := range lines {
		text[i] = l.String()
	}
	return text, nil
}
