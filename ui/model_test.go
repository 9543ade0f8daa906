package ui

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"posthorn/internal/seed"
	"posthorn/mail"
	"posthorn/mail/message"
	"posthorn/sync"
	"posthorn/ui/command"
	"posthorn/ui/list"
	"posthorn/ui/panetest"
)

// This file tries the interface with somebody who presses any keys, on an engine
// that answers late, in any order, or with errors, and holds what may never happen:
//
//   - a message is changed, moved, deleted or sent that was not meant when its key
//     was pressed;
//   - a text that was typed is lost;
//   - the screen shows something else than there is, once all is quiet.

// A wish is a key that was pressed for a command on messages, and those that were
// under the cursor or selected then.
type wish struct {
	name  string
	meant []mail.ID
}

// A user presses any keys, and remembers what was meant.
type user struct {
	*session
	r      *rand.Rand
	wishes []wish // not yet seen to be done, the oldest first
	judged int    // changes of the engine
	opened map[mail.ID]bool
	sends  int      // times that sending was asked for
	typed  []string // words that were written in letters
	story  []string
	gates  []*gate
}

// clerk is a user on an engine that behaves as r has it.
func clerk(s *session, r *rand.Rand) *user {
	s.shuffle = r
	return &user{session: s, r: r, opened: map[mail.ID]bool{}}
}

func (u *user) fatal(format string, args ...any) {
	u.t.Helper()
	u.t.Fatalf("%s\nwhat happened is\n%s\nthe screen is\n%s", fmt.Sprintf(format, args...), strings.Join(u.story, "\n"), u.screen())
}

// meant returns the messages that the screen says are meant.
func (u *user) meant() []mail.ID {
	if u.m.panes.focus == readerPane && u.m.panes.reader.ID() != 0 {
		return []mail.ID{u.m.panes.reader.ID()}
	}
	return u.m.panes.list.Chosen()
}

// press presses a key, and notes what it asks for.
func (u *user) press(name string) {
	u.t.Helper()
	u.story = append(u.story, fmt.Sprintf("key %q at %s (dialog %v)", name, u.m.place(), u.m.dialog != nil))
	if u.m.dialog == nil {
		keys := name
		for i := len(u.m.begun) - 1; i >= 0; i-- {
			keys = u.m.begun[i].String() + " " + keys
		}
		if c, _, ok := u.m.keys.Find(u.m.place(), keys); ok {
			switch {
			case c.Message || c.Name == "again":
				u.wishes = append(u.wishes, wish{c.Name, u.meant()})
			case c.Name == "send":
				u.sends++
			}
		}
	}
	u.send(panetest.Key(name))
	u.judge()
}

// judge holds that each change of the engine was asked for, in the order of the
// keys.
func (u *user) judge() {
	u.t.Helper()
	if id := u.m.panes.reader.ID(); id != 0 {
		u.opened[id] = true
	}
	u.e.mu.Lock()
	did, sent := slices.Clone(u.e.did[u.judged:]), len(u.e.sent)
	u.judged = len(u.e.did)
	u.e.mu.Unlock()
	for _, c := range did {
		names, ids := named(c)
		i := slices.IndexFunc(u.wishes, func(w wish) bool {
			return slices.Contains(names, w.name) && !slices.ContainsFunc(ids, func(id mail.ID) bool { return !slices.Contains(w.meant, id) })
		})
		switch f, flags := c.(mail.SetFlags); {
		case flags && len(ids) == 1 && f.Add == mail.Seen && f.Remove == 0 && u.opened[ids[0]]: // it was read: that is nobody's wish, and fulfils none
		case i >= 0:
			u.wishes = u.wishes[i+1:]
		default:
			u.fatal("nobody asked for %#v; asked for was %v", c, u.wishes)
		}
	}
	if sent > u.sends {
		u.fatal("%d messages are sent, and asked for were %d", sent, u.sends)
	}
}

// named returns the commands that lead to a change, and its messages.
func named(c mail.Change) ([]string, []mail.ID) {
	switch c := c.(type) {
	case mail.SetFlags:
		if (c.Add | c.Remove).Has(mail.Flagged) {
			return []string{"star", "again"}, c.IDs
		}
		return []string{"read", "again"}, c.IDs
	case mail.Move:
		return []string{"move", "again"}, c.IDs
	case mail.Copy:
		return []string{"copy", "again"}, c.IDs
	case mail.File:
		return []string{map[mail.Role]string{mail.Archive: "archive", mail.Trash: "delete", mail.JunkMail: "junk"}[c.To], "again"}, c.IDs
	case mail.Expunge:
		return []string{"delete", "again"}, c.IDs
	}
	return nil, nil
}

