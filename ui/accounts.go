package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"posthorn/compose"
	"posthorn/mail"
	"posthorn/mail/safe"
	"posthorn/sync"
	"posthorn/ui/turn"
)

// accounts are those that there are, and which of them is on screen.
type accounts struct {
	list   []sync.AccountInfo
	states turn.Turn // questions for them
	shown  string    // whose mail is shown; empty: all together
	sigs   map[string]string
}

// info returns what is known of an account.
func (a accounts) info(name string) (sync.AccountInfo, bool) {
	i := a.place(name)
	if i < 0 {
		return sync.AccountInfo{}, false
	}
	return a.list[i], true
}

// identity returns who writes in an account; with all accounts on screen, in the
// first.
func (a accounts) identity(account string) compose.Identity {
	who, ok := a.info(account)
	if !ok && len(a.list) > 0 {
		who = a.list[0]
	}
	self := who.Self
	if len(self) == 0 {
		self = []mail.Address{who.Address}
	}
	return compose.Identity{Account: who.Name, Self: self, Signature: a.sigs[who.Name]}
}

// where says whose mail is shown, and how its accounts stand to their servers.
func (a accounts) where() string {
	if a.shown == "" {
		parts := []string{"all accounts"}
		for _, one := range a.list {
			if one.State != sync.Online {
				parts = append(parts, safe.Line(one.Name)+" "+state(one))
			}
		}
		return strings.Join(parts, " · ")
	}
	one, ok := a.info(a.shown)
	if !ok {
		return "no account"
	}
	return safe.Line(one.Name) + " · " + state(one) + fullness(one)
}

// nearlyFull is from how full on it is said that an account is, in percent.
const nearlyFull = 80

// fullness says how full an account is, once that matters.
func fullness(a sync.AccountInfo) string {
	if p := a.Quota.Percent(); p >= nearlyFull {
		return fmt.Sprintf(" · %d %% full", p)
	}
	return ""
}

func state(a sync.AccountInfo) string {
	switch a.State {
	case sync.Offline:
		if a.Err != nil {
			return "○ offline" + offlineSince(a)
		}
		return "○ not connected"
	case sync.Connecting:
		return "◌ connecting"
	case sync.Syncing:
		text := "◐ " + safe.Line(a.Progress.Text)
		if a.Progress.Text == "" {
			text = "◐ syncing"
		}
		if a.Progress.Of > 0 {
			text += fmt.Sprintf(" %d/%d", a.Progress.Done, a.Progress.Of)
		}
		return text
	}
	return "● online"
}

// offlineSince says from when on an account is offline, and why.
func offlineSince(a sync.AccountInfo) string {
	s := ": " + a.Why()
	if !a.Since.IsZero() {
		s = " since " + a.Since.Format("15:04") + s
	}
	return s
}

// since says from when on an account is offline.
func since(a sync.AccountInfo) string {
	if a.Since.IsZero() {
		return "is offline"
	}
	return "is offline since " + a.Since.Format("Mon 15:04")
}

// begin shows the first of some accounts.
func (a accounts) begin(list []sync.AccountInfo) accounts {
	a.list = list
	if len(list) > 0 {
		a.shown = list[0].Name
	}
	return a
}

// place returns where an account stands among the others, or -1.
func (a accounts) place(name string) int {
	return slices.IndexFunc(a.list, func(one sync.AccountInfo) bool { return one.Name == name })
}

// beside returns the account that comes n places after the one on screen.
func (a accounts) beside(n int) string {
	at := a.place(a.shown)
	if at < 0 && n < 0 {
		at = 0
	}
	return a.list[(at+n+len(a.list))%len(a.list)].Name
}

// mark returns the colours of the accounts, where several are shown.
func (a accounts) mark() func(string) int {
	if a.shown != "" {
		return nil
	}
	return func(name string) int { return max(a.place(name), 0) }
}

// title returns what the terminal is to call its window.
func (a accounts) title() string {
	if a.shown == "" {
		return "Posthorn"
	}
	return "Posthorn · " + ansi.Strip(a.shown)
}
