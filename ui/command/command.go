// Package command is what is known of a command of the interface without doing
// it: its name, its words, and which keys give it where. Each pane says which it
// has, with their functions; package ui puts them into one table with its own. The keymap, the help, the
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
	// Keys are those that give it, each by itself. One of several that are pressed
	// after each other has blanks between them, as in "g i".
	Keys  []string
	Takes string // what can follow its name where a key is bound to it, as in "FOLDER"
	// Message says that it acts on messages: in the list on those that are
	// selected, in the reader on the one that is shown.
	Message bool
	// Alike says that it does what the one before it does to the next thing in turn:
	// the help tells of the first one only.
	Alike bool
}

// A Keymap says which command a key gives where.
type Keymap struct {
	table []Command
	own   map[string]bool // commands whose keys are the user's
}

// NewKeymap returns the keys of a table, with those of the configuration in place
// of them. A command that there is not is an error, and so are two that the
// configuration gives the same key, or of which one begins the other's.
func NewKeymap(table []Command, configured map[string][]string) (Keymap, error) {
	k := Keymap{slices.Clone(table), map[string]bool{}}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		i := slices.IndexFunc(k.table, func(c Command) bool { return c.Name == name })
		if i < 0 {
			return Keymap{}, fmt.Errorf("keys.%s: there is no such command; posthorn man lists them", name)
		}
		k.table[i].Keys = nil
		for _, key := range configured[name] {
			k.table[i].Keys = append(k.table[i].Keys, strings.Join(strings.Fields(key), " "))
		}
		for _, c := range k.table {
			if other, ok := inTheWay(c.Keys, k.table[i].Keys); ok && k.own[c.Name] && meet(c, k.table[i]) {
				return Keymap{}, fmt.Errorf("keys.%s: %q is the key of keys.%s too", name, other, c.Name)
			}
		}
		k.own[name] = true
	}
	return k, nil
}

// inTheWay returns a key of which another one is the same or the beginning.
func inTheWay(a, b []string) (string, bool) {
	for _, x := range a {
		for _, y := range b {
			if x == y || begins(x, y) || begins(y, x) {
				return y, true
			}
		}
	}
	return "", false
}

// begins reports whether more keys have to follow some keys to make others.
func begins(keys, whole string) bool { return strings.HasPrefix(whole, keys+" ") }

// meet reports whether there is a place where both commands have their keys.
func meet(a, b Command) bool {
	return a.Place == b.Place || a.Message && b.Place == Reader || b.Message && a.Place == Reader
}

// Find returns the command that keys give in a place; more says that they are the
// beginning of such ones. In the reader, what acts on messages has the keys that
// it has in the list. A key that the user gave goes before those of the table: who
// makes "d" archive must not delete with it.
func (k Keymap) Find(p Place, keys string) (c Command, more, ok bool) {
	for _, own := range []bool{true, false} {
		for _, here := range levels(p) {
			for _, c := range k.table {
				if k.own[c.Name] == own && here(c, keys) && slices.Contains(c.Keys, keys) {
					return c, false, true
				}
			}
		}
		for _, c := range k.After(p, keys) {
			if k.own[c.Name] == own {
				return Command{}, true, false
			}
		}
	}
	return Command{}, false, false
}

// levels returns who has a key in a place, those that go before others first. In
// the composer most keys write.
func levels(p Place) []func(c Command, keys string) bool {
	return []func(Command, string) bool{
		func(c Command, _ string) bool { return c.Place == p },
		func(c Command, _ string) bool { return p == Reader && c.Message },
		func(c Command, keys string) bool {
			return c.Place == Anywhere && (p != Composer || strings.HasPrefix(keys, "ctrl+") || strings.HasPrefix(keys, "alt+"))
		},
	}
}

// After returns the commands that keys begin in a place, each with what is still
// to be pressed for it.
func (k Keymap) After(p Place, keys string) (list []Command) {
	for _, here := range levels(p) {
		for _, c := range k.table {
			at := slices.IndexFunc(c.Keys, func(whole string) bool { return begins(keys, whole) })
			if at >= 0 && here(c, keys) && !slices.ContainsFunc(list, func(l Command) bool { return l.Name == c.Name }) {
				c.Keys = []string{strings.TrimPrefix(c.Keys[at], keys+" ")}
				list = append(list, c)
			}
		}
	}
	return list
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

// Working returns the keys of a command that give it in a place. Others give
// something else there, or write, as most do in the composer.
func (k Keymap) Working(p Place, c Command) (keys []string) {
	for _, key := range c.Keys {
		if found, _, ok := k.Find(p, key); ok && found.Name == c.Name {
			keys = append(keys, key)
		}
	}
	return keys
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
