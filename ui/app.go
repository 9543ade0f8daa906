package ui

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/sync"
	"posthorn/ui/command"
	"posthorn/ui/folders"
	"posthorn/ui/list"
	"posthorn/ui/reader"
	"posthorn/ui/search"
	"posthorn/ui/theme"
)

// Options say how the interface looks and which keys it has.
type Options struct {
	Theme      string                   // "auto", "dark", "light"; empty is auto
	Width      int                      // columns of a message's text at most; 0: 80
	Keys       map[string][]string      // keys of commands in place of the default ones
	Binds      map[string]Bind          // what keys of the user's own do, by their names
	After      string                   // where one goes on after messages were taken away: "next", "previous", "list"; empty is next
	MarkSeen   time.Duration            // how long a message is shown until it counts as read; negative: never by itself
	Keep       bool                     // what is selected stays so when it is acted on
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

// Model is the root: it routes messages to the panes, and lays these out.
type Model struct {
	world   world
	keys    command.Keymap
	actions map[string]action // by the names of their commands
	look    look
	colours bool
	asked   string // the theme that was asked for
	after   string
	keep    bool

	markSeen time.Duration
	unseen   int // the opening of a message that is to count as read in a moment; 0: none
	log      func() ([]string, error)

	panes  panes
	desk   desk
	dialog dialog
	status status

	accounts accounts
	deeds    deeds
	renewal  renewal
	ahead    ahead
	denied   bool              // the last key's command was not to be had
	begun    []tea.KeyPressMsg // keys that others are to follow
	last     repeat            // what was done last
	leaving  bool              // quit once all letters are kept
}

// New returns the root model. It asks nothing of the engine yet.
func New(ctx context.Context, e Engine, o Options) (Model, error) {
	actions, keys, err := commands(o)
	if err != nil {
		return Model{}, err
	}
	colours := os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	t, w := theme.New(o.Theme != "light", colours), world{ctx, e}
	m := Model{world: w, keys: keys, actions: actions, after: o.After, markSeen: o.MarkSeen, keep: o.Keep, look: look{theme: t}, colours: colours, asked: o.Theme, accounts: accounts{sigs: o.Signatures}, log: o.Log,
		panes: panes{folders: tree{Model: folders.New(t), world: w}, list: listing{Model: list.New(t), world: w, view: mail.View{Role: mail.Inbox}, search: search.New(ctx, e)},
			reader: reading{Model: reader.New(t), world: w, maxWidth: o.Width}}, desk: desk{world: w, theme: t}}
	if m.panes.reader.maxWidth == 0 {
		m.panes.reader.maxWidth = 80
	}
	m.panes.list.Empty = "Nothing here yet."
	m.panes.list.Title = "Inbox"
	return m, nil
}

// commands returns all actions by their names, those too that the user made, and
// their keys.
func commands(o Options) (map[string]action, command.Keymap, error) {
	list := table()
	own, err := bound(o.Binds, list)
	if err != nil {
		return nil, command.Keymap{}, err
	}
	list = append(list, own...)
	actions, commands, configured := map[string]action{}, make([]command.Command, len(list)), maps.Clone(o.Keys)
	if configured == nil {
		configured = map[string][]string{}
	}
	for i, a := range list {
		actions[a.Name], commands[i] = a, a.Command
	}
	for name, b := range o.Binds {
		configured[name] = b.Keys
	}
	keys, err := command.NewKeymap(commands, configured)
	return actions, keys, err
}

// Init asks for what the first screen shows.
func (m Model) Init() tea.Cmd {
	return tea.Batch(func() tea.Msg { return started{m.world.engine.Accounts()} }, m.world.listen(), tea.RequestBackgroundColor, waitMinute())
}

// started says which accounts there are.
type started struct{ accounts []sync.AccountInfo }

// Update takes a message, and then lays out what came of it: whatever a message
// changes, the panes have their sizes, and ask for what they lack.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	m, cmd := m.take(msg)
	m, more := m.arrange()
	return m, tea.Batch(cmd, more)
}

