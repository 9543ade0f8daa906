// Package command is the one table of what the interface can do. The keymap, the
// help, the palette, the man page and the README's table of keys are all made of
// it, so they cannot disagree.
package command

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Place is where a command can be given.
type Place string

// The places. What can be done anywhere can be done in the composer too, if its
// keys are not ones that write.
const (
	Anywhere Place = "anywhere"
	Folders  Place = "folders"
	List     Place = "list"
	Reader   Place = "reader"
	Composer Place = "composer"
)

// Places returns all places in the order of the documentation.
func Places() []Place { return []Place{Anywhere, Folders, List, Reader, Composer} }

// A Command is something the interface can do.
type Command struct {
	Name  string // as the palette and the configuration call it
	Help  string // what it does, in a few words
	Place Place
	Keys  []string
	// Message says that it acts on messages: in the list on those that are
	// selected, in the reader on the one that is shown.
	Message bool
}

// Table returns all commands.
func Table() []Command {
	return []Command{
		{"help", "show the keys of this place", Anywhere, keys("?"), false},
		{"palette", "find a command by its name", Anywhere, keys(": ctrl+k"), false},
		{"next-pane", "go to the next pane", Anywhere, keys("tab"), false},
		{"previous-account", "go to the previous account", Anywhere, keys("["), false},
		{"next-account", "go to the next account", Anywhere, keys("]"), false},
		{"all-accounts", "show all accounts together", Anywhere, keys("0"), false},
		{"account-1", "go to account 1; 2 to 9 likewise", Anywhere, keys("1"), false},
		{"account-2", "go to account 2", Anywhere, keys("2"), false},
		{"account-3", "go to account 3", Anywhere, keys("3"), false},
		{"account-4", "go to account 4", Anywhere, keys("4"), false},
		{"account-5", "go to account 5", Anywhere, keys("5"), false},
		{"account-6", "go to account 6", Anywhere, keys("6"), false},
		{"account-7", "go to account 7", Anywhere, keys("7"), false},
		{"account-8", "go to account 8", Anywhere, keys("8"), false},
		{"account-9", "go to account 9", Anywhere, keys("9"), false},
		{"refresh", "look for new mail now", Anywhere, keys("ctrl+r"), false},
		{"redraw", "draw the screen anew", Anywhere, keys("ctrl+l"), false},
		{"undo", "take back what was done last", Anywhere, keys("z"), false},
		{"compose", "write a message", Anywhere, keys("c"), false},
		{"notice", "show the last notice whole", Anywhere, keys("E"), false},
		{"log", "show the end of the log", Anywhere, keys("@"), false},
		{"back", "go back, or quit", Anywhere, keys("q esc"), false},
		{"quit", "quit", Anywhere, keys("ctrl+c"), false},

		{"folder-down", "next folder", Folders, keys("j down"), false},
		{"folder-up", "previous folder", Folders, keys("k up"), false},
		{"folder-open", "show the folder's messages", Folders, keys("enter right l"), false},

		{"down", "next message", List, keys("j down"), false},
		{"up", "previous message", List, keys("k up"), false},
		{"top", "first message", List, keys("g home"), false},
		{"bottom", "last message", List, keys("G end"), false},
		{"half-down", "half a page down", List, keys("ctrl+d pgdown"), false},
		{"half-up", "half a page up", List, keys("ctrl+u pgup"), false},
		{"open", "open the message", List, keys("enter right"), false},
		{"folders", "go to the folders", List, keys("left"), false},
		{"select", "select the message", List, keys("x"), false},
		{"select-thread", "select the conversation", List, keys("X"), false},
		{"select-all", "select all messages, or none", List, keys("*"), false},
		{"threads", "conversations on or off", List, keys("t"), false},
		{"fold", "fold or unfold the conversation", List, keys("space"), false},
		{"sort", "choose the order", List, keys("o"), false},
		{"search", "search on the server", List, keys("/"), false},
		{"filter", "filter what is here", List, keys(`\`), false},
		{"reply", "reply", List, keys("r"), true},
		{"reply-all", "reply to all", List, keys("R"), true},
		{"reply-list", "reply to the mailing list", List, keys("L"), true},
		{"forward", "forward", List, keys("f"), true},
		{"redirect", "redirect: send on as it is", List, keys("b"), true},
		{"archive", "archive", List, keys("e"), true},
		{"delete", "delete: move to the trash; from there, for good", List, keys("d delete"), true},
		{"move", "move to a folder", List, keys("m"), true},
		{"copy", "copy to a folder", List, keys("y"), true},
		{"star", "star or unstar", List, keys("s"), true},
		{"read", "mark as read or unread", List, keys("u"), true},
		{"junk", "mark as junk", List, keys("!"), true},

		{"scroll-down", "down a line", Reader, keys("j down"), false},
		{"scroll-up", "up a line", Reader, keys("k up"), false},
		{"scroll-left", "long lines to the left", Reader, keys("<"), false},
		{"scroll-right", "long lines to the right", Reader, keys(">"), false},
		{"page-down", "down a page", Reader, keys("space pgdown"), false},
		{"page-up", "up a page", Reader, keys("pgup shift+space"), false},
		{"reader-top", "to the beginning", Reader, keys("g home"), false},
		{"reader-bottom", "to the end", Reader, keys("G end"), false},
		{"next-message", "next message", Reader, keys("J"), false},
		{"previous-message", "previous message", Reader, keys("K"), false},
		{"headers", "all header fields, or the usual ones", Reader, keys("H"), false},
		{"html", "the next form of the text: plain, HTML", Reader, keys("v"), false},
		{"images", "remote images: what they are", Reader, keys("i"), false},
		{"links", "list the links", Reader, keys("l"), false},
		{"attachments", "list the attachments", Reader, keys("a"), false},
		{"save", "save the attachments in a folder", Reader, keys("S"), false},
		{"pipe", "give the message to a command", Reader, keys("|"), false},
		{"raw", "the message as it came", Reader, keys("U"), false},

		{"next-field", "next field", Composer, keys("tab"), false},
		{"previous-field", "previous field", Composer, keys("shift+tab"), false},
		{"editor", "write in $EDITOR", Composer, keys("ctrl+e"), false},
		{"attach", "attach a file", Composer, keys("ctrl+t"), false},
		{"detach", "remove the last attachment", Composer, keys("ctrl+y"), false},
		{"identity", "send from another address", Composer, keys("ctrl+f"), false},
		{"save-draft", "save the draft", Composer, keys("ctrl+s"), false},
		{"send", "send", Composer, keys("ctrl+x"), false},
		{"leave", "leave, and keep the draft", Composer, keys("esc"), false},
	}
}

func keys(s string) []string { return strings.Fields(s) }

// A Keymap says which command a key gives where.
type Keymap struct {
	table []Command
	own   map[string]bool // commands whose keys are the user's
}

// NewKeymap returns the default keys, with those of the configuration in place of
// them. A command that there is not is an error, and so are two that the
// configuration gives the same key.
func NewKeymap(configured map[string][]string) (Keymap, error) {
	k := Keymap{Table(), map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		i := slices.IndexFunc(k.table, func(c Command) bool { return c.Name == name })
		if i < 0 {
			return Keymap{}, fmt.Errorf("keys.%s: there is no such command; posthorn man lists them", name)
		}
		for _, c := range k.table {
			for _, key := range configured[name] {
				if k.own[c.Name] && meet(c, k.table[i]) && slices.Contains(c.Keys, key) {
					return Keymap{}, fmt.Errorf("keys.%s: %q is the key of keys.%s too", name, key, c.Name)
				}
			}
		}
		k.table[i].Keys, k.own[name] = configured[name], true
	}
	return k, nil
}

// meet reports whether there is a place where both commands have their keys.
func meet(a, b Command) bool {
	return a.Place == b.Place || a.Message && b.Place == Reader || b.Message && a.Place == Reader
}

// Find returns the command that a key gives in a place. In the reader, what acts
// on messages has the keys that it has in the list. A key that the user gave goes
// before those of the table: who makes "d" archive must not delete with it.
func (k Keymap) Find(p Place, key string) (Command, bool) {
	at := func(c Command) bool { return c.Place == p }
	shared := func(c Command) bool { return p == Reader && c.Message }
	anywhere := func(c Command) bool { return c.Place == Anywhere && (p != Composer || strings.HasPrefix(key, "ctrl+")) }
	for _, own := range []bool{true, false} {
		for _, here := range []func(Command) bool{at, shared, anywhere} {
			for _, c := range k.table {
				if k.own[c.Name] == own && here(c) && slices.Contains(c.Keys, key) {
					return c, true
				}
			}
		}
	}
	return Command{}, false
}

// Commands returns what can be done in a place: what is special to it first.
func (k Keymap) Commands(p Place) (list []Command) {
	for _, c := range k.table {
		if c.Place == p || p == Reader && c.Message {
			list = append(list, c)
		}
	}
	for _, c := range k.table {
		if c.Place == Anywhere && p != Anywhere {
			list = append(list, c)
		}
	}
	return list
}

// Key returns the first key of a command as people read it.
func (k Keymap) Key(name string) string {
	for _, c := range k.table {
		if c.Name == name && len(c.Keys) > 0 {
			return c.Keys[0]
		}
	}
	return ""
}
