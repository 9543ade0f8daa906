package ui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"posthorn/mail"
	"posthorn/ui/folders"
	"posthorn/ui/turn"
)

// A tree is the pane of folders, with what fills it.
type tree struct {
	folders.Model
	world
	account string // whose folders; empty: all accounts'
	loads   turn.Turn

	watched  mail.FolderID // the one that the engine is to watch
	watching bool          // it is being told
}

type (
	foldersLoaded struct {
		n    int
		list []mail.Folder
		err  error
	}
	folderWatched struct{ id mail.FolderID }
)

// of shows an account's folders, or those of all accounts that have a role.
func (t tree) of(account string) (tree, tea.Cmd) {
	t.account, t.Several = account, account == ""
	t.Model = t.Set(t.title(), nil)
	t.loads.Forget()
	return t.load()
}

func (t tree) title() string {
	if t.account == "" {
		return "All accounts"
	}
	return t.account
}

func (t tree) load() (tree, tea.Cmd) {
	w, n, account := t.world, t.loads.Ask(), t.account
	return t, func() tea.Msg {
		list, err := w.engine.Folders(w.ctx, account)
		return foldersLoaded{n, list, err}
	}
}

// loaded takes the folders. Where they could not be read, those shown stay.
func (t tree) loaded(msg foldersLoaded) (tree, tea.Cmd) {
	if !t.loads.Take(msg.n) {
		return t, nil
	}
	if msg.err != nil {
		return t, fail(msg.err)
	}
	list := msg.list
	if t.account == "" {
		list = nil
		for _, f := range msg.list {
			if f.Role != mail.NoRole {
				list = append(list, f)
			}
		}
	}
	t.Model = t.Set(t.title(), list)
	return t, nil
}

// withRole returns the account's folder with a role.
func (t tree) withRole(r mail.Role) (mail.FolderID, bool) {
	for _, f := range t.All() {
		if f.Role == r && t.account != "" {
			return f.ID, true
		}
	}
	return 0, false
}

// named returns an account's folder with a name, or with a role of that name.
func (t tree) named(account, name string) (mail.Folder, bool) {
	at := func(fits func(mail.Folder) bool) int {
		return slices.IndexFunc(t.All(), func(f mail.Folder) bool { return f.Account == account && fits(f) })
	}
	i := at(func(f mail.Folder) bool { return f.Name == name })
	if i < 0 {
		i = at(func(f mail.Folder) bool {
			return strings.EqualFold(f.Name, name) || f.Role != mail.NoRole && strings.EqualFold(f.Role.String(), name)
		})
	}
	if i < 0 {
		return mail.Folder{}, false
	}
	return t.All()[i], true
}

// watch has the engine watch a folder. It is told one at a time, so that the last
// one is the one that counts.
func (t tree) watch(id mail.FolderID) (tree, tea.Cmd) {
	t.watched = id
	if t.watching {
		return t, nil
	}
	t.watching = true
	w := t.world
	return t, func() tea.Msg {
		w.engine.Focus(id)
		return folderWatched{id}
	}
}

func (t tree) told(msg folderWatched) (tree, tea.Cmd) {
	t.watching = false
	if t.watched == msg.id {
		return t, nil
	}
	return t.watch(t.watched)
}
