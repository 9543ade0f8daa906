package search_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/search"
)

func id(n int) mail.ID { return mail.NewID(0, int64(n)) }

// engine has messages that lie in folders, the first one the newest. It tells
// first the older half of them, and then all.
type engine struct {
	in   map[mail.ID]mail.FolderID
	fail map[string]error // by account
}

func (e engine) Rows(_ context.Context, ids []mail.ID) (list []mail.Summary, err error) {
	for _, id := range ids {
		if f, ok := e.in[id]; ok {
			list = append(list, mail.Summary{ID: id, Folder: f, Received: time.Unix(-int64(id), 0)})
		}
	}
	return list, nil
}

func (e engine) Search(ctx context.Context, account string, _ mail.FolderID, _ mail.Query, _ bool, found func([]mail.ID)) (string, error) {
	if err := e.fail[account]; err != nil {
		return "", err
	}
	all := []mail.ID{id(1), id(2), id(3), id(4)}
	found(slices.Clone(all[2:]))
	found(slices.Clone(all))
	return "server", ctx.Err()
}

// run does commands to their end, and returns what failed.
func run(m search.Model, cmd tea.Cmd) (search.Model, []error) {
	var failed []error
	answers := make(chan tea.Msg)
	open := 0
	begin := func(c tea.Cmd) {
		if c != nil {
			open++
			go func() { answers <- c() }()
		}
	}
	begin(cmd)
	for ; open > 0; open-- {
		switch msg := (<-answers).(type) {
		case tea.BatchMsg:
			for _, c := range msg {
				begin(c)
			}
		case search.Failed:
			failed = append(failed, msg.Err)
		default:
			m, cmd = m.Update(msg)
			begin(cmd)
		}
	}
	return m, failed
}

func ids(m search.Model) (list []mail.ID) {
	for _, e := range m.Entries() {
		list = append(list, e.ID)
	}
	return list
}

func four() engine {
	e := engine{map[mail.ID]mail.FolderID{}, map[string]error{}}
	for n := range 4 {
		e.in[id(n+1)] = 7
	}
	return e
}

func begin(t *testing.T, e engine, accounts ...string) (search.Model, []error) {
	t.Helper()
	var scopes []search.Scope
	for _, a := range accounts {
		scopes = append(scopes, search.Scope{Account: a})
	}
	m, cmd := search.New(t.Context(), e).Begin("a\x1b[31m lens", nil, scopes)
	if !m.On() || !m.Searching() || m.Empty() != "Searching …" || strings.ContainsRune(m.Title(), '\x1b') {
		t.Errorf("it begins as %q, %q", m.Title(), m.Empty())
	}
	return run(m, cmd)
}

// What several accounts report twice is shown once, the newest first; what fails
// is told, and takes nothing away.
func TestFound(t *testing.T) {
	e := four()
	e.fail["work"] = errors.New("the line broke")
	m, failed := begin(t, e, "ann", "work")
	if got, want := ids(m), []mail.ID{id(1), id(2), id(3), id(4)}; !slices.Equal(got, want) {
		t.Errorf("it found %v, want %v", got, want)
	}
	if len(failed) != 1 || m.Searching() || !strings.HasSuffix(m.Title(), "(server)") {
		t.Errorf("it ends as %q with %v", m.Title(), failed)
	}
	m = m.Stop()
	if m.On() || len(m.Entries()) > 0 {
		t.Error("it goes on after it was stopped")
	}
}

// The answers to a search that another one replaced change nothing.
func TestLate(t *testing.T) {
	e := four()
	m, old := search.New(t.Context(), e).Begin("one", nil, []search.Scope{{Account: "ann"}})
	m, _ = m.Begin("two", nil, []search.Scope{{Account: "ann"}})
	m, failed := run(m, old)
	if len(m.Entries()) > 0 || len(failed) > 0 || !m.Searching() {
		t.Errorf("the first search told the second %v, %v", m.Entries(), failed)
	}
}

// What was taken off comes back where it lies in its folder again, and only that.
func TestOff(t *testing.T) {
	e := four()
	m, _ := begin(t, e, "ann")
	m = m.TakeOff([]mail.ID{id(1), id(2)}, func(mail.ID) mail.FolderID { return 7 })
	if got, want := ids(m), []mail.ID{id(3), id(4)}; !slices.Equal(got, want) {
		t.Errorf("it shows %v, want %v", got, want)
	}
	e.in[id(2)] = 8
	m, back := m.LookBack()
	late := m.TakeOff([]mail.ID{id(1)}, func(mail.ID) mail.FolderID { return 7 }) // again, after the question
	m, _ = run(m, back)
	if got, want := ids(m), []mail.ID{id(1), id(3), id(4)}; !slices.Equal(got, want) {
		t.Errorf("it shows %v, want %v", got, want)
	}
	late, _ = run(late, back)
	if got, want := ids(late), []mail.ID{id(3), id(4)}; !slices.Equal(got, want) {
		t.Errorf("deleted again it shows %v, want %v", got, want)
	}
	m = m.TakeOff([]mail.ID{id(1), id(3), id(4)}, func(mail.ID) mail.FolderID { return 7 })
	if m.Empty() != "Nothing is left of what was found." {
		t.Errorf("it says %q", m.Empty())
	}
	if got := ids(m.PutBack([]mail.ID{id(4)})); !slices.Equal(got, []mail.ID{id(4)}) {
		t.Errorf("it shows %v", got)
	}
}
