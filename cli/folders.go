package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"posthorn/mail/safe"
)

func (e *env) foldersCommand() *cobra.Command {
	var account string
	c := &cobra.Command{
		Use: "folders [-a NAME]", Short: "List folders with their role and counts", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return e.folders(c, account) },
	}
	e.jsonFlag(c)
	c.Flags().StringVarP(&account, "account", "a", "", "the account; without it, all")
	return c
}

func (e *env) folders(c *cobra.Command, account string) error {
	s, err := e.open(c.Context(), account)
	if err != nil {
		return err
	}
	defer s.close()
	folders, err := s.Folders(c.Context(), account)
	if err != nil {
		return err
	}
	if len(folders) == 0 {
		return errNothing
	}
	for _, f := range folders {
		v := struct {
			Account string `json:"account"`
			Name    string `json:"name"`
			Role    string `json:"role"`
			Total   int    `json:"total"`
			Unread  int    `json:"unread"`
		}{f.Account, safe.Line(f.Name), f.Role.String(), f.Total, f.Unread}
		if e.json {
			if err := e.printJSON(v); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(e.out, "%s %s %s %7s %7s\n", safe.Pad(v.Account, 12), safe.Pad(v.Name, 30), safe.Pad(v.Role, 9), count(v.Total), count(v.Unread))
	}
	return nil
}

// count prints a count of the server, or a dash where it said none.
func count(n int) string {
	if n < 0 {
		return "-"
	}
	return fmt.Sprint(n)
}
