package cli

import (
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
		RunE: func(c *cobra.Command, args []string) error {
			if all && folder != "" {
				return usage("search takes --folder or --all, not both")
			}
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
	for _, name := range s.names() {
		var in mail.FolderID
		if !all {
			f, err := s.folder(ctx, name, folderOrInbox(folder))
			if err != nil {
				if len(s.names()) > 1 {
					continue
				}
				return err
			}
			in = f.ID
		}
		ids, err := s.find(ctx, name, in, q, local)
		if err != nil {
			return err
		}
		hits += len(ids)
		if err := e.printRows(c, s, ids, nil); err != nil {
			return err
		}
	}
	if hits == 0 {
		return errNothing
	}
	return nil
}

func folderOrInbox(name string) string {
	if name == "" {
		return "INBOX"
	}
	return name
}
