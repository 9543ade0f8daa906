package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/command"
	"posthorn/ui/composer"
	"posthorn/ui/folders"
	"posthorn/ui/help"
	"posthorn/ui/list"
	"posthorn/ui/reader"
)

// Commands returns the commands of the interface, in the order of the
// documentation.
func Commands() (list []command.Command) {
	for _, a := range table() {
		list = append(list, a.Command)
	}
	return list
}

// table returns all that the interface can do.
func table() []action {
	return append(append(anywhere(), append(inFolders(), inTheList()...)...), append(onMessages(), append(inTheReader(), inTheComposer()...)...)...)
}

// takes says what can follow the name of a command.
func takes(what string, c command.Command) command.Command {
	c.Takes = what
	return c
}

// on returns a command on messages.
func on(name, keys, help string) command.Command {
	c := command.New(command.List, name, keys, help)
	c.Message = true
	return c
}

// by makes actions of a pane's commands.
func by[P any](list []command.Of[P], pane func(Model) P, put func(Model, P) Model) (out []action) {
	for _, c := range list {
		a := action{Command: c.Command, do: func(m Model, _ target) (Model, tea.Cmd) {
			p, cmd := c.Do(pane(m))
			return put(m, p), cmd
		}}
		if c.Why != nil {
			a.why = func(m Model) string { return c.Why(pane(m)) }
		}
		out = append(out, a)
	}
	return out
}

// follow puts actions behind the one of a name.
func follow(table []action, name string, more ...action) []action {
	i := slices.IndexFunc(table, func(a action) bool { return a.Name == name })
	return slices.Insert(table, i+1, more...)
}

// alone makes a deed of what is done to no messages.
func alone(f func(Model) (Model, tea.Cmd)) deed {
	return func(m Model, _ target) (Model, tea.Cmd) { return f(m) }
}

// inPanes makes a deed of what only moves about in the panes.
func inPanes(f func(panes) panes) deed {
	return func(m Model, _ target) (Model, tea.Cmd) {
		m.panes = f(m.panes)
		return m, nil
	}
}

func anywhere() []action {
	const p = command.Anywhere
	list := []action{
		{Command: command.New(p, "help", "?", "show the keys of this place"), do: alone(func(m Model) (Model, tea.Cmd) {
			return m.show(telling{help.Keys(m.look.theme, m.look.measure, m.keys, m.place())}), nil
		})},
		{Command: command.New(p, "palette", ":, ctrl+k, alt+x", "find a command by its name"), do: palette, early: true},
		{Command: command.New(p, "next-pane", "tab", "go to the next pane"), do: inPanes(panes.next)},
		{Command: command.New(p, "previous-account", "[", "go to the previous account"), do: byAccount(-1), why: oneAccount},
		{Command: command.New(p, "next-account", "]", "go to the next account"), do: byAccount(1), why: oneAccount},
		{Command: command.New(p, "all-accounts", "0", "show all accounts together"), do: toAccount(""), why: noAccount},
	}
	for i := range 9 {
		words := fmt.Sprintf("go to account %d", i+1)
		if i == 0 {
			words += "; 2 to 9 likewise"
		}
		n := fmt.Sprint(i + 1)
		c := command.New(p, "account-"+n, n, words)
		c.Alike = i > 0
		list = append(list, action{Command: c, do: toNth(i), why: func(m Model) string {
			if i < len(m.accounts.list) {
				return ""
			}
			return "there is no account " + n
		}})
	}
	for _, g := range []struct {
		key  string
		role mail.Role
	}{{"i", mail.Inbox}, {"d", mail.Drafts}, {"s", mail.Sent}, {"a", mail.Archive}, {"t", mail.Trash}, {"j", mail.JunkMail}} {
		list = append(list, action{Command: command.New(p, "go-"+g.role.String(), "g "+g.key, "go to "+g.role.String()), do: toRole(g.role), why: noAccount})
	}
	return append(list, []action{
		{Command: takes("FOLDER", command.New(p, "go-folder", "g f", "go to a folder by its name")), do: toFolderNamed, why: noAccount},
		{Command: command.New(p, "refresh", "ctrl+r", "look for new mail now"), do: alone(func(m Model) (Model, tea.Cmd) { return m, m.world.lookForMail(m.accounts.shown) })},
		{Command: command.New(p, "redraw", "ctrl+l", "draw the screen anew"), do: alone(func(m Model) (Model, tea.Cmd) { return m, tea.ClearScreen })},
		{Command: command.New(p, "undo", "z", "take back what was done last"), do: takeBack},
		{Command: command.New(p, "compose", "c", "write a message"), do: writeNew, why: noAccount},
		{Command: command.New(p, "letters", "W, ctrl+o", "go to another message that is being written"), do: chooseLetter, why: noLetter},
		{Command: command.New(p, "notice", "E", "show the last notice whole"), do: alone(func(m Model) (Model, tea.Cmd) {
			return m.show(m.look.tell("Notices", m.status.troubles(m.accounts.list))), nil
		}), why: noNotice},
		{Command: command.New(p, "log", "@", "show the end of the log"), do: alone(func(m Model) (Model, tea.Cmd) { return m, readLog(m.log) })},
		{Command: command.New(p, "again", ".", "do again what was done last"), do: again, why: nothingDone},
		{Command: command.New(p, "back", "q", "go back; from the list, ask whether to quit"), do: back, early: true},
		{Command: command.New(p, "escape", "esc", "go back, and never quit"), do: escape, early: true, leaves: true},
		{Command: command.New(p, "quit", "ctrl+c", "quit"), do: alone(Model.quit), early: true, leaves: true},
	}...)
}

