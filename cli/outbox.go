package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"posthorn/mail"
	"posthorn/mail/safe"
)

func (e *env) outboxCommand() *cobra.Command {
	c := &cobra.Command{Use: "outbox list|send|cancel", Short: "Show and steer the messages that wait to be sent", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return usage("outbox wants list, send or cancel") }}
	list := &cobra.Command{Use: "list", Short: "List what waits, and why", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error { return e.outboxList(c) }}
	e.jsonFlag(list)
	c.AddCommand(list,
		&cobra.Command{Use: "send", Short: "Try to send everything now", Args: noArgs, RunE: func(c *cobra.Command, _ []string) error { return e.outboxSend(c) }},
		&cobra.Command{Use: "cancel ACCOUNT N", Short: "Take a message out of the outbox and print it", Args: exactly(2),
			RunE: func(c *cobra.Command, args []string) error { return e.outboxCancel(c, args[0], args[1]) }},
	)
	return c
}

func (e *env) outboxList(c *cobra.Command) error {
	s, err := e.open(c.Context(), "")
	if err != nil {
		return err
	}
	defer s.close()
	list, err := s.Outbox(c.Context())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNothing
	}
	for _, q := range list {
		if err := e.printQueued(q); err != nil {
			return err
		}
	}
	return nil
}

func (e *env) printQueued(q mail.Queued) error {
	if e.json {
		return e.printJSON(struct {
			ID       int64    `json:"id"`
			Account  string   `json:"account"`
			State    string   `json:"state"`
			Subject  string   `json:"subject"`
			To       []string `json:"to"`
			Attempts int      `json:"attempts"`
			Next     string   `json:"next"`
			Error    string   `json:"error"`

			Recipients []recipient `json:"recipients"`
		}{q.ID, q.Account, string(q.State), safe.Line(q.Subject), lines(q.Rcpt), q.Attempts, stamp(q.Next), safe.Line(q.Error), recipients(q)})
	}
	_, err := fmt.Fprintf(e.out, "%s %d  %s  %s  %s  %s\n", safe.Line(q.Account), q.ID, q.State,
		safe.Line(strings.Join(q.Rcpt, ", ")), safe.Line(q.Subject), safe.Line(q.Error))
	return err
}

// A recipient is one of a message in the outbox, as JSON.
type recipient struct {
	Address string `json:"address"`
	State   string `json:"state"`
	Error   string `json:"error"`
}

func recipients(q mail.Queued) (list []recipient) {
	for _, r := range q.Recipients {
		list = append(list, recipient{safe.Line(r.Address), string(r.State), safe.Line(r.Error)})
	}
	return list
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

func (e *env) outboxSend(c *cobra.Command) error {
	s, err := e.open(c.Context(), "")
	if err != nil {
		return err
	}
	defer s.close()
	list, err := s.Outbox(c.Context())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return errNothing
	}
	for _, q := range list {
		if q.State == mail.Accepted {
			continue
		}
		if q.State == mail.Perhaps {
			e.warn(fmt.Errorf("message %d of %s may have been sent already; cancel it, or look for it in Sent first", q.ID, q.Account))
			continue
		}
		if err := s.Retry(c.Context(), q.Account, q.ID); err != nil {
			return err
		}
	}
	if err := s.flush(c.Context()); err != nil {
		return err
	}
	left, err := s.Outbox(c.Context())
	left = slices.DeleteFunc(left, func(q mail.Queued) bool { return len(q.Rcpt) == 0 }) // all have it
	if err == nil && len(left) > 0 {
		err = fmt.Errorf("messages still in the outbox: %d; the first: %s", len(left), left[0].Error)
	}
	return err
}

func (e *env) outboxCancel(c *cobra.Command, account, number string) error {
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return usage("%q is not a number that outbox list shows", number)
	}
	s, err := e.open(c.Context(), account)
	if err != nil {
		return err
	}
	defer s.close()
	raw, err := s.Cancel(c.Context(), account, n)
	if err != nil {
		return err
	}
	_, err = e.out.Write(raw)
	return err
}

func (e *env) draftsCommand() *cobra.Command {
	c := &cobra.Command{Use: "drafts list", Short: "List the drafts", Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return usage("drafts wants list") }}
	list := &cobra.Command{Use: "list", Short: "List the drafts of all accounts", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := e.open(c.Context(), "")
			if err != nil {
				return err
			}
			defer s.close()
			entries, err := s.Entries(c.Context(), mail.View{Role: mail.Drafts}, 0)
			if err != nil || len(entries) == 0 {
				return orNothing(err)
			}
			ids := make([]mail.ID, len(entries))
			for i, en := range entries {
				ids[i] = en.ID
			}
			return e.printRows(c, s, ids, nil)
		}}
	e.jsonFlag(list)
	c.AddCommand(list)
	return c
}