// acts does something: mostly a key that does something where it is pressed.
func (u *user) acts() {
	u.t.Helper()
	switch n := u.r.IntN(100); {
	case n < 4:
		u.happens(tea.WindowSizeMsg{Width: 15 + u.r.IntN(240), Height: 4 + u.r.IntN(70)})
	case n < 8:
		u.happens(tea.MouseClickMsg{X: u.r.IntN(u.m.panes.w), Y: u.r.IntN(u.m.panes.h), Button: tea.MouseLeft})
	case n < 10:
		u.happens(tea.MouseWheelMsg{X: u.r.IntN(u.m.panes.w), Y: u.r.IntN(u.m.panes.h), Button: []tea.MouseButton{tea.MouseWheelUp, tea.MouseWheelDown}[u.r.IntN(2)]})
	case n < 20:
		u.world()
	case u.m.dialog != nil:
		u.answers()
	case u.m.place() == command.Composer:
		u.writes()
	default:
		u.press(u.key())
	}
}

func (u *user) happens(msg tea.Msg) {
	u.t.Helper()
	u.story = append(u.story, fmt.Sprintf("%T %v", msg, msg))
	u.send(msg)
	u.judge()
}

// key returns a key that does something here, those that change messages more
// often than others. What starts programs, touches files or ends it all is left
// out.
func (u *user) key() string {
	if u.r.IntN(3) == 0 {
		return strings.Fields("d d e s u m m y . x X * z enter r f b R c ! t space j k / J")[u.r.IntN(26)]
	}
	for {
		list := u.m.keys.Commands(u.m.place())
		c := list[u.r.IntN(len(list))]
		if len(c.Keys) == 0 || slices.Contains(strings.Fields("quit pipe save log redraw palette attachments"), c.Name) {
			continue
		}
		keys := strings.Fields(c.Keys[u.r.IntN(len(c.Keys))])
		if len(u.m.begun) > 0 {
			return keys[len(keys)-1]
		}
		return keys[0]
	}
}

// answers does something with a box, for which it is often too late.
func (u *user) answers() {
	u.t.Helper()
	if f := u.m.panes.list.view.Folder; f != 0 && u.r.IntN(2) == 0 {
		u.story = append(u.story, fmt.Sprintf("%s arrives", u.e.arrives(f, "meanwhile")))
		u.settle()
	}
	keys := strings.Fields("enter enter enter down esc r a h")
	if _, question := u.m.dialog.(asking); question {
		keys = strings.Fields("y y y n enter esc")
		if strings.Contains(u.screen(), "Quit Posthorn?") {
			keys = []string{"n"}
		}
	}
	u.press(keys[u.r.IntN(len(keys))])
}

// writes does something with a letter, mostly to write a word that can be found
// again. It deletes nothing.
func (u *user) writes() {
	u.t.Helper()
	if u.r.IntN(3) > 0 {
		u.press(strings.Fields("tab shift+tab ctrl+s ctrl+x ctrl+x esc esc ctrl+c ctrl+o enter ctrl+f")[u.r.IntN(11)])
		return
	}
	l := u.m.desk.current()
	word := fmt.Sprintf("w%dw", 100+len(u.typed))
	if l.Draft().Redirected == nil { // whose text goes as it is
		u.typed = append(u.typed, word)
	}
	for _, k := range split(word + " ") {
		if k == " " {
			k = "space"
		}
		u.press(k)
	}
}

// world has something happen that the user has no part in.
func (u *user) world() {
	u.t.Helper()
	methods := strings.Fields("Entries Rows Folders Open Whole Copy Do Undo SaveDraft Send Search Outbox")
	method := methods[u.r.IntN(len(methods))]
	note := func(format string, args ...any) { u.story = append(u.story, fmt.Sprintf(format, args...)) }
	switch u.r.IntN(8) {
	case 0, 1:
		f := []mail.FolderID{u.inbox(), u.trash(), u.e.folder(1, mail.Inbox).ID}[u.r.IntN(3)]
		note("%s arrives in %v", u.e.arrives(f, "just come"), f)
	case 2:
		var ids []mail.ID
		for _, f := range []mail.FolderID{u.inbox(), u.trash()} {
			ids = append(ids, u.e.in(f)...)
		}
		if len(ids) > 3 {
			id := ids[u.r.IntN(len(ids))]
			note("%s vanishes", id)
			u.e.vanishes(id)
		}
	case 3, 4:
		note("%s is held", method)
		u.gates = append(u.gates, u.e.hold(method, []point{before, after}[u.r.IntN(2)]))
	case 5:
		note("%s fails", method)
		u.e.fail(method, "", errors.New("the line broke"))
	case 6:
		for _, m := range methods {
			u.e.fail(m, "", nil)
		}
		for _, g := range u.gates {
			g.open()
		}
		u.gates = nil
		note("all is well again")
	default:
		d := time.Duration(1+u.r.IntN(6)) * time.Second
		note("%v pass", d)
		u.pass(d)
	}
	u.settle()
	u.judge()
}

