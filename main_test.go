package main

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// pkg is what go list says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
}

// allowed are the packages of this program that each folder may import, by the
// first element of their path. What is below mail may be imported by all; only
// cli may import everything.
func allowed() map[string][]string {
	return map[string][]string{
		"posthorn": {"cli"},
		"cli":      {"account", "cache", "compose", "config", "demo", "mail", "store", "sync", "ui"},
		"ui":       {"compose", "mail", "sync", "ui"},
		"sync":     {"account", "cache", "compose", "mail", "store"},
		"store":    {"mail"},
		"cache":    {"mail"},
		"compose":  {"mail"},
		"account":  {"account", "mail"},
		"mail":     {"mail"},
		"config":   {},
		"demo":     {},
		"bench":    {"account", "cache", "demo", "internal", "mail", "store", "sync"},
		"docs":     {},
		"e2e":      {},
		"internal": {"internal"},
	}
}

// Imports run one way: as the architecture says.
func TestDirections(t *testing.T) {
	for _, p := range packages(t) {
		from := folder(p.ImportPath)
		may, known := allowed()[from]
		if !known {
			t.Errorf("%s: the folder is not in the table of directions", p.ImportPath)
		}
		for _, i := range p.Imports {
			switch {
			case i == "posthorn/internal/atomicfile" || i == "posthorn/internal/disk": // all that use files do it in one way
			case i == "posthorn" || strings.HasPrefix(i, "posthorn/"):
				if to := folder(i); to != from && !slices.Contains(may, to) {
					t.Errorf("%s imports %s", p.ImportPath, i)
				}
			case strings.HasPrefix(i, "charm.land/") || strings.HasPrefix(i, "github.com/charmbracelet/"):
				if from != "ui" && from != "cli" && from != "docs" {
					t.Errorf("%s imports %s, which is for ui, cli and docs", p.ImportPath, i)
				}
			case strings.HasPrefix(i, "modernc.org/sqlite") && from != "cache" && from != "store":
				t.Errorf("%s imports %s, which is for cache and store", p.ImportPath, i)
			}
		}
		within(t, p)
		if slices.Contains(p.Imports, "sync") && slices.Contains(p.Imports, "posthorn/sync") {
			t.Errorf("%s imports both packages called sync", p.ImportPath)
		}
	}
}

// inside are the packages of the same folder that each one may import. The one
// that bears the folder's name may import all below it in ui and sync, where it
// puts them together, and none in account and mail, where they speak its words.
func inside() map[string][]string {
	return map[string][]string{
		"mail": {}, "mail/safe": {}, "mail/utf7": {}, "mail/mbox": {}, "mail/query": {"mail"},
		"mail/charset": {"mail/utf7"}, "mail/archive": {"mail/charset"}, "mail/tnef": {"mail/charset"}, "mail/spoof": {"mail", "mail/safe"},
		"mail/message": {"mail", "mail/charset", "mail/tnef"},
		"mail/render":  {"mail", "mail/archive", "mail/charset", "mail/message", "mail/safe", "mail/spoof"},

		"account": {}, "account/trace": {}, "account/secret": {}, "account/imap/client": {},
		"account/auth": {"account"}, "account/discover": {"account"}, "account/maildir": {"account"},
		"account/imap":  {"account", "account/auth", "account/imap/client", "account/trace"},
		"account/pop3":  {"account", "account/auth", "account/trace"},
		"account/smtp":  {"account", "account/auth", "account/trace"},
		"account/setup": {"account", "account/discover", "account/imap", "account/pop3", "account/secret", "account/smtp", "account/trace"},

		"sync/carrier": {},

		"ui/theme": {}, "ui/cells": {}, "ui/command": {}, "ui/field": {"ui/cells"}, "ui/frame": {"ui/cells", "ui/theme"}, "ui/panetest": {"ui/cells"},
		"ui/turn": {}, "ui/search": {"ui/turn"},
		"ui/folders": {"ui/cells", "ui/command", "ui/theme"}, "ui/list": {"ui/cells", "ui/command", "ui/theme"}, "ui/reader": {"ui/cells", "ui/command", "ui/theme"},
		"ui/composer": {"ui/cells", "ui/command", "ui/field", "ui/theme"}, "ui/prompt": {"ui/cells", "ui/field", "ui/frame", "ui/theme"},
		"ui/chooser": {"ui/cells", "ui/field", "ui/frame", "ui/theme"}, "ui/help": {"ui/cells", "ui/command", "ui/frame", "ui/theme"},
	}
}

// within holds the directions of a package inside its folder.
func within(t *testing.T, p pkg) {
	t.Helper()
	name := strings.TrimPrefix(p.ImportPath, "posthorn/")
	from := folder(p.ImportPath)
	if !slices.Contains([]string{"ui", "sync", "account", "mail"}, from) || name == "ui" || name == "sync" {
		return
	}
	may, known := inside()[name]
	if !known {
		t.Errorf("%s: the package is not in the table of directions inside %s", p.ImportPath, from)
	}
	for _, i := range p.Imports {
		if to := strings.TrimPrefix(i, "posthorn/"); to != i && folder(i) == from && !slices.Contains(may, to) {
			t.Errorf("%s imports %s: inside its folder that is the wrong way", p.ImportPath, i)
		}
	}
}

func folder(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "posthorn/"), "/")
	return first
}

func packages(t *testing.T) (list []pkg) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}
