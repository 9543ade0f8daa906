package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/command"
	"posthorn/ui/composer"
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

// is returns a command; its keys are separated by commas.
func is(p command.Place, name, keys, help string) command.Command {
	c := command.Command{Name: name, Help: help, Place: p}
	if keys != "" {
		c.Keys = strings.Split(keys, ", ")
	}
	return c
}

// takes says what can follow the name of a command.
func takes(what string, c command.Command) command.Command {
	c.Takes = what
	return c
}

// on returns a command on messages.
func on(name, keys, help string) command.Command {
	c := is(command.List, name, keys, help)
	c.Message = true
	return c
}

// alone makes a deed of what is done to no messages.
func alone(f func(Model) (Model, tea.Cmd)) deed {
	return func(m Model, _ target) (Model, tea.Cmd) { return f(m) }
}

func anywhere() []action {
	const p = command.Anywhere
	list := []action{
		{Command: is(p, "help", "?", "show the keys of this place"), do: alone(Model.showKeys)},
		{Command: is(p, "palette", ":, ctrl+k, alt+x", "find a command by its name"), do: alone(Model.palette), early: true},
		{Command: is(p, "next-pane", "tab", "go to the next pane"), do: alone(Model.nextPane)},
		{Command: is(p, "previous-account", "[", "go to the previous account"), do: byAccount(-1), why: oneAccount},
		{Command: is(p, "next-account", "]", "go to the next account"), do: byAccount(1), why: oneAccount},
		{Command: is(p, "all-accounts", "0", "show all accounts together"), do: toAccount(""), why: noAccount},
	}
	for i := range 9 {
		words := fmt.Sprintf("go to account %d", i+1)
		if i == 0 {
			words += "; 2 to 9 likewise"
		}
		n := fmt.Sprint(i + 1)
		c := is(p, "account-"+n, n, words)
		c.Alike = i > 0
		list = append(list, action{Command: c, do: toNth(i), why: func(m Model) string {
			if i < len(m.accounts) {
				return ""
			}
			return "there is no account " + n
		}})
	}
	for _, g := range []struct {
		key  string
		role mail.Role
	}{{"i", mail.Inbox}, {"d", mail.Drafts}, {"s", mail.Sent}, {"a", mail.Archive}, {"t", mail.Trash}, {"j", mail.JunkMail}} {
		list = append(list, action{Command: is(p, "go-"+g.role.String(), "g "+g.key, "go to "+g.role.String()), do: toRole(g.role), why: noAccount})
	}
	return append(list, []action{
		{Command: takes("FOLDER", is(p, "go-folder", "g f", "go to a folder by its name")), do: toFolderNamed, why: noAccount},
		{Command: is(p, "refresh", "ctrl+r", "look for new mail now"), do: alone(func(m Model) (Model, tea.Cmd) { return m, m.lookForMail(m.account) })},
		{Command: is(p, "redraw", "ctrl+l", "draw the screen anew"), do: alone(func(m Model) (Model, tea.Cmd) { return m, tea.ClearScreen })},
		{Command: is(p, "undo", "z", "take back what was done last"), do: alone(Model.takeBack)},
		{Command: is(p, "compose", "c", "write a message"), do: alone(Model.compose), why: noAccount},
		{Command: is(p, "letters", "W, ctrl+o", "go to another message that is being written"), do: alone(Model.chooseLetter), why: noLetter},
		{Command: is(p, "notice", "E", "show the last notice whole"), do: alone(Model.showNotices), why: noNotice},
		{Command: is(p, "log", "@", "show the end of the log"), do: alone(func(m Model) (Model, tea.Cmd) { return m, readLog(m.log) })},
		{Command: is(p, "again", ".", "do again what was done last"), do: alone(Model.again), why: nothingDone},
		{Command: is(p, "back", "q", "go back; from the list, ask whether to quit"), do: alone(Model.back), early: true},
		{Command: is(p, "escape", "esc", "go back, and never quit"), do: alone(Model.escape), early: true, leaves: true},
		{Command: is(p, "quit", "ctrl+c", "quit"), do: alone(Model.quit), early: true, leaves: true},
	}...)
}

func oneAccount(m Model) string {
	if len(m.accounts) < 2 {
		return "there is no other account"
	}
	return ""
}

