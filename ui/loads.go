package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/internal/disk"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/mail/render"
	"posthorn/mail/safe"
	"posthorn/sync"
)

// This file holds every command: the only place where the interface meets the
// engine, the disk or another program. The rules are:
//
//   - a command answers with a fact, in the past tense;
//   - an answer carries the number of its question, if it can be overtaken;
//   - none changes the model.

type (
	foldersLoaded struct {
		account string
		list    []mail.Folder
		err     error
	}
	entriesLoaded struct {
		req     int
		entries []mail.Entry
		partial bool
		err     error
	}
	rowsLoaded struct {
		rows []mail.Summary
		err  error
	}
	messageOpened struct {
		req int
		id  mail.ID
		msg *message.Message
		err error
	}
	documentMade struct {
		req int
		id  mail.ID
		doc render.Document
	}
	engineSpoke struct{ event sync.Event }
	changeDone  struct {
		text string
		err  error
	}
	found struct {
		req   int
		ids   []mail.ID
		where string
		done  bool
		err   error
		next  <-chan found
	}
	draftStarted struct {
		draft compose.Draft
		err   error
	}
	draftKept struct {
		id          mail.ID
		fingerprint string
		err         error
		leave       bool
	}
	messageSent struct{ err error }
	fileRead    struct {
		attachment compose.Attachment
		err        error
	}
	textWritten struct {
		text string
		err  error
	}
	outboxLoaded struct{ waiting int }
	logRead      struct {
		lines []string
		err   error
	}
	autosaveDue struct{}
	clockTicked struct{}
)

// firstEntries is how much of a list is asked for first, so that a first screen
// is painted before a long list is read.
const firstEntries = 300

// listen waits for the next thing the engine has to say. Update issues it again
// after each answer.
func (m Model) listen() tea.Cmd {
	events := m.engine.Events()
	return func() tea.Msg {
		e, ok := <-events
		if !ok {
			return nil
		}
		return engineSpoke{e}
	}
}

func (m Model) loadFolders() tea.Cmd {
	ctx, e, account := m.ctx, m.engine, m.account
	return func() tea.Msg {
		list, err := e.Folders(ctx, account)
		return foldersLoaded{account, list, err}
	}
}

// loadEntries reads the list on screen: with limit 0 all of it.
func (m Model) loadEntries(limit int) tea.Cmd {
	ctx, e, req, view := m.ctx, m.engine, m.listReq, m.view
	return func() tea.Msg {
		entries, err := e.Entries(ctx, view, limit)
		return entriesLoaded{req, entries, limit > 0 && len(entries) == limit, err}
	}
}

func (m Model) loadRows(ids []mail.ID) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		rows, err := e.Rows(ctx, ids)
		return rowsLoaded{rows, err}
	}
}

func (m Model) loadOutbox() tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		list, err := e.Outbox(ctx)
		if err != nil {
			return outboxLoaded{}
		}
		return outboxLoaded{len(list)}
	}
}

func (m Model) readLog() tea.Cmd {
	read := m.log
	return func() tea.Msg {
		if read == nil {
			return logRead{}
		}
		lines, err := read()
		return logRead{lines, err}
	}
}

func (m Model) openMessage(id mail.ID) tea.Cmd {
	ctx, e, req, o := m.ctx, m.engine, m.readReq, m.options()
	return func() tea.Msg {
		msg, err := e.Open(ctx, id, o)
		return messageOpened{req, id, msg, err}
	}
}

// layOut makes lines of a message, which may take a moment. A message that is
// shown as it came has its lines already.
func (m Model) layOut() tea.Cmd {
	req, id, msg, o := m.readReq, m.reader.ID(), m.message, m.options()
	if msg == nil || m.raw {
		return nil
	}
	return func() tea.Msg { return documentMade{req, id, render.Message(msg, o)} }
}

func (m Model) options() render.Options {
	width := m.reader.Width()
	if m.maxWidth > 0 {
		width = min(width, m.maxWidth)
	}
	return render.Options{Width: width, Body: m.form, AllHeaders: m.headers, Location: time.Local}
}

func (m Model) showRaw(id mail.ID) tea.Cmd {
	ctx, e, req := m.ctx, m.engine, m.readReq
	return func() tea.Msg {
		raw, err := e.Raw(ctx, id)
		if err != nil {
			return messageOpened{req, id, nil, err}
		}
		var d render.Document
		for line := range strings.Lines(safe.Text(string(raw))) {
			if len(d.Lines) > 20000 {
				break
			}
			d.Lines = append(d.Lines, render.Line{Spans: []render.Span{{Text: strings.ReplaceAll(strings.TrimRight(line, "\n"), "\t", "    ")}}})
		}
		return documentMade{req, id, d}
	}
}

// do changes messages. Text says what was done.
func (m Model) do(text string, c mail.Change) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg { return changeDone{text, e.Do(ctx, c)} }
}

func (m Model) undo() tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		what, err := e.Undo(ctx)
		return changeDone{what, err}
	}
}

