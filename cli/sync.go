package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"posthorn/mail/safe"
	"posthorn/sync"
)

func (e *env) syncCommand() *cobra.Command {
	var account, folder string
	var bodies bool
	c := &cobra.Command{
		Use: "sync [-a NAME] [-f FOLDER] [--bodies]", Short: "Bring cache and servers together once", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := e.open(c.Context(), account)
			if err != nil {
				return err
			}
			defer s.close()
			return e.sync(c, s, sync.PassOptions{Folder: folder, Bodies: bodies})
		},
	}
	f := c.Flags()
	f.StringVarP(&account, "account", "a", "", "the account; without it, all")
	f.StringVarP(&folder, "folder", "f", "", "only this folder")
	f.BoolVar(&bodies, "bodies", false, "fetch the bodies too, to read them offline")
	return c
}

// sync makes a pass over each account. One that fails is told and does not keep
// the others from theirs.
func (e *env) sync(c *cobra.Command, s *session, o sync.PassOptions) error {
	var last error
	for _, name := range s.names() {
		o.Progress = e.progress(name)
		err := s.Pass(c.Context(), name, o)
		e.clearProgress()
		if err == nil {
			continue
		}
		if c.Context().Err() != nil {
			return err
		}
		last = e.after(last, fmt.Errorf("%s: %w", name, err))
	}
	return last
}

// progress returns what draws a progress bar on a terminal, and nothing
// elsewhere.
func (e *env) progress(name string) func(sync.Progress) {
	f, ok := e.errs.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return func(p sync.Progress) {
		line := name + ": " + p.Text
		if p.Of > 0 {
			line = fmt.Sprintf("%s %s %d of %d", name, bar(p.Done, p.Of, 24), p.Done, p.Of) + "  " + p.Text
		}
		fmt.Fprintf(e.errs, "\r%s", safe.Pad(safe.Line(line), 79))
	}
}

func (e *env) clearProgress() {
	if f, ok := e.errs.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		fmt.Fprintf(e.errs, "\r%79s\r", "")
	}
}

func bar(done, of, width int) string {
	n := min(width, width*done/max(of, 1))
	b := make([]rune, width)
	for i := range b {
		b[i] = '·'
		if i < n {
			b[i] = '━'
		}
	}
	return string(b)
}
