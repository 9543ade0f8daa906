package ui

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/mail/safe"
)

type (
	fileRead struct {
		letter     int
		attachment compose.Attachment
		err        error
	}
	// textWritten is what an editor wrote. Where the editor failed, file is where
	// the text lies still.
	textWritten struct {
		letter int
		text   string
		file   string
		err    error
	}
)

// maxAttachment bounds what is read into a message.
const maxAttachment = 50 << 20

func readAttachment(letter int, path string) tea.Cmd {
	return func() tea.Msg {
		a, err := attachment(expandHome(path))
		return fileRead{letter, a, err}
	}
}

func attachment(path string) (compose.Attachment, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return compose.Attachment{}, err
	case !info.Mode().IsRegular():
		return compose.Attachment{}, fmt.Errorf("%s is not a file", path)
	case info.Size() > maxAttachment:
		return compose.Attachment{}, fmt.Errorf("%s is larger than mail can carry", path)
	}
	b, err := os.ReadFile(path)
	return compose.Attachment{Name: filepath.Base(path), Data: b}, err
}

// expandHome puts the user's home for ~ at the beginning of a path.
func expandHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~")
	if !ok || rest != "" && rest[0] != '/' {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// saveAttachments writes a message's attachments into a folder, under names that
// are safe and not taken: those of some parts, or all if none is named.
func (w world) saveAttachments(id mail.ID, dir string, parts ...string) tea.Cmd {
	return func() tea.Msg {
		dir := expandHome(dir)
		n := 0
		err := w.engine.Whole(w.ctx, id, func(msg *message.Message) error {
			for _, a := range render.Attachments(msg) {
				if len(parts) > 0 && a.Part != parts[0] {
					continue
				}
				if _, err := safe.WriteNew(dir, a.Name, msg.Reader(a.Part)); err != nil {
					return fmt.Errorf("save the attachments: %w", err)
				}
				n++
			}
			return nil
		})
		if err != nil {
			return failed{err}
		}
		return said{several(n, "attachment") + " saved in " + dir}
	}
}

// edit opens a letter's text in the user's editor, in a file that nobody else can
// read. Where the editor fails, the file stays: what was written may be nowhere
// else.
func edit(letter int, text string) tea.Cmd {
	return func() tea.Msg {
		file, err := temporary(text)
		if err != nil {
			return textWritten{letter: letter, text: text, err: err}
		}
		cmd := exec.Command("sh", "-c", editor()+` "$1"`, "sh", file)
		return tea.ExecProcess(cmd, func(err error) tea.Msg { return edited(letter, text, file, err) })()
	}
}

func editor() string {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		if e := os.Getenv(name); e != "" {
			return e
		}
	}
	return "vi"
}

// temporary makes a file with a text.
func temporary(text string) (string, error) {
	f, err := os.CreateTemp("", "posthorn-*.txt")
	if err != nil {
		return "", fmt.Errorf("give the text to the editor: %w", disk.Explain(os.TempDir(), err))
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", fmt.Errorf("give the text to the editor: %w", disk.Explain(os.TempDir(), err))
	}
	return f.Name(), nil
}

// edited reads what an editor wrote, which has ended with err.
func edited(letter int, before, file string, err error) tea.Msg {
	b, failure := os.ReadFile(file)
	if failure != nil {
		return textWritten{letter: letter, text: before, file: file, err: errors.Join(err, failure)}
	}
	written := textWritten{letter: letter, text: string(b)}
	if err != nil {
		written.err = fmt.Errorf("run the editor: %w", err)
	}
	if err != nil && written.text != before {
		written.file = file
		return written
	}
	os.Remove(file)
	return written
}

// readLog reads the end of the log; without a log there is none.
func readLog(read func() ([]string, error)) tea.Cmd {
	return func() tea.Msg {
		if read == nil {
			return logRead{}
		}
		lines, err := read()
		return logRead{lines, err}
	}
}
