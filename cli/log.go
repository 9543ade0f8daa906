package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"posthorn/account/trace"
	"posthorn/cli/logfile"
	"posthorn/config"
	"posthorn/mail"
)

// logs is where a command says what it does, for those who want to know later.
// The file is made with the first line, so what logs nothing leaves nothing.
type logs struct {
	flag    string // of --log-level
	level   slog.LevelVar
	secrets logfile.Secrets
	log     *logfile.Log // nil: nothing was logged yet

	traceFlag string // of --trace
	trace     *trace.Trace
	traceFile *os.File

	quiet  bool  // the interface is on the screen, which nobody else writes to
	failed error // what could not be told meanwhile
}

// logging returns the logs, also of an env that was made without.
func (e *env) logging() *logs {
	if e.logs == nil {
		e.logs = new(logs)
	}
	return e.logs
}

// logger returns the program's log, which begins with the program.
func (e *env) logger() *slog.Logger {
	l := e.logging()
	if l.log == nil {
		l.log = logfile.New(logfile.Path(e.paths.State), &l.level, &l.secrets, e.logFailed)
		l.log.Info("start", "command", e.command, "version", version, "commit", commit(), "go", runtime.Version(), "system", runtime.GOOS+"/"+runtime.GOARCH)
	}
	return l.log.Logger
}

// logOf returns the log for what concerns an account.
func (e *env) logOf(a config.Account) *slog.Logger { return e.logger().With("account", a.Name) }

// logFailed tells that something could not be logged. The program goes on.
func (e *env) logFailed(err error) {
	if l := e.logging(); l.quiet {
		l.failed = err
		return
	}
	e.warn(err)
}

// logQuietly keeps what logging fails with until what it returns is called.
func (e *env) logQuietly() (end func()) {
	l := e.logging()
	l.quiet = true
	return func() {
		if l.quiet = false; l.failed != nil {
			e.warn(l.failed)
		}
	}
}

// logLevel sets from which level on something is logged. The command line goes
// before the configuration.
func (e *env) logLevel(cfg *config.Config) error {
	l := e.logging()
	name := l.flag
	if name == "" && cfg != nil {
		name = cfg.Log.Level
	}
	if name == "" {
		return nil
	}
	level, err := logfile.ParseLevel(name)
	if err != nil {
		return usage("--log-level: %w", err)
	}
	l.level.Set(level)
	return nil
}

// load reads the configuration.
func (e *env) load() (*config.Config, error) {
	cfg, err := config.Load(e.paths.Config)
	if err != nil {
		return nil, err
	}
	return cfg, e.logLevel(cfg)
}

// traceOpen begins the trace that was asked for. It goes on behind what the file
// has, which is made for nobody else.
func (e *env) traceOpen() error {
	l := e.logging()
	if l.traceFlag == "" {
		return nil
	}
	f, err := os.OpenFile(l.traceFlag, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open the trace: %w", err)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		if err := f.Chmod(0o600); err != nil {
			return errors.Join(fmt.Errorf("open the trace: %w", err), f.Close())
		}
	}
	l.traceFile, l.trace = f, trace.New(f, l.secrets.Cut, e.logFailed)
	return nil
}

// logEnd logs how a command ended that has logged something.
func (e *env) logEnd(began time.Time, err error) {
	l := e.logging()
	if l.traceFile != nil {
		l.traceFile.Close()
	}
	if l.log == nil {
		return
	}
	if took := slog.Duration("took", time.Since(began).Round(time.Millisecond)); err == nil || errors.Is(err, errNothing) || errors.Is(err, mail.ErrGone) {
		l.log.Info("end", "command", e.command, took)
	} else {
		l.log.Warn("end", "command", e.command, took, "err", err)
	}
	l.log.Close()
}

// logPanic is deferred: it logs a panic, and goes on with it.
func (e *env) logPanic() {
	if p := recover(); p != nil {
		e.logger().Error("panic", "value", fmt.Sprint(p), "stack", string(debug.Stack()))
		panic(p)
	}
}
