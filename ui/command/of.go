package command

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// An Of is a command of a pane, with what it does there.
type Of[M any] struct {
	Command
	Do  func(M) (M, tea.Cmd)
	Why func(M) string // why it is not to be had just now, in a few words; nil, or "": it is
}

// New returns a command. Its keys are separated by commas.
func New(p Place, name, keys, help string) Command {
	c := Command{Name: name, Help: help, Place: p}
	if keys != "" {
		c.Keys = strings.Split(keys, ", ")
	}
	return c
}

// Doing makes what a command does of a function that leads to nothing more.
func Doing[M any](f func(M) M) func(M) (M, tea.Cmd) {
	return func(m M) (M, tea.Cmd) { return f(m), nil }
}
