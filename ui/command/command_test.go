package command_test

import (
	"slices"
	"strings"
	"testing"

	"posthorn/ui"
	. "posthorn/ui/command"
)

// No key gives two commands in one place or begins what gives another one there,
// and every command has a name of its own and words.
func TestTable(t *testing.T) {
	used, names := map[Place]map[string]string{}, map[string]bool{}
	for _, c := range ui.Commands() {
		if names[c.Name] || c.Help == "" {
			t.Errorf("%q is there twice, or has no help", c.Name)
		}
		names[c.Name] = true
		if !slices.Contains(Places(), c.Place) {
			t.Errorf("%q is for %q, which is no place", c.Name, c.Place)
		}
		places := []Place{c.Place}
		if c.Message {
			places = append(places, Reader)
		}
		for _, p := range places {
			for _, k := range c.Keys {
				for whole, other := range used[p] {
					if whole == k || strings.HasPrefix(whole, k+" ") || strings.HasPrefix(k, whole+" ") {
						t.Errorf("%s: %q is %s, and %q %s", p, k, c.Name, whole, other)
					}
				}
				if used[p] == nil {
					used[p] = map[string]string{}
				}
				used[p][k] = c.Name
			}
		}
	}
}

// Every key of the table gives its command in each place where it is said to, but
// for those anywhere that a place needs for itself.
func TestEveryKey(t *testing.T) {
	k, err := NewKeymap(ui.Commands(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Places() {
		for _, c := range k.Commands(p) {
			for _, key := range c.Keys {
				got, _, ok := k.Find(p, key)
				if c.Place == Anywhere && p == Composer {
					continue // there keys write; TestFind has those that do not
				}
				if !ok || got.Name != c.Name {
					t.Errorf("%s: %q gives %q, not %q", p, key, got.Name, c.Name)
				}
			}
		}
	}
}

// In the composer every key that writes writes.
func TestComposerKeys(t *testing.T) {
	k, _ := NewKeymap(ui.Commands(), nil)
	for r := rune(' '); r < 0x7f; r++ {
		if c, _, ok := k.Find(Composer, string(r)); ok {
			t.Errorf("%q is %s", r, c.Name)
		}
	}
	for _, key := range []string{"space", "enter", "backspace", "delete", "left", "right", "up", "down", "home", "end", "pgup", "pgdown"} {
		if c, _, ok := k.Find(Composer, key); ok {
			t.Errorf("%q is %s", key, c.Name)
		}
	}
}

// What the user chose goes before the table, also where the table had the key for
// something else; and two of the user's own must not meet.
func TestConfigured(t *testing.T) {
	type want struct {
		place Place
		key   string
		name  string
	}
	for name, tt := range map[string]struct {
		keys map[string][]string
		want []want
		err  string
	}{
		"another's key":            {map[string][]string{"archive": {"d"}}, []want{{List, "d", "archive"}, {Reader, "d", "archive"}, {List, "delete", "delete"}, {List, "e", ""}}, ""},
		"the reader's key":         {map[string][]string{"archive": {"J"}}, []want{{List, "J", "archive"}, {Reader, "J", "archive"}}, ""},
		"a key of the list":        {map[string][]string{"compose": {"j"}}, []want{{List, "j", "compose"}, {Reader, "j", "compose"}, {Composer, "j", ""}, {List, "down", "down"}}, ""},
		"exchanged":                {map[string][]string{"archive": {"d"}, "delete": {"e"}}, []want{{List, "d", "archive"}, {List, "e", "delete"}}, ""},
		"none":                     {map[string][]string{"delete": {}}, []want{{List, "d", ""}, {List, "delete", ""}}, ""},
		"in different places":      {map[string][]string{"down": {"n"}, "folder-down": {"n"}, "scroll-down": {"n"}}, []want{{List, "n", "down"}, {Folders, "n", "folder-down"}, {Reader, "n", "scroll-down"}}, ""},
		"one place over anywhere":  {map[string][]string{"sort": {"S"}, "refresh": {"S"}}, []want{{List, "S", "sort"}, {Folders, "S", "refresh"}}, ""},
		"a sequence":               {map[string][]string{"archive": {"g  e", "Z"}}, []want{{List, "g e", "archive"}, {Reader, "g e", "archive"}, {List, "g g", "top"}, {List, "e", ""}}, ""},
		"over a sequence":          {map[string][]string{"archive": {"g"}}, []want{{List, "g", "archive"}, {Folders, "g", ""}, {Folders, "g i", "go-inbox"}}, ""},
		"in front of a key":        {map[string][]string{"archive": {"e e"}, "delete": {"d d"}}, []want{{List, "d", ""}, {List, "d d", "delete"}}, ""},
		"one begins another":       {map[string][]string{"archive": {"A"}, "delete": {"A A"}}, nil, `keys.delete: "A A" is the key of keys.archive too`},
		"two with one key":         {map[string][]string{"archive": {"A", "d"}, "delete": {"d"}}, nil, `keys.delete: "d" is the key of keys.archive too`},
		"two that meet in reading": {map[string][]string{"archive": {"n"}, "next-message": {"n"}}, nil, "keys.next-message"},
		"no such command":          {map[string][]string{"fly": {"F"}}, nil, "keys.fly"},
	} {
		t.Run(name, func(t *testing.T) {
			k, err := NewKeymap(ui.Commands(), tt.keys)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("got %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range tt.want {
				if c, _, _ := k.Find(w.place, w.key); c.Name != w.name {
					t.Errorf("%s: %q is %q, want %q", w.place, w.key, c.Name, w.name)
				}
			}
		})
	}
}

func TestKey(t *testing.T) {
	k, err := NewKeymap(ui.Commands(), map[string][]string{"archive": {"A", "B"}, "junk": nil})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"archive": "A", "junk": "", "delete": "d", "fly": ""} {
		if got := k.Key(name); got != want {
			t.Errorf("the key of %s is %q, want %q", name, got, want)
		}
	}
}

// The README's table names every command's keys.
func TestMarkdown(t *testing.T) {
	text := Markdown(ui.Commands())
	for _, c := range ui.Commands() {
		if c.Alike {
			continue
		}
		for _, key := range c.Keys {
			if !strings.Contains(text, "`"+strings.ReplaceAll(key, "|", `\|`)+"`") || !strings.Contains(text, c.Help) {
				t.Errorf("%s with %q is missing", c.Name, key)
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); n != 3 {
			t.Errorf("the row has %d bars: %s", n, line)
		}
	}
}

// After says what can follow.
func TestAfter(t *testing.T) {
	k, err := NewKeymap(ui.Commands(), map[string][]string{"archive": {"g e x"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		place Place
		keys  string
		want  string
		more  bool
	}{
		{Reader, "g", "g reader-top, l link, e x archive, i go-inbox, d go-drafts, s go-sent, a go-archive, t go-trash, j go-junk, f go-folder", true},
		{List, "g e", "x archive", true},
		{List, "g g", "", false},
		{Composer, "g", "", false},
	} {
		var got []string
		for _, c := range k.After(tt.place, tt.keys) {
			got = append(got, c.Keys[0]+" "+c.Name)
		}
		if _, more, _ := k.Find(tt.place, tt.keys); strings.Join(got, ", ") != tt.want || more != tt.more {
			t.Errorf("%s: after %q come %q, %v; want %q", tt.place, tt.keys, got, more, tt.want)
		}
	}
}

func TestFind(t *testing.T) {
	k, err := NewKeymap(ui.Commands(), map[string][]string{"archive": {"A"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		place Place
		key   string
		want  string
	}{
		{List, "j", "down"}, {Reader, "j", "scroll-down"}, {Reader, "r", "reply"}, {List, "?", "help"}, {List, "A", "archive"}, {List, "e", ""},
		{Composer, "j", ""}, {Composer, "?", ""}, {Composer, "ctrl+k", "kill"}, {Composer, "alt+x", "palette"}, {List, "g g", "top"}, {Reader, "g g", "reader-top"}, {Reader, "g l", "link"}, {Folders, "g i", "go-inbox"}, {List, "g", ""}, {List, "g x", ""}, {Composer, "tab", "next-field"}, {Folders, "enter", "folder-open"},
	} {
		if c, _, _ := k.Find(tt.place, tt.key); c.Name != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.place, tt.key, c.Name, tt.want)
		}
	}
	if _, err := NewKeymap(ui.Commands(), map[string][]string{"fly": {"F"}}); err == nil || !strings.Contains(err.Error(), "fly") {
		t.Errorf("got %v", err)
	}
}
