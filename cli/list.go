package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"posthorn/mail"
	"posthorn/mail/safe"
)

func (e *env) listCommand() *cobra.Command {
	var account, folder string
	var count int
	var unread, threads bool
	c := &cobra.Command{
		Use: "list [-a NAME] [-f FOLDER] [-n N] [--unread] [--threads]", Short: "List messages, newest first, from the cache", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			view := mail.View{Threads: threads}
			if unread {
				view.Filter = mail.Not{Query: mail.HasFlag{Flag: mail.Seen}}
			}
			return e.list(c, account, folder, count, view)
		},
	}
	e.jsonFlag(c)
	f := c.Flags()
	f.StringVarP(&account, "account", "a", "", "the account; without it, all")
	f.StringVarP(&folder, "folder", "f", "", "the folder; without it, the inbox")
	f.IntVarP(&count, "number", "n", 50, "how many; 0 lists all")
	f.BoolVar(&unread, "unread", false, "only unread messages")
	f.BoolVar(&threads, "threads", false, "grouped by conversation")
	return c
}

func (e *env) list(c *cobra.Command, account, folder string, count int, view mail.View) error {
	ctx := c.Context()
	if count < 0 {
		return usage("list -n takes a number from 0")
	}
	s, err := e.open(ctx, account)
	if err != nil {
		return err
	}
	defer s.close()
	view.Account, view.Role = account, mail.Inbox
	if folder != "" {
		f, err := s.folder(ctx, account, folder)
		if err != nil {
			return err
		}
		view.Account, view.Folder = f.Account, f.ID
	}
	entries, err := s.Entries(ctx, view, count)
	if err != nil {
		return err
	}
	ids := make([]mail.ID, len(entries))
	depth := make(map[mail.ID]int, len(entries))
	for i, en := range entries {
		ids[i], depth[en.ID] = en.ID, int(en.Depth)
	}
	if len(ids) == 0 {
		return errNothing
	}
	return e.printRows(c, s, ids, depth)
}

// printRows prints messages, a line each, a page of rows at a time.
func (e *env) printRows(c *cobra.Command, s *session, ids []mail.ID, depth map[mail.ID]int) error {
	const page = 500
	for len(ids) > 0 {
		n := min(page, len(ids))
		rows, err := s.Rows(c.Context(), ids[:n])
		if err != nil {
			return err
		}
		for i := range rows {
			if err := e.printRow(&rows[i], depth[rows[i].ID]); err != nil {
				return err
			}
		}
		ids = ids[n:]
	}
	return nil
}

func (e *env) printRow(s *mail.Summary, depth int) error {
	if e.json {
		return e.printJSON(summaryRow(s))
	}
	who := ""
	if len(s.From) > 0 {
		who = s.From[0].Display()
	}
	_, err := fmt.Fprintf(e.out, "%-8s %s %s  %s  %s%s\n", s.ID, marks(s), day(s.When()),
		safe.Pad(safe.Line(who), 20), strings.Repeat("  ", min(depth, 10)), safe.Line(s.Subject))
	return err
}

// marks shows a message's state in three columns.
func marks(s *mail.Summary) string {
	m := []byte("   ")
	if !s.Flags.Has(mail.Seen) {
		m[0] = 'N'
	}
	switch {
	case s.Flags.Has(mail.Flagged):
		m[1] = '*'
	case s.Flags.Has(mail.Answered):
		m[1] = 'r'
	case s.Flags.Has(mail.Forwarded):
		m[1] = 'f'
	}
	if s.Attachment {
		m[2] = '@'
	}
	return string(m)
}

func day(t time.Time) string {
	if t.IsZero() {
		return "                "
	}
	return t.Local().Format("2006-01-02 15:04")
}
