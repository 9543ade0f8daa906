// Package command is what is known of a command of the interface without doing
// it: its name, its words, and which key gives it where. The table of commands is
// in package ui, where each has its function beside it. The keymap, the help, the
// palette, the man page and the README's table of keys are all made of that
// table, so they cannot disagree.
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

// A Keymap says which command a key gives where.
type Keymap struct {
	table []Command
	own   map[string]bool // commands whose keys are the user's
}

// NewKeymap returns the keys of a table, with those of the configuration in place
// of them. A command that there is not is an error, and so are two that the
// configuration gives the same key.
func NewKeymap(table []Command, configured map[string][]string) (Keymap, error) {
	k := Keymap{slices.Clone(table), map[string]bool{}}
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
