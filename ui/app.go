package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"

	tea "charm.land/bubbletea/v2"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/sync"
	"posthorn/ui/cells"
	"posthorn/ui/chooser"
	"posthorn/ui/command"
	"posthorn/ui/composer"
	"posthorn/ui/folders"
	"posthorn/ui/list"
	"posthorn/ui/prompt"
	"posthorn/ui/reader"
	"posthorn/ui/theme"
)

// Options say how the interface looks and which keys it has.
type Options struct {
	Theme      string                   // "auto", "dark", "light"; empty is auto
	Width      int                      // columns of a message's text at most; 0: 80
	Keys       map[string][]string      // keys of commands in place of the default ones
	Signatures map[string]string        // by account
	Log        func() ([]string, error) // the last lines of the log, oldest first; nil: there is none
	Input      io.Reader                // nil: the terminal
	Output     io.Writer
}

// Run shows the interface until the user quits or ctx ends.
func Run(ctx context.Context, e Engine, o Options) error {
	m, err := New(ctx, e, o)
	if err != nil {
		return err
	}
	opts := []tea.ProgramOption{tea.WithContext(ctx)}
	if o.Input != nil {
		opts = append(opts, tea.WithInput(o.Input))
	}
	if o.Output != nil {
		opts = append(opts, tea.WithOutput(o.Output))
	}
	_, err = tea.NewProgram(m, opts...).Run()
	if errors.Is(err, tea.ErrProgramKilled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// A pane is one of the three that have the keys in turn.
type pane uint8

const (
	listPane pane = iota
	readerPane
	foldersPane
)

// A dialog lies over the panes and takes all keys.
type dialog interface {
	update(tea.Msg) (dialog, tea.Cmd)
	resize(w, h int) dialog
	View() []string
}

// Model is the root.
type Model struct {
	ctx      context.Context
	engine   Engine
	keys     command.Keymap
	theme    theme.Theme
	measure  cells.Measure
	colours  bool
	asked    string // the theme that was asked for
	maxWidth int
	sigs     map[string]string
	log      func() ([]string, error)

	w, h    int
	focus   pane
	folders folders.Model
	list    list.Model
	reader  reader.Model
	writer  *composer.Model
	dialog  dialog
	status  status

	accounts []sync.AccountInfo
	account  string // whose mail is shown; empty: all together
	view     mail.View
	results  *results // a search whose results are in the list
	listReq  int      // the number of the question whose answer the list waits for
	loading  bool     // the whole list is being read
	stale    bool     // it changed meanwhile

	readReq int
	message *message.Message
	form    string // of the text that is shown, of several
	headers bool
	raw     bool           // it is shown as it came
	pending *compose.Draft // to be sent once its doubts are answered
	leaving bool           // quit when the draft is kept
}

// results is a search that is shown in place of a folder.
type results struct {
	text   string
	where  string
	done   bool
	ids    []mail.ID
	seen   map[mail.ID]bool
	cancel context.CancelFunc
	before mail.View
	back   mail.ID // the message that was under the cursor
}

// New returns the root model. It asks nothing of the engine yet.
func New(ctx context.Context, e Engine, o Options) (Model, error) {
	keys, err := command.NewKeymap(o.Keys)
	if err != nil {
		return Model{}, err
	}
	colours := os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	t := theme.New(o.Theme != "light", colours)
	m := Model{ctx: ctx, engine: e, keys: keys, theme: t, colours: colours, asked: o.Theme, maxWidth: o.Width, sigs: o.Signatures, log: o.Log,
		folders: folders.New(t), list: list.New(t), reader: reader.New(t), view: mail.View{Role: mail.Inbox}}
	if m.maxWidth == 0 {
		m.maxWidth = 80
	}
	m.list.Empty = "Nothing here yet."
	m.list.Title = "Inbox"
	return m, nil
}

// Init asks for what the first screen shows.
func (m Model) Init() tea.Cmd {
	return tea.Batch(func() tea.Msg { return started{m.engine.Accounts()} }, m.listen(), tea.RequestBackgroundColor, waitMinute())
}

// started says which accounts there are.
type started struct{ accounts []sync.AccountInfo }

// Update is a table of contents.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
		return m.layout(), m.layOut()
	case tea.BackgroundColorMsg:
		return m.recolour(msg.IsDark()), nil
	case tea.ModeReportMsg:
		return m.remeasure(m.measure.Learn(msg)), nil
	case tea.KeyPressMsg:
		return m.pressed(msg)
	case tea.MouseMsg:
		return m.pointed(msg)
	case chooser.ChosenMsg, chooser.ClosedMsg, prompt.EnteredMsg, prompt.AnsweredMsg:
		return m.decided(msg)
	case draftStarted, draftKept, messageSent, fileRead, textWritten, autosaveDue:
		return m.wrote(msg)
	case clockTicked:
		return m, waitMinute()
	}
	next, cmd, ok := m.loaded(msg)
	if ok {
		return next, cmd
	}
	return m.delegate(msg)
}