func oneAccount(m Model) string {
	if len(m.accounts.list) < 2 {
		return "there is no other account"
	}
	return ""
}

func noAccount(m Model) string {
	if len(m.accounts.list) == 0 {
		return "there is no account"
	}
	return ""
}

func noLetter(m Model) string {
	if len(m.desk.waiting()) == 0 {
		return "no message is being written"
	}
	return ""
}

func noNotice(m Model) string {
	if m.status.troubles(m.accounts.list) == "" {
		return "there is nothing to tell"
	}
	return ""
}

func inFolders() []action {
	list := by(folders.Commands(), func(m Model) folders.Model { return m.panes.folders.Model }, func(m Model, p folders.Model) Model {
		m.panes.folders.Model = p
		return m
	})
	return append(list, action{Command: command.New(command.Folders, "folder-open", "enter, right, l", "show the folder's messages"), do: openFolder})
}

func inTheList() []action {
	const p = command.List
	all := by(list.Commands(), func(m Model) list.Model { return m.panes.list.Model }, func(m Model, p list.Model) Model {
		m.panes.list.Model = p
		return m
	})
	all = follow(all, "half-up",
		action{Command: command.New(p, "open", "enter, right", "open the message"), do: alone(Model.open), why: noMessage},
		action{Command: command.New(p, "folders", "left", "go to the folders"), do: inPanes(func(p panes) panes { return p.focused(foldersPane) })})
	all = follow(all, "select-all",
		action{Command: command.New(p, "threads", "t", "conversations on or off"), do: alone(func(m Model) (_ Model, cmd tea.Cmd) {
			m.panes.list, cmd = m.panes.list.toggleThreads()
			return m, cmd
		}), why: searching})
	return append(all,
		action{Command: takes("ORDER", command.New(p, "sort", "o", "choose the order")), do: inOrder, why: searching},
		action{Command: takes("QUERY", command.New(p, "search", "/", "search on the server")), do: searchFor},
		action{Command: takes("QUERY", command.New(p, "filter", `\`, "filter what is here")), do: filter, why: searching})
}

func noMessage(m Model) string { return m.panes.list.Nothing() }

func searching(m Model) string {
	if m.panes.list.search.On() {
		return "the results of a search come by date, each by itself; " + m.keys.Key("back") + " leaves them"
	}
	return ""
}

func onMessages() []action {
	return []action{
		{Command: on("reply", "r", "reply"), do: reply().answer},
		{Command: on("reply-all", "R", "reply to all"), do: replyAll().answer},
		{Command: on("reply-list", "L", "reply to the mailing list"), do: replyList().answer},
		{Command: on("forward", "f", "forward"), do: forward().answer},
		{Command: on("redirect", "b", "redirect: send on as it is"), do: redirect().answer},
		{Command: on("archive", "e", "archive"), do: file(mail.Archive, "archived")},
		{Command: on("delete", "d, delete", "delete: move to the trash; from there, for good"), do: remove},
		{Command: takes("FOLDER", on("move", "m", "move to a folder")), do: move},
		{Command: takes("FOLDER", on("copy", "y", "copy to a folder")), do: copyTo},
		{Command: on("star", "s", "star, or unstar if all are starred"), do: toggle(mail.Flagged, "starred", "no longer starred")},
		{Command: on("read", "u", "mark as read, or as unread if all are read"), do: toggle(mail.Seen, "marked as read", "marked as unread")},
		{Command: on("mark-read", "", "mark as read"), do: mark(mail.Seen, 0, "marked as read")},
		{Command: on("mark-unread", "", "mark as unread"), do: mark(0, mail.Seen, "marked as unread")},
		{Command: takes("PROGRAM", on("pipe", "|", "give the message to a program")), do: pipe},
		{Command: on("junk", "!", "mark as junk"), do: file(mail.JunkMail, "marked as junk")},
	}
}

func inTheReader() []action {
	const p = command.Reader
	fill := func(f func(reading) (reading, tea.Cmd)) deed {
		return func(m Model, _ target) (_ Model, cmd tea.Cmd) {
			m.panes.reader, cmd = f(m.panes.reader)
			return m, cmd
		}
	}
	list := by(reader.Commands(), func(m Model) reader.Model { return m.panes.reader.Model }, func(m Model, p reader.Model) Model {
		m.panes.reader.Model = p
		return m
	})
	list = follow(list, "scroll-right", action{Command: command.New(p, "page-down", "space, pgdown", "down a page"), do: pageDown, why: notThere})
	return append(list, []action{
		{Command: command.New(p, "next-message", "J", "next message"), do: byMessage(1), early: true},
		{Command: command.New(p, "previous-message", "K", "previous message"), do: byMessage(-1), early: true},
		{Command: command.New(p, "headers", "H", "all header fields, or the usual ones"), do: fill(func(r reading) (reading, tea.Cmd) { return r.toggleHeaders(), nil }), why: notThere},
		{Command: command.New(p, "html", "v", "the next form of the text: plain, HTML"), do: fill(reading.nextForm), why: notThere},
		{Command: command.New(p, "images", "i", "remote images: what they are"), do: tellImages, why: notThere},
		{Command: command.New(p, "links", "l", "list the links"), do: listLinks, why: noLinks},
		{Command: takes("NUMBER", command.New(p, "link", "g l", "copy a link by its number")), do: linkNumber, why: noLinks},
		{Command: command.New(p, "attachments", "a", "list the attachments, and save one"), do: listAttachments, why: noAttachments},
		{Command: takes("FOLDER", command.New(p, "save", "S", "save the attachments in a folder")), do: saveAll, why: noAttachments},
		{Command: command.New(p, "raw", "U", "the message as it came"), do: fill(reading.source), why: noneOpen},
	}...)
}

func noneOpen(m Model) string {
	if m.panes.reader.ID() == 0 {
		return "no message is open"
	}
	return ""
}

func notThere(m Model) string { return m.panes.reader.Nothing() }

func noLinks(m Model) string {
	if why := notThere(m); why != "" || len(m.panes.reader.Document().Links) > 0 {
		return why
	}
	return "this message has no links"
}

func noAttachments(m Model) string {
	if why := notThere(m); why != "" || len(m.panes.reader.Document().Attachments) > 0 {
		return why
	}
	return "this message has no attachments"
}

func inTheComposer() []action {
	const p = command.Composer
	list := by(composer.Commands(), func(m Model) composer.Model { return m.desk.current().Model }, func(m Model, p composer.Model) Model {
		l := m.desk.current()
		l.Model = p
		m.desk = m.desk.put(*l)
		return m
	})
	list = follow(list, "previous-field",
		action{Command: command.New(p, "editor", "ctrl+e", "write in $EDITOR"), do: onLetter(desk.edit)},
		action{Command: command.New(p, "attach", "ctrl+t", "attach a file"), do: askAttachment})
	return append(list, []action{
		{Command: command.New(p, "save-draft", "ctrl+s", "save the draft"), do: onLetter(func(d desk, n int) (desk, tea.Cmd) { return d.save(n, stay) })},
		{Command: command.New(p, "send", "ctrl+x", "send"), do: trySend},
		{Command: command.New(p, "leave", "esc, ctrl+c", "leave, and keep the draft"), do: onLetter(desk.leave), early: true},
	}...)
}