func noAccount(m Model) string {
	if len(m.accounts) == 0 {
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
	if m.troubles() == "" {
		return "there is nothing to tell"
	}
	return ""
}

func (m Model) showKeys() (Model, tea.Cmd) {
	return m.show(telling{help.Keys(m.theme, m.measure, m.keys, m.place())}), nil
}

func (m Model) showNotices() (Model, tea.Cmd) { return m.tell("Notices", m.troubles()), nil }

func inFolders() []action {
	const p = command.Folders
	move := func(n int) deed {
		return func(m Model, _ target) (Model, tea.Cmd) {
			m.folders.Model = m.folders.Move(n)
			return m, nil
		}
	}
	return []action{
		{Command: is(p, "folder-down", "j, down", "next folder"), do: move(1)},
		{Command: is(p, "folder-up", "k, up", "previous folder"), do: move(-1)},
		{Command: is(p, "folder-open", "enter, right, l", "show the folder's messages"), do: alone(Model.openFolder)},
	}
}

func inTheList() []action {
	const p = command.List
	do := func(f func(list.Model) list.Model) deed {
		return func(m Model, _ target) (Model, tea.Cmd) {
			m.list.Model = f(m.list.Model)
			return m, nil
		}
	}
	move := func(n int) deed { return do(func(l list.Model) list.Model { return l.Move(n) }) }
	half := func(n int) deed { return do(func(l list.Model) list.Model { return l.HalfPages(n) }) }
	return []action{
		{Command: is(p, "down", "j, down", "next message"), do: move(1), why: noMessage},
		{Command: is(p, "up", "k, up", "previous message"), do: move(-1), why: noMessage},
		{Command: is(p, "top", "g g, home", "first message"), do: do(list.Model.Top), why: noMessage},
		{Command: is(p, "bottom", "G, end", "last message"), do: do(list.Model.Bottom), why: noMessage},
		{Command: is(p, "half-down", "ctrl+d, pgdown", "half a page down"), do: half(1), why: noMessage},
		{Command: is(p, "half-up", "ctrl+u, pgup", "half a page up"), do: half(-1), why: noMessage},
		{Command: is(p, "open", "enter, right", "open the message"), do: alone(Model.open), why: noMessage},
		{Command: is(p, "folders", "left", "go to the folders"), do: alone(func(m Model) (Model, tea.Cmd) { return m.focused(foldersPane), nil })},
		{Command: is(p, "select", "x", "select the message"), do: do(list.Model.Select), why: noMessage},
		{Command: is(p, "select-thread", "X", "select the conversation"), do: do(list.Model.SelectThread), why: noMessage},
		{Command: is(p, "select-all", "*", "select all messages, or none"), do: do(list.Model.SelectAll), why: noMessage},
		{Command: is(p, "threads", "t", "conversations on or off"), do: alone(Model.toggleThreads), why: searching},
		{Command: is(p, "fold", "space", "fold or unfold the conversation"), do: do(list.Model.Fold), why: notFoldable},
		{Command: takes("ORDER", is(p, "sort", "o", "choose the order")), do: inOrder, why: searching},
		{Command: takes("QUERY", is(p, "search", "/", "search on the server")), do: searchFor},
		{Command: takes("QUERY", is(p, "filter", `\`, "filter what is here")), do: filter, why: searching},
	}
}

func noMessage(m Model) string {
	if m.list.Len() == 0 {
		return "there is no message here"
	}
	return ""
}

func searching(m Model) string {
	if m.list.search.On() {
		return "the results of a search come by date, each by itself; " + m.keys.Key("back") + " leaves them"
	}
	return ""
}

func notFoldable(m Model) string {
	switch {
	case m.list.Foldable():
		return ""
	case !m.list.view.Threads:
		return "conversations are off; " + m.keys.Key("threads") + " shows them"
	}
	return "there are no answers to fold"
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
	do := func(f func(reader.Model) reader.Model) deed {
		return func(m Model, _ target) (Model, tea.Cmd) {
			m.reader.Model = f(m.reader.Model)
			return m, nil
		}
	}
	scroll := func(n int) deed { return do(func(r reader.Model) reader.Model { return r.Scroll(n) }) }
	sideways := func(n int) deed { return do(func(r reader.Model) reader.Model { return r.Sideways(n) }) }
	fill := func(f func(reading) (reading, tea.Cmd)) deed {
		return func(m Model, _ target) (_ Model, cmd tea.Cmd) {
			m.reader, cmd = f(m.reader)
			return m, cmd
		}
	}
	return []action{
		{Command: is(p, "scroll-down", "j, down", "down a line"), do: scroll(1), why: notThere},
		{Command: is(p, "scroll-up", "k, up", "up a line"), do: scroll(-1), why: notThere},
		{Command: is(p, "scroll-left", "<", "long lines to the left"), do: sideways(-1), why: notThere},
		{Command: is(p, "scroll-right", ">", "long lines to the right"), do: sideways(1), why: notThere},
		{Command: is(p, "page-down", "space, pgdown", "down a page"), do: alone(Model.pageDown), why: notThere},
		{Command: is(p, "page-up", "pgup, shift+space", "up a page"), do: do(func(r reader.Model) reader.Model { return r.Pages(-1) }), why: notThere},
		{Command: is(p, "reader-top", "g g, home", "to the beginning"), do: do(reader.Model.Top), why: notThere},
		{Command: is(p, "reader-bottom", "G, end", "to the end"), do: do(reader.Model.Bottom), why: notThere},
		{Command: is(p, "next-message", "J", "next message"), do: byMessage(1), early: true},
		{Command: is(p, "previous-message", "K", "previous message"), do: byMessage(-1), early: true},
		{Command: is(p, "headers", "H", "all header fields, or the usual ones"), do: fill(func(r reading) (reading, tea.Cmd) { return r.toggleHeaders(), nil }), why: notThere},
		{Command: is(p, "html", "v", "the next form of the text: plain, HTML"), do: fill(reading.nextForm), why: notThere},
		{Command: is(p, "images", "i", "remote images: what they are"), do: alone(Model.tellImages), why: notThere},
		{Command: is(p, "links", "l", "list the links"), do: alone(Model.listLinks), why: noLinks},
		{Command: takes("NUMBER", is(p, "link", "g l", "copy a link by its number")), do: linkNumber, why: noLinks},
		{Command: is(p, "attachments", "a", "list the attachments, and save one"), do: alone(Model.listAttachments), why: noAttachments},
		{Command: takes("FOLDER", is(p, "save", "S", "save the attachments in a folder")), do: saveAll, why: noAttachments},
		{Command: is(p, "raw", "U", "the message as it came"), do: fill(reading.source), why: noneOpen},
	}
}

func noneOpen(m Model) string {
	if m.reader.ID() == 0 {
		return "no message is open"
	}
	return ""
}

func notThere(m Model) string {
	switch {
	case m.reader.ID() == 0:
		return "no message is open"
	case m.reader.Loading():
		return "the message is still being fetched"
	}
	return ""
}

func noLinks(m Model) string {
	if why := notThere(m); why != "" || len(m.reader.Document().Links) > 0 {
		return why
	}
	return "this message has no links"
}

func noAttachments(m Model) string {
	if why := notThere(m); why != "" || len(m.reader.Document().Attachments) > 0 {
		return why
	}
	return "this message has no attachments"
}

func nothingKilled(m Model) string {
	if m.desk.current().Killed() == "" {
		return "nothing was deleted that could be put here"
	}
	return ""
}

func inTheComposer() []action {
	const p = command.Composer
	write := func(f func(composer.Model) (composer.Model, tea.Cmd)) deed {
		return func(m Model, _ target) (_ Model, cmd tea.Cmd) {
			m.desk, cmd = m.desk.change(f)
			return m, cmd
		}
	}
	field := func(n int) deed {
		return write(func(c composer.Model) (composer.Model, tea.Cmd) { return c.Fields(n) })
	}
	return []action{
		{Command: is(p, "next-field", "tab", "next field"), do: field(1)},
		{Command: is(p, "previous-field", "shift+tab", "previous field"), do: field(-1)},
		{Command: is(p, "editor", "ctrl+e", "write in $EDITOR"), do: alone(Model.startEditor)},
		{Command: is(p, "attach", "ctrl+t", "attach a file"), do: alone(Model.askAttachment)},
		{Command: is(p, "kill", "ctrl+k", "delete to the end of the line"), do: write(func(c composer.Model) (composer.Model, tea.Cmd) { return c.Kill(), nil })},
		{Command: is(p, "yank", "ctrl+y", "put here what was deleted"), why: nothingKilled, do: write(func(c composer.Model) (composer.Model, tea.Cmd) { return c.Yank(), nil })},
		{Command: is(p, "detach", "alt+t", "remove the last attachment"), why: func(m Model) string {
			if m.desk.current().Attachments() == 0 {
				return "nothing is attached"
			}
			return ""
		}, do: write(func(c composer.Model) (composer.Model, tea.Cmd) { return c.Detach(), nil })},
		{Command: is(p, "identity", "ctrl+f", "send from another address"), why: func(m Model) string {
			if m.desk.current().Identities() < 2 {
				return "this account has no other address"
			}
			return ""
		}, do: write(func(c composer.Model) (composer.Model, tea.Cmd) { return c.NextIdentity(), nil })},
		{Command: is(p, "save-draft", "ctrl+s", "save the draft"), do: onLetter(func(d desk, n int) (desk, tea.Cmd) { return d.save(n, stay) })},
		{Command: is(p, "send", "ctrl+x", "send"), do: alone(Model.trySend)},
		{Command: is(p, "leave", "esc, ctrl+c", "leave, and keep the draft"), do: onLetter(desk.leave), early: true},
	}
}