// loaded takes facts from the engine.
func (m Model) loaded(msg tea.Msg) (Model, tea.Cmd, bool) {
	switch msg := msg.(type) {
	case started:
		m, cmd := m.begin(msg).reload()
		return m, cmd, true
	case foldersLoaded:
		m, cmd := m.foldersLoaded(msg)
		return m, cmd, true
	case entriesLoaded:
		m, cmd := m.entriesLoaded(msg)
		return m, cmd, true
	case rowsLoaded:
		m.list = m.list.SetRows(msg.rows)
		return m.failed(msg.err), nil, true
	case messageOpened:
		m, cmd := m.messageOpened(msg)
		return m, cmd, true
	case documentMade:
		if msg.req == m.readReq {
			m.reader = m.reader.Show(msg.id, msg.doc)
		}
		return m, nil, true
	case engineSpoke:
		m, cmd := m.heard(msg.event)
		return m, tea.Batch(cmd, m.listen()), true
	case changeDone:
		m, cmd := m.changed(msg)
		return m, cmd, true
	case found:
		m, cmd := m.found(msg)
		return m, cmd, true
	case logRead:
		return m.logRead(msg), nil, true
	case outboxLoaded:
		m.status.outbox = msg.waiting
		return m, nil, true
	}
	return m, nil, false
}

// begin shows the first account, or all where there are several.
func (m Model) begin(msg started) Model {
	m.accounts = msg.accounts
	if len(m.accounts) > 0 {
		m.account = m.accounts[0].Name
	}
	m.view = mail.View{Account: m.account, Role: mail.Inbox}
	m.listReq++
	return m
}

// reload asks for what a new choice of account or folder shows.
func (m Model) reload() (Model, tea.Cmd) {
	m.loading = true
	return m, tea.Batch(m.loadFolders(), m.loadEntries(firstEntries), m.loadOutbox())
}

// delegate gives other messages, as the blinking of a cursor, to who has the
// keys.
func (m Model) delegate(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch {
	case m.dialog != nil:
		m.dialog, cmd = m.dialog.update(msg)
	case m.writer != nil:
		w, c := m.writer.Update(msg)
		m.writer, cmd = &w, c
	}
	return m, cmd
}

// place returns where keys go.
func (m Model) place() command.Place {
	switch {
	case m.writer != nil:
		return command.Composer
	case m.focus == readerPane:
		return command.Reader
	case m.focus == foldersPane:
		return command.Folders
	}
	return command.List
}

func (m Model) pressed(msg tea.KeyPressMsg) (tea.Model, tea.Cmd) {
	m.status = m.status.seen()
	if m.dialog != nil {
		var cmd tea.Cmd
		m.dialog, cmd = m.dialog.update(msg)
		return m, cmd
	}
	if c, ok := m.keys.Find(m.place(), msg.String()); ok {
		return m.run(c.Name)
	}
	return m.delegate(msg)
}

func (m Model) recolour(dark bool) Model {
	if m.asked == "dark" || m.asked == "light" {
		return m
	}
	m.theme = theme.New(dark, m.colours)
	m.list.Theme, m.reader.Theme, m.folders.Theme = m.theme, m.theme, m.theme
	if m.writer != nil {
		m.writer.Theme = m.theme
	}
	return m
}

func (m Model) remeasure(c cells.Measure) Model {
	m.measure = c
	m.list.Measure, m.reader.Measure, m.folders.Measure = c, c, c
	if m.writer != nil {
		m.writer.Measure = c
	}
	return m
}

// info returns what is known of an account.
func (m Model) info(name string) (sync.AccountInfo, bool) {
	i := slices.IndexFunc(m.accounts, func(a sync.AccountInfo) bool { return a.Name == name })
	if i < 0 {
		return sync.AccountInfo{}, false
	}
	return m.accounts[i], true
}