// quiets has all come to its end.
func (u *user) quiets() {
	u.t.Helper()
	for _, m := range strings.Fields("Entries Rows Folders Open Whole Copy Do Undo SaveDraft Send Search Outbox") {
		u.e.fail(m, "", nil)
	}
	// Where something failed before, it is looked at again when something happens.
	// What was asked before is still under way then, and may be answered later.
	for _, a := range u.e.Accounts() {
		u.send(engineSpoke{sync.FoldersChanged{Account: a.Name}})
		u.send(engineSpoke{sync.MessagesChanged{Account: a.Name}})
		u.send(engineSpoke{sync.OutboxChanged{Account: a.Name}})
	}
	u.e.openAll()
	u.settle()
	u.pass(3 * time.Second)
	u.judge()
	u.agrees()
	u.keepsAll()
}

// agrees holds that the screen shows what there is.
func (u *user) agrees() {
	u.t.Helper()
	ctx := u.t.Context()
	l := u.m.panes.list
	if !l.search.On() {
		want, err := u.e.Entries(ctx, l.view, 0)
		if err != nil {
			u.fatal("%v", err)
		}
		if got := shownIn(l.Model); !slices.Equal(got, idsOf(want)) {
			u.fatal("the list shows %v, and there is %v", got, idsOf(want))
		}
	}
	for _, id := range l.InView() {
		got, here := l.Row(id)
		want := u.e.row(id)
		if here != (want != nil) || here && !reflect.DeepEqual(got, *want) {
			u.fatal("of %s is shown %+v, and there is %+v", id, got, want)
		}
	}
	folders, _ := u.e.Folders(ctx, u.m.accounts.shown)
	for _, f := range folders {
		if got, ok := u.m.panes.folders.Find(f.ID); u.m.accounts.shown != "" && (!ok || got.Unread != f.Unread) {
			u.fatal("of %s %d unread are shown, and there are %d", f.Name, got.Unread, f.Unread)
		}
	}
	if n := len(u.e.outbox); u.m.status.outbox != n {
		u.fatal("in the outbox are %d, and %d are shown", n, u.m.status.outbox)
	}
}

// shownIn returns the messages of a list, those too that are folded away.
func shownIn(l list.Model) []mail.ID { return l.ClearSelection().SelectAll().Chosen() }

func idsOf(entries []mail.Entry) (ids []mail.ID) {
	for _, e := range entries {
		ids = append(ids, e.ID)
	}
	return ids
}

// keepsAll holds that each word that was written is in a letter, in a draft that
// is kept, or on its way.
func (u *user) keepsAll() {
	u.t.Helper()
	var all strings.Builder
	for _, l := range u.m.desk.letters {
		fmt.Fprintf(&all, "%+v\n", l.Draft())
	}
	raws := slices.Concat(slices.Collect(maps.Values(u.e.raw)), u.e.expunged) // the user asked for these
	for _, o := range u.e.sent {
		raws = append(raws, o.Raw)
	}
	for _, raw := range raws {
		fmt.Fprintf(&all, "%s\n%s\n", message.Parse(raw).Envelope.Subject, raw)
	}
	text := strings.ReplaceAll(all.String(), "=\r\n", "")
	for _, word := range u.typed {
		if !strings.Contains(text, word) {
			u.fatal("%s was typed and is lost; there is\n%s", word, text)
		}
	}
}

// Whatever somebody does, only what was meant is changed, nothing that was typed
// is lost, and the screen is right in the end.
func TestModel(t *testing.T) {
	for stream := range uint64(20) {
		t.Run(fmt.Sprint(stream), func(t *testing.T) {
			r := seed.Rand(t, 100+stream)
			o := Options{Theme: "dark", After: []string{"next", "previous", "list"}[r.IntN(3)], Keep: r.IntN(4) == 0,
				MarkSeen: []time.Duration{0, 2 * time.Second, -1}[r.IntN(3)]}
			playWith(t, o, 100, 30, func(s *session) {
				u := clerk(s, r)
				for range 3 {
					for range 60 {
						u.acts()
					}
					u.quiets()
				}
			}, "ann", "work")
		})
	}
}