// search searches, and answers as results come.
func (m Model) search(ctx context.Context, account string, folder mail.FolderID, q mail.Query) tea.Cmd {
	e, req := m.engine, m.listReq
	results := make(chan found)
	say := func(f found) bool {
		f.next = results
		select {
		case results <- f:
			return true
		case <-ctx.Done():
			return false
		}
	}
	run := func() tea.Msg {
		defer close(results)
		where, err := e.Search(ctx, account, folder, q, false, func(ids []mail.ID) { say(found{req: req, ids: ids}) })
		say(found{req: req, where: where, done: true, err: err})
		return nil
	}
	return tea.Batch(run, awaitFound(results))
}

func awaitFound(results <-chan found) tea.Cmd {
	return func() tea.Msg {
		f, ok := <-results
		if !ok {
			return nil
		}
		return f
	}
}

// startDraft makes a draft of a message that must be whole.
func (m Model) startDraft(id mail.ID, start func(raw []byte, msg *message.Message) (compose.Draft, error)) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		raw, err := e.Raw(ctx, id)
		if err != nil {
			return draftStarted{err: err}
		}
		d, err := start(raw, message.Parse(raw))
		return draftStarted{d, err}
	}
}

// keepDraft puts the draft into Drafts.
func (m Model) keepDraft(d compose.Draft, fingerprint string, leave bool) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		raw, err := d.Save(time.Now())
		if err != nil {
			return draftKept{err: err, leave: leave}
		}
		id, err := e.SaveDraft(ctx, d.Account, d.Saved, raw)
		return draftKept{id, fingerprint, err, leave}
	}
}

func (m Model) send(d compose.Draft) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		out, err := d.Build(time.Now())
		if err == nil {
			err = e.Send(ctx, out)
		}
		return messageSent{err}
	}
}

// maxAttachment bounds what is read into a message.
const maxAttachment = 50 << 20

func readAttachment(path string) tea.Cmd {
	return func() tea.Msg {
		path = expandHome(path)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return fileRead{err: err}
		case !info.Mode().IsRegular():
			return fileRead{err: fmt.Errorf("%s is not a file", path)}
		case info.Size() > maxAttachment:
			return fileRead{err: fmt.Errorf("%s is larger than mail can carry", path)}
		}
		b, err := os.ReadFile(path)
		return fileRead{compose.Attachment{Name: filepath.Base(path), Data: b}, err}
	}
}

func expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// saveAttachments writes a message's attachments into a folder, under names that
// are safe and not taken.
func (m Model) saveAttachments(id mail.ID, dir string) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		raw, err := e.Raw(ctx, id)
		if err != nil {
			return changeDone{err: err}
		}
		msg := message.Parse(raw)
		dir = expandHome(dir)
		n := 0
		for _, a := range render.Attachments(msg) {
			if _, err := safe.WriteNew(dir, a.Name, msg.Reader(a.Part)); err != nil {
				return changeDone{err: fmt.Errorf("save the attachments: %w", err)}
			}
			n++
		}
		return changeDone{text: several(n, "attachment") + " saved in " + dir}
	}
}

// edit opens the text in the user's editor, in a file that nobody else can read.
func edit(text string) tea.Cmd {
	f, err := os.CreateTemp("", "posthorn-*.txt")
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		err = fmt.Errorf("give the text to the editor: %w", disk.Explain(os.TempDir(), err))
		return func() tea.Msg { return textWritten{err: err} }
	}
	editor := os.Getenv("VISUAL")
	if editor == "" {
		editor = os.Getenv("EDITOR")
	}
	if editor == "" {
		editor = "vi"
	}
	cmd := exec.Command("sh", "-c", editor+` "$1"`, "sh", f.Name())
	return tea.ExecProcess(cmd, func(err error) tea.Msg {
		defer os.Remove(f.Name())
		if err != nil {
			return textWritten{err: fmt.Errorf("run the editor: %w", err)}
		}
		b, err := os.ReadFile(f.Name())
		return textWritten{string(b), err}
	})
}

// startEditor is edit as a command: its file is made outside of Update.
func startEditor(text string) tea.Cmd {
	return func() tea.Msg { return edit(text)() }
}

// pipe gives a message to a command of the user's and tells what it printed.
func (m Model) pipe(id mail.ID, line string) tea.Cmd {
	ctx, e := m.ctx, m.engine
	return func() tea.Msg {
		raw, err := e.Raw(ctx, id)
		if err != nil {
			return changeDone{err: err}
		}
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, "sh", "-c", line)
		cmd.Stdin = strings.NewReader(string(raw))
		out, err := cmd.CombinedOutput()
		if err != nil {
			return changeDone{err: fmt.Errorf("%s: %w: %s", line, err, out)}
		}
		return changeDone{text: "done: " + string(out[:min(len(out), 2000)])}
	}
}

// autosave is when a draft is kept that was changed.
const autosave = 5 * time.Second

func waitAutosave() tea.Cmd {
	return tea.Tick(autosave, func(time.Time) tea.Msg { return autosaveDue{} })
}

// waitMinute lets the dates of the list stay true.
func waitMinute() tea.Cmd {
	return tea.Tick(time.Minute, func(time.Time) tea.Msg { return clockTicked{} })
}
