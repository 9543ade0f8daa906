package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
)

func (e *env) showCommand() *cobra.Command {
	var raw, headers, html bool
	var part string
	c := &cobra.Command{
		Use: "show ID [--raw|--headers|--html|--part N]", Short: "Show a message", Args: exactly(1),
		RunE: func(c *cobra.Command, args []string) error {
			return e.show(c.Context(), args[0], raw, part, render.Options{Width: e.width(), Pipe: !e.terminal(), AllHeaders: headers, Body: asked(html), Location: time.Local})
		},
	}
	e.jsonFlag(c)
	f := c.Flags()
	f.BoolVar(&raw, "raw", false, "the message as it is, every byte")
	f.BoolVar(&headers, "headers", false, "with all header fields")
	f.BoolVar(&html, "html", false, "the HTML part rather than the plain text")
	f.StringVar(&part, "part", "", "only the decoded content of part `N`")
	exclusive(c, "raw", "headers", "html", "part")
	return c
}

// asked returns the form of the text that is asked for.
func asked(html bool) string {
	if html {
		return "text/html"
	}
	return ""
}

func (e *env) show(ctx context.Context, arg string, raw bool, part string, o render.Options) error {
	id, err := mail.ParseID(arg)
	if err != nil {
		return usageError{err}
	}
	s, err := e.openFor(ctx, id)
	if err != nil {
		return err
	}
	defer s.close()
	s.start(ctx)
	switch {
	case raw:
		return s.Copy(ctx, id, e.out)
	case part != "":
		return s.Whole(ctx, id, func(m *message.Message) error {
			if !m.Has(part) {
				return fmt.Errorf("show %s: there is no part %q; attachments lists them: %w", id, part, errNothing)
			}
			_, err := io.Copy(e.out, m.Reader(part))
			return err
		})
	}
	return e.showMessage(ctx, s, id, o)
}

func (e *env) showMessage(ctx context.Context, s *session, id mail.ID, o render.Options) error {
	rows, err := s.Rows(ctx, []mail.ID{id})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return gone(id)
	}
	m, err := s.Open(ctx, id, o)
	if err != nil {
		return err
	}
	if !e.json {
		return e.printDocument(m, o)
	}
	if r := &rows[0]; r.More != (mail.Recipients{}) {
		r.To, r.Cc, r.Bcc = m.Envelope.To, m.Envelope.Cc, m.Envelope.Bcc
	}
	return e.printJSON(shownMessage(summaryHeader(&rows[0]), m, o))
}

func orNothing(err error) error {
	if err == nil {
		return errNothing
	}
	return err
}

// printDocument prints a message as the reader shows it, without colours.
func (e *env) printDocument(m *message.Message, o render.Options) error {
	text := render.Message(m, o).Text()
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	_, err := io.WriteString(e.out, text)
	return err
}

func shownMessage(h header, m *message.Message, o render.Options) shown {
	o.NoHeader = true
	doc := render.Message(m, o)
	s := shown{header: h, Text: doc.Text(), Attachments: doc.Attachments, Warnings: lines(append(doc.Warnings, m.Warnings...))}
	s.Bodies = doc.Bodies
	if s.Attachments == nil {
		s.Attachments = []render.Attachment{}
	}
	protection := render.Protection(m)
	s.Security.Encrypted, s.Security.Signature = protection.Encrypted, "none"
	if protection.Signed {
		s.Security.Signature = "unchecked"
	}
	return s
}

func (e *env) renderCommand() *cobra.Command {
	var width int
	c := &cobra.Command{
		Use: "render FILE|-… [--width N]", Short: "Show a message file as the reader would; several are the pieces of one", Args: atLeast(1),
		RunE: func(c *cobra.Command, args []string) error {
			if width < 0 {
				return usage("--width takes a number from 0")
			}
			if width == 0 {
				width = e.width()
			}
			o := render.Options{Width: width, Pipe: !e.terminal(), Location: time.Local}
			show := func(m *message.Message) error {
				if !e.json {
					return e.printDocument(m, o)
				}
				h := envelopeHeader(&m.Envelope)
				h.Size = m.Size
				return e.printJSON(shownMessage(h, m, o))
			}
			if len(args) > 1 {
				return e.readPieces(args, show)
			}
			return e.readMessage(args[0], show)
		},
	}
	e.jsonFlag(c)
	c.Flags().IntVar(&width, "width", 0, "columns; without it, those of the terminal, at most 80")
	return c
}

// readMessage calls use with the message in a file, or on standard input for "-".
func (e *env) readMessage(name string, use func(*message.Message) error) error {
	in := e.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return useMessage(f, info.Size(), use)
		}
		in = f
	}
	head, err := io.ReadAll(io.LimitReader(in, maxHead))
	if err != nil {
		return err
	}
	if len(head) < maxHead {
		return use(message.Parse(head))
	}
	f, err := os.CreateTemp("", "posthorn-*") // what comes from a pipe can be read only once
	if err != nil {
		return fmt.Errorf("keep a large message while it is read: %w", disk.Explain(os.TempDir(), err))
	}
	defer os.Remove(f.Name())
	defer f.Close()
	size, err := io.Copy(f, io.MultiReader(bytes.NewReader(head), in))
	if err != nil {
		return fmt.Errorf("keep a large message while it is read: %w", disk.Explain(os.TempDir(), err))
	}
	return useMessage(f, size, use)
}

func useMessage(r io.ReaderAt, size int64, use func(*message.Message) error) error {
	m, err := message.Read(r, size)
	if err != nil {
		return err
	}
	return use(m)
}

// maxHead is how much of standard input is held in memory.
const maxHead = 1 << 20

// readFile reads a file, or standard input for "-".
func (e *env) readFile(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(e.in, maxMessage))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	if info, err := f.Stat(); err == nil {
		b.Grow(int(min(info.Size(), maxMessage)) + bytes.MinRead) // at once, rather than twice as much each time
	}
	_, err = b.ReadFrom(io.LimitReader(f, maxMessage))
	return b.Bytes(), err
}

// maxMessage bounds a message that is read whole.
const maxMessage = 512 << 20

// terminal reports whether the output is a terminal.
func (e *env) terminal() bool {
	f, ok := e.out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width returns the columns that text is laid out in: those of the terminal, but
// no more than reads well.
func (e *env) width() int {
	if f, ok := e.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return min(w, 80)
		}
	}
	return 80
}
