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
		if slices.Contains(p.Imports, "sync") && slices.Contains(p.Imports, "posthorn/sync") {
			t.Errorf("%s imports both packages called sync", p.ImportPath)
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
