package command

import (
	"strings"
	"testing"
)

// No key gives two commands in one place, and every command has a key, a name of
// its own and words.
func TestTable(t *testing.T) {
	used, names := map[string]string{}, map[string]bool{}
	for _, c := range Table() {
		if names[c.Name] || c.Help == "" || len(c.Keys) == 0 {
			t.Errorf("%q is there twice, or has no help or key", c.Name)
		}
		names[c.Name] = true
		places := []Place{c.Place}
		if c.Message {
			places = append(places, Reader)
		}
		for _, p := range places {
			for _, k := range c.Keys {
				if other := used[string(p)+k]; other != "" {
					t.Errorf("%s: %q is %s and %s", p, k, other, c.Name)
				}
				used[string(p)+k] = c.Name
			}
		}
	}
}

func TestFind(t *testing.T) {
	k, err := NewKeymap(map[string][]string{"archive": {"A"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		place Place
		key   string
		want  string
	}{
		{List, "j", "down"}, {Reader, "j", "scroll-down"}, {Reader, "r", "reply"}, {List, "?", "help"}, {List, "A", "archive"}, {List, "e", ""},
		{Composer, "j", ""}, {Composer, "?", ""}, {Composer, "ctrl+k", "palette"}, {Composer, "tab", "next-field"}, {Folders, "enter", "folder-open"},
	} {
		if c, _ := k.Find(tt.place, tt.key); c.Name != tt.want {
			t.Errorf("%s: %q is %q, want %q", tt.place, tt.key, c.Name, tt.want)
		}
	}
	if _, err := NewKeymap(map[string][]string{"fly": {"F"}}); err == nil || !strings.Contains(err.Error(), "fly") {
		t.Errorf("got %v", err)
	}
}
