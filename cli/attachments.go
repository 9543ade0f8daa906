package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"posthorn/mail"
	"posthorn/mail/archive"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/mail/safe"
)

func (e *env) attachmentsCommand() *cobra.Command {
	var dir string
	var contents bool
	c := &cobra.Command{
		Use: "attachments ID|FILE [--save DIR]", Short: "List the attachments of a message, or save them", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			return e.message(c.Context(), args[0], func(m *message.Message) error { return e.attachments(m, dir, contents) })
		},
	}
	e.jsonFlag(c)
	c.Flags().StringVar(&dir, "save", "", "save them all in `DIR`, under safe names that are not taken")
	c.Flags().BoolVar(&contents, "contents", false, "list also what is in zip and tar files, without unpacking them")
	return c
}

func (e *env) attachments(m *message.Message, dir string, contents bool) error {
	list := render.Attachments(m)
	if len(list) == 0 {
		return errNothing
	}
	for _, a := range list {
		if dir != "" {
			path, err := safe.WriteNew(dir, a.Name, m.Reader(a.Part))
			if err != nil {
				return fmt.Errorf("save the attachment %s: %w", safe.Line(a.Name), err)
			}
			fmt.Fprintln(e.out, path)
			continue
		}
		if e.json {
			if err := e.printJSON(a); err != nil {
				return err
			}
			continue
		}
		name := safe.Line(a.Name)
		if a.Drawn {
			name += "  (in the text)"
		}
		fmt.Fprintf(e.out, "%-6s %10d  %-28s %s\n", a.Part, a.Size, safe.Line(a.Type), name)
		if contents {
			e.contents(func() io.Reader { return m.Reader(a.Part) })
		}
	}
	return nil
}

// contents lists what is in an archive; of another file there is nothing to say.
func (e *env) contents(open func() io.Reader) {
	l, err := archive.List(open)
	if err != nil {
		return
	}
	for _, f := range l.Entries {
		fmt.Fprintf(e.out, "%6s %10d  %s\n", "", f.Size, safe.Line(f.Name))
	}
	if l.More {
		fmt.Fprintf(e.out, "%6s %10s  … and more\n", "", "")
	}
}

// message calls use with a message that is named by its id, or by a file's name.
func (e *env) message(ctx context.Context, arg string, use func(*message.Message) error) error {
	id, err := mail.ParseID(arg)
	if _, statErr := os.Stat(arg); statErr == nil || arg == "-" || err != nil {
		return e.readMessage(arg, use)
	}
	s, err := e.openFor(ctx, id)
	if err != nil {
		return err
	}
	defer s.close()
	s.start(ctx)
	return s.Whole(ctx, id, use)
}
