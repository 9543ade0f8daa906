package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"posthorn/mail"
	"posthorn/mail/query"
)

func (e *env) searchCommand() *cobra.Command {
	var account, folder string
	var all, local bool
	c := &cobra.Command{
		Use: "search [-a NAME] [-f FOLDER|--all] [--local] QUERY", Short: "Search, on the server unless --local", Args: atLeast(1),
		Long: "Searches on the server, which knows all of a message, or with --local in the\n" +
			"cache. Terms side by side must all match:\n\n" +
			"  report  \"annual report\"              words anywhere\n" +
			"  from:ann  to:  cc:  subject:  body:  list:\n" +
			"  before:2026-01-31  since:7d  on:yesterday     also 2w, 3m, 1y\n" +
			"  larger:1M  smaller:10k  has:attachment\n" +
			"  is:unread  is:read  is:starred  is:answered\n" +
			"  not from:ann   a or b   (a or b) c\n\n" +
			"A term that begins with a dash would be taken for a flag, unless it stands\n" +
			"behind two: posthorn search -- -from:ann",
		RunE: func(c *cobra.Command, args []string) error {
			q, err := query.Parse(strings.Join(args, " "), time.Now())
			if err != nil {
				return usageError{err}
			}
			return e.search(c, account, folder, all, local, q)
		},
	}
	e.jsonFlag(c)
	f := c.Flags()
	f.StringVarP(&account, "account", "a", "", "the account; without it, all")
	f.StringVarP(&folder, "folder", "f", "", "the folder; without it, the inbox")
	f.BoolVar(&all, "all", false, "every folder")
	f.BoolVar(&local, "local", false, "search the cache only")
	exclusive(c, "folder", "all")
	return c
}

func (e *env) search(c *cobra.Command, account, folder string, all, local bool, q mail.Query) error {
	ctx := c.Context()
	s, err := e.open(ctx, account)
	if err != nil {
		return err
	}
	defer s.close()
	if !local {
		s.start(ctx)
	}
	hits := 0
	var missing []error // for each account without the folder
	var failed error
	for _, a := range s.accounts {
		var in mail.FolderID
		if !all {
			f, err := s.folder(ctx, a.Name, folderOrInbox(folder))
			if errors.As(err, new(noFolderError)) {
				missing = append(missing, err)
				continue
			}
			if err != nil {
				return err
			}
			in = f.ID
		}
		ids, asked, err := s.find(ctx, a.Name, in, q, local)
		if err != nil && ctx.Err() != nil {
			return err
		}
		failed = e.after(failed, err)
		if err == nil && !asked && !local && a.Receive == "imap" && asks(q) {
			e.warn(fmt.Errorf("%s: the server does not answer, so only what is known here was searched; posthorn account test says why", a.Name))
		}
		hits += len(ids)
		if err := e.printRows(c, s, ids, nil); err != nil {
			return err
		}
	}
	if len(missing) == len(s.accounts) {
		return missing[0]
	}
	if failed != nil {
		return failed
	}
	if hits == 0 {
		return errNothing
	}
	return nil
}

// asks reports whether there is anything in a query that a server is asked for.
func asks(q mail.Query) bool {
	ask, _, _ := query.Split(q)
	return ask != nil
}

func folderOrInbox(name string) string {
	if name == "" {
		return "INBOX"
	}
	return name
}