// take is a table of contents.
func (m Model) take(msg tea.Msg) (Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.panes.w, m.panes.h = msg.Width, msg.Height
		if m.dialog != nil {
			m.dialog = m.dialog.resize(m.panes.w, m.panes.h)
		}
		return m, nil
	case tea.BackgroundColorMsg:
		if m.asked == "dark" || m.asked == "light" {
			return m, nil
		}
		return m.restyle(look{theme.New(msg.IsDark(), m.colours), m.look.measure}), nil
	case tea.ModeReportMsg:
		return m.restyle(look{m.look.theme, m.look.measure.Learn(msg)}), nil
	case tea.KeyPressMsg:
		return m.typed(msg)
	case tea.MouseMsg:
		return m.pointed(msg)
	case said:
		m.status = m.status.say(msg.text)
		return m, nil
	case failed:
		return m.failed(msg.err), nil
	case search.Failed:
		return m.failed(msg.Err), nil
	case started:
		m.accounts = m.accounts.begin(msg.accounts)
		return m.showAccount(m.accounts.shown)
	case engineSpoke:
		m, cmd := m.heard(msg.event)
		return m, tea.Batch(cmd, m.world.listen())
	case clockTicked:
		return m, waitMinute()
	case logRead:
		return m.logRead(msg), nil
	case aheadDue:
		return m.late(msg)
	case seenDue:
		return m.seen(msg)
	}
	if next, cmd, ok := m.loaded(msg); ok {
		return next, cmd
	}
	if next, cmd, ok := m.wrote(msg); ok {
		return next, cmd
	}
	return m.delegate(msg)
}

// loaded hands what was read to who asked for it.
func (m Model) loaded(msg tea.Msg) (_ Model, cmd tea.Cmd, ok bool) {
	switch msg := msg.(type) {
	case accountsLoaded:
		if m.accounts.states.Take(msg.n) {
			m.accounts.list = msg.list
		}
	case foldersLoaded:
		m.panes.folders, cmd = m.panes.folders.loaded(msg)
		return m, cmd, true
	case folderWatched:
		m.panes.folders, cmd = m.panes.folders.told(msg)
	case entriesLoaded:
		m.panes.list, cmd = m.panes.list.loaded(msg)
	case rowsLoaded:
		m.panes.list, cmd = m.panes.list.tookRows(msg)
	case search.Answer:
		m.panes.list, cmd = m.panes.list.answered(msg)
	case messageOpened:
		m, cmd = m.messageOpened(msg)
	case documentMade:
		m.panes.reader = m.panes.reader.made(msg)
	case sourceRead:
		m.panes.reader, cmd = m.panes.reader.sourceRead(msg)
	case outboxLoaded:
		m.status, cmd = m.status.outboxLoaded(msg)
	case deedDone:
		m, cmd = m.deedDone(msg)
	case renewalDue:
		m, cmd = m.renew()
	default:
		return m, nil, false
	}
	return m, cmd, true
}

// arrange lays out the screen, and asks for what is lacking on it.
func (m Model) arrange() (Model, tea.Cmd) {
	m, cmd := m.release()
	m.panes = m.panes.named().layout()
	m.desk = m.desk.resize(m.panes.w, max(m.panes.h-1, 1))
	m.panes.list.Mark, m.panes.list.Flat = m.accounts.mark(), ""
	if !m.panes.list.view.Threads {
		m.panes.list.Flat = "conversations are off; " + m.keys.Key("threads") + " shows them"
	}
	if f := m.panes.list.view; f.Folder == 0 && m.accounts.shown != "" { // a folder shown by its role is now known
		if id, ok := m.panes.folders.withRole(f.Role); ok {
			var watch tea.Cmd
			m.panes.list.view.Folder = id
			m.panes.folders, watch = m.panes.folders.watch(id)
			cmd = tea.Batch(cmd, watch)
			m.panes = m.panes.named()
		}
	}
	var rows, lines tea.Cmd
	m.panes.folders.Model = m.panes.folders.Show(m.panes.list.view.Folder)
	m.panes.list, rows = m.panes.list.missing()
	m.panes.reader, lines = m.panes.reader.layOut()
	cmds := []tea.Cmd{cmd, rows, lines}
	if m.leaving && len(m.desk.letters) == 0 {
		cmds = append(cmds, tea.Quit)
	}
	return m, tea.Batch(cmds...)
}

// delegate gives other messages, as the blinking of a cursor, to who has the
// keys.
func (m Model) delegate(msg tea.Msg) (_ Model, cmd tea.Cmd) {
	if m.dialog != nil {
		return m.dialog.update(m, msg)
	}
	m.desk, cmd = m.desk.update(msg)
	return m, cmd
}

// place returns where keys go.
func (m Model) place() command.Place {
	switch {
	case m.desk.open != 0:
		return command.Composer
	case m.panes.focus == readerPane:
		return command.Reader
	case m.panes.focus == foldersPane:
		return command.Folders
	}
	return command.List
}

// restyle gives all panes their looks.
func (m Model) restyle(l look) Model {
	m.look, m.panes, m.desk = l, m.panes.restyle(l.theme, l.measure), m.desk.restyle(l.theme, l.measure)
	return m
}
