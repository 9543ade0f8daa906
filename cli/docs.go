package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"posthorn/config"
	"posthorn/ui"
	"posthorn/ui/command"
)

// The marks between which the README's generated parts stand.
const (
	keysBegin = "<!-- keys: made by posthorn docs -->"
	keysEnd   = "<!-- end of keys -->"
)

// docsCommand writes what the documentation takes from the code.
func (e *env) docsCommand() *cobra.Command {
	var readme string
	c := &cobra.Command{Use: "docs --readme FILE", Short: "Write the generated parts of the documentation", Args: noArgs, Hidden: true,
		RunE: func(*cobra.Command, []string) error {
			text, err := os.ReadFile(readme)
			if err != nil {
				return err
			}
			out, err := withKeys(text)
			if err != nil {
				return fmt.Errorf("%s: %w", readme, err)
			}
			return os.WriteFile(readme, out, 0o644)
		}}
	c.Flags().StringVar(&readme, "readme", "README.md", "the file whose table of keys is written")
	return c
}

// withKeys puts the table of keys between its marks.
func withKeys(text []byte) ([]byte, error) {
	before, rest, ok1 := bytes.Cut(text, []byte(keysBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(keysEnd))
	if !ok1 || !ok2 {
		return nil, errors.New("the marks of the table of keys are missing")
	}
	return bytes.Join([][]byte{before, []byte(keysBegin + "\n" + command.Markdown(ui.Commands()) + keysEnd), after}, nil), nil
}

// manCommand prints the manual, made of the commands, the keys and the
// configuration's keys themselves.
func (e *env) manCommand() *cobra.Command {
	return &cobra.Command{Use: "man", Short: "Print the manual as a man page", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			w := &manWriter{w: e.out}
			w.page(c.Root())
			return w.err
		}}
}

// manWriter writes a man page, and remembers its first error.
type manWriter struct {
	w   io.Writer
	err error
}

func (m *manWriter) print(format string, args ...any) {
	if m.err == nil {
		_, m.err = fmt.Fprintf(m.w, format, args...)
	}
}

// roff makes a text harmless for roff.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

func (m *manWriter) page(root *cobra.Command) {
	m.print(".TH POSTHORN 1\n.SH NAME\nposthorn \\- %s\n.SH SYNOPSIS\n.B posthorn\n[command] [flags]\n", roff("read, search, write and send mail in the terminal"))
	m.print(".SH DESCRIPTION\nWithout a command, the interface opens.\nExit status: 0 done, 1 failed, 2 wrong usage, 3 nothing found.\n.SH COMMANDS\n")
	for _, c := range root.Commands() {
		if c.Hidden {
			continue
		}
		m.print(".TP\n.B %s\n%s.\n", roff("posthorn "+c.Use), roff(c.Short))
	}
	m.print(".SH OPTIONS\nOf all commands; posthorn help COMMAND tells those of one.\n")
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		value, help := pflag.UnquoteUsage(f)
		m.print(".TP\n.B %s\n%s\n", roff(strings.TrimSpace("--"+f.Name+" "+value)), roff(help))
	})
	m.print(".SH KEYS\n")
	for _, p := range command.Places() {
		m.print(".SS %s\n", roff(string(p)))
		for _, c := range ui.Commands() {
			if c.Place == p {
				keys := strings.Join(c.Keys, " ")
				if keys == "" {
					keys = "(no key)"
				}
				m.print(".TP\n.B %s\n%s: %s\n", roff(keys), roff(strings.TrimSpace(c.Name+" "+c.Takes)), roff(c.Help))
			}
		}
	}
	m.print(".SH FILES\n")
	for _, f := range [][2]string{
		{"$XDG_CONFIG_HOME/posthorn/config.toml", "the configuration"},
		{"$XDG_DATA_HOME/posthorn", "mail of POP3 accounts, the outbox, encrypted passwords"},
		{"$XDG_DATA_HOME/posthorn/store.db", "what no server knows: changes not yet played, the letters of accounts, the ids given, what was fetched by POP3"},
		{"$XDG_STATE_HOME/posthorn", "databases, which can be deleted and are built anew"},
		{"$XDG_STATE_HOME/posthorn/posthorn.log", "the log, which holds neither passwords nor mail; older ones have a number at their end"},
	} {
		m.print(".TP\n.I %s\n%s\n", roff(f[0]), roff(f[1]))
	}
	m.print(".SH CONFIGURATION\n")
	for _, k := range config.Keys() {
		m.print(".TP\n.B %s\n%s", roff(k.Name), roff(k.Help))
		if k.Default != "" {
			m.print(" (default: %s)", roff(k.Default))
		}
		m.print("\n")
	}
}
